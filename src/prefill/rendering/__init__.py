"""A filled form drawn for a worker (HTML, PDF) and written for other programs (JSON); rosters and tallies as pages and workbooks."""

from prefill.rendering.data import to_json
from prefill.rendering.html import to_html
from prefill.rendering.lists import list_to_html, list_to_pdf, list_to_xlsx
from prefill.rendering.pdf import to_pdf
from prefill.rendering.requests import requests_to_html, requests_to_pdf
from prefill.rendering.stamping import Stamper

__all__ = [
    "Stamper",
    "list_to_html",
    "list_to_pdf",
    "list_to_xlsx",
    "requests_to_html",
    "requests_to_pdf",
    "to_html",
    "to_json",
    "to_pdf",
]
