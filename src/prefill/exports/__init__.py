r"""Exports of the districts' systems: a form spec read backwards gives the statements that each row makes.

>>> from prefill import open_catalogue
>>> from prefill.exports import read_export
>>> import tempfile, pathlib
>>> file = pathlib.Path(tempfile.mkdtemp()) / "export.csv"
>>> _ = file.write_text("姓名,身份证号,年龄\n王示例,420112195003150023,76\n", encoding="utf-8")
>>> with read_export(open_catalogue().plan(39), file, source="健康档案", as_of="2026-11-01") as export:
...     statements = next(iter(export))
...     print(statements, [column.why for column in export.columns])
[{'source': '健康档案', 'as_of': '2026-11-01', 'resident': {'name': '王示例', 'id_number': '420112195003150023'}}] [None, None, 'not on the form']
"""

from prefill.exports.model import Column, Complaint, Export, Proposal
from prefill.exports.reading import read_export
from prefill.exports.writing import write_records

__all__ = ["Column", "Complaint", "Export", "Proposal", "read_export", "write_records"]
