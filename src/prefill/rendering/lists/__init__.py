"""Rosters and tallies as HTML, PDF and XLSX, and as they are posted publicly."""

from prefill.rendering.lists.pages import list_to_html, list_to_pdf
from prefill.rendering.lists.workbooks import list_to_xlsx

__all__ = ["list_to_html", "list_to_pdf", "list_to_xlsx"]
