"""Receiving a PDF that was filled on a screen: all that its fields can say comes in as the same submission in JSON would."""

import io
from datetime import date
from typing import Any

import pytest

import prefill
from prefill.catalogue import Catalogue
from prefill.rendering.cells import follows_always

from .answering import head

pytest.importorskip("weasyprint")
pikepdf = pytest.importorskip("pikepdf")
pytest.importorskip("uharfbuzz")
from prefill.rendering.fillable import fill_fields  # noqa: E402  (needs what is looked for above)

ON = date(2026, 11, 23)
ID, CHILD = "420112195003150023", "42011219800202001X"
RESIDENT = {"id_number": ID, "name": "王示例", "ethnicity": "01"}
FAMILY = {
    "head": {"id_number": ID, "name": "王示例"},
    "members": [{"id_number": ID, "name": "王示例", "relation_to_head": "本人"}, {"name": "王小例", "relation_to_head": "子"}],
}  # fmt: skip


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return prefill.open_catalogue()


@pytest.fixture(scope="module")
def record(catalogue: Catalogue) -> prefill.Record:
    told = [
        {"source": "公安人口库", "as_of": "2026-05-01", "resident": RESIDENT},
        {"source": "社区网格", "as_of": "2019-01-01", "resident": {"id_number": ID, "phone": "13900001234"}},
        {"source": "社区网格", "as_of": "2026-10-12", "family": FAMILY},
    ]
    return catalogue.record(told)


@pytest.fixture(scope="module")
def filled(catalogue: Catalogue, record: prefill.Record) -> prefill.FilledForm:
    return prefill.fill(catalogue.plan(43), record, on=ON, filing=prefill.Filing(worker="示例员"))


@pytest.fixture(scope="module")
def pdf(filled: prefill.FilledForm) -> bytes:
    return prefill.to_pdf(filled, fillable=True)


def names(pdf: bytes) -> set[str]:
    with pikepdf.open(io.BytesIO(pdf)) as document:
        found: set[str] = set()
        waiting = [(node, "") for node in document.Root.AcroForm.Fields]
        while waiting:
            node, above = waiting.pop()
            name = f"{above}.{node.T}" if above else str(node.T)
            if "/FT" in node:
                found.add(name.removeprefix("choice:").partition("#")[0])
            else:
                waiting += [(kid, name) for kid in node.Kids]
        return found


def test_what_is_computed_is_no_field(filled: prefill.FilledForm, pdf: bytes) -> None:
    computed = [e for e in filled if e.reason == "after-answers" and follows_always(e.field)]
    assert "income_total" in [entry.key for entry in computed]
    assert not names(pdf) & {entry.key for entry in computed}
    assert {"members.income@+1", "phone"} <= names(pdf)


def test_all_that_a_filled_pdf_says_is_received(
    filled: prefill.FilledForm, pdf: bytes, record: prefill.Record, catalogue: Catalogue
) -> None:
    child = next(entry.row for entry in filled if entry.key == "members.name" and entry.text == "王小例")
    income = next(entry.row for entry in filled if entry.key == "members.name" and entry.text == "王示例")
    assert filled["phone"].reason == "stale"
    values = {
        "choice:phone": "confirm",
        f"members.id_number@{child}": CHILD,
        f"members.income@{child}": "0",
        f"members.income@{income}": "3000",
        "members.name@+1": "王新例",
        "members.relation@+1": "20",
        "members.income@+1": "1000",
    }
    came = prefill.receive(filled, fill_fields(pdf, values))
    cells: dict[str, dict[str, Any]] = {}
    for name, value in values.items():
        key, _, row = name.partition("@")
        if row:
            cells.setdefault(row, {})[key.partition(".")[2]] = value
    rows = [{"row": row, "answers": said} for row, said in cells.items()]
    meant = prefill.receive(
        filled, {**head(filled), "answers": {"phone": {"confirm": True}}, "rows": {"members": rows}}
    )
    assert (came.errors, came.tampered) == ((), ())
    assert came.token
    assert came.answers == meant.answers
    assert (came.facts, came.corrections) == (meant.facts, meant.corrections)
    assert prefill.to_json(came.filled) == prefill.to_json(meant.filled)
    assert came.filled["income_total"].text == "4000"
    after = record.learn(came.facts)
    again = prefill.fill(filled.plan, after, on=ON)
    assert [entry.text for entry in again if entry.key == "members.name"] == ["王示例", "王小例", "王新例"]
    assert again["phone"].reason == "recorded"
    assert CHILD in [entry.text for entry in again if entry.key == "members.id_number"]


def test_a_pdf_of_another_form_subject_or_key_is_refused(
    catalogue: Catalogue, filled: prefill.FilledForm, pdf: bytes
) -> None:
    other = catalogue.record([{"source": "公安人口库", "resident": {"id_number": CHILD, "name": "李示例"}}])
    family = {**FAMILY, "head": {"id_number": CHILD, "name": "李示例"}}
    others = catalogue.record([{"source": "社区网格", "as_of": "2026-10-12", "family": family}])
    for wrong in (prefill.fill(filled.plan, others, on=ON), prefill.fill(catalogue.plan(36), other, on=ON)):
        with pytest.raises(prefill.SubmissionError):
            prefill.receive(wrong, pdf)
    with pytest.raises(
        prefill.SubmissionError
    ):  # the library's own PDF is not signed: an app that signs its pages takes none
        prefill.receive(filled, pdf, key="the tests' own secret")


def test_a_field_put_into_the_pdf_by_hand_is_told(filled: prefill.FilledForm, pdf: bytes) -> None:
    with pikepdf.open(io.BytesIO(pdf)) as document:
        fields = document.Root.AcroForm.Fields
        for name, value in (("income_total", "99"), ("no_such_field", "1"), ("name", "陈示例")):
            field = {"/FT": pikepdf.Name.Tx, "/T": pikepdf.String(name), "/V": pikepdf.String(value)}
            fields.append(document.make_indirect(pikepdf.Dictionary(field)))
        out = io.BytesIO()
        document.save(out)
    receipt = prefill.receive(filled, out.getvalue())
    assert ("no_such_field", "unknown") in [(one.key, one.what) for one in receipt.tampered]
    computed = receipt.filled["income_total"]
    assert computed.text != "99" or computed.reason == "recorded"
    assert {answer.key for answer in receipt} <= {"income_total", "name", "applicant"}
