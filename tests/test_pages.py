"""What a page in a browser may do, and what it is handed: its policy, its address, its data, its copy strip."""

import json
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

import prefill
from prefill.cli import run
from prefill.rendering.live import policy_of
from prefill.rendering.strip import copied
from tests.answering import sent_of

ALLOWANCE = Path(__file__).parent / "pages" / "allowance.yaml"


@pytest.fixture(scope="module")
def catalogue() -> prefill.Catalogue:
    return prefill.open_catalogue()


def spec(tmp_path: Path, **changes: Any) -> Path:
    form = yaml.safe_load(ALLOWANCE.read_text("utf-8")) | changes
    path = tmp_path / f"form{len(list(tmp_path.iterdir()))}.yaml"  # a plan is kept by its path
    path.write_text(yaml.safe_dump(form, allow_unicode=True, sort_keys=False), "utf-8")
    return path


def wang(catalogue: prefill.Catalogue, plan: prefill.Plan) -> prefill.FilledForm:
    record = catalogue.read_record(*catalogue.samples()["health-record"].demo)
    return prefill.fill(plan, record, on=date(2026, 11, 23))


def data(page: str) -> Any:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    assert found
    return json.loads(found[1])


@pytest.mark.parametrize(
    "address, target",
    [
        ("https://app.example.org/forms/39?x=1", "https://app.example.org/forms/39"),
        ("http://127.0.0.1:8000/a;b", "http://127.0.0.1:8000"),
        ("/forms/39", "'self'"),
        ("forms?id=1", "'self'"),
    ],
)
def test_a_page_posts_where_the_app_says_and_nowhere_else(address: str, target: str) -> None:
    assert f"; connect-src {target}; form-action {target}; base-uri 'none'" in policy_of("", address)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///x",
        "ftp://x/y",
        "https://",
        "//x/y",
        "///x/y",
        "https://a b/",
        "https://u:p@x/",
        "https://x/\n",
        "/a'b",
        "https://[x",
    ],
)
def test_what_is_no_address_is_refused(catalogue: prefill.Catalogue, address: str) -> None:
    filled = wang(catalogue, catalogue.plan(ALLOWANCE))
    with pytest.raises(prefill.RenderError, match="submit_to"):
        prefill.to_html(filled, submit_to=address)


def test_an_unsigned_page_brings_no_filled_form_along(catalogue: prefill.Catalogue) -> None:
    filled = wang(catalogue, catalogue.plan(ALLOWANCE))
    assert 'id="filled"' not in prefill.to_html(filled)
    signed = prefill.to_html(filled, key="an app's own secret key")
    found = re.search(r'id="filled">(.*?)</script>', signed, re.DOTALL)
    assert found
    assert json.loads(found[1]) == json.loads(prefill.to_json(filled))
    assert not re.search("[<>&\u2028\u2029]", found[1])
    assert signed == prefill.to_html(filled, key="an app's own secret key")


def test_an_apps_own_script_takes_the_place_of_the_bundled_one(catalogue: prefill.Catalogue, tmp_path: Path) -> None:
    filled = wang(catalogue, catalogue.plan(ALLOWANCE))
    script = tmp_path / "form.js"
    script.write_text("// mine\nconsole.log(1);\n")
    page = prefill.to_html(filled, templates=tmp_path)
    assert "<script>console.log(1);</script>" in page
    script.write_text("'</SCRIPT>';")
    with pytest.raises(prefill.RenderError, match="end it early"):
        prefill.to_html(filled, templates=tmp_path)


def test_the_strip_follows_the_target(catalogue: prefill.Catalogue, tmp_path: Path) -> None:
    keys = [entry.key for entry in wang(catalogue, catalogue.plan(ALLOWANCE)).entries]
    retyped = {"dates": "2026/11/23", "codes": "code", "order": [keys[2], keys[0]]}
    form = spec(tmp_path, delivery="retyped", retyped=retyped)
    filled = wang(catalogue, catalogue.plan(form))
    strip = list(copied(filled))
    asked = [keys[2], keys[0], keys[1], *keys[3:]]
    assert [one.name for one in strip if "@" not in one.name] == [
        key
        for key in asked
        if "." not in key
        and filled[key].status not in ("hand", "skip")
        and filled[key].kind not in ("list", "photo", "file")
    ]
    for one in strip:
        entry = next(e for e in filled.entries if one.name == (e.key if e.row is None else f"{e.key}@{e.row}"))
        if entry.status == "known" and entry.kind == "date":
            assert one.text == str(entry.value).replace("-", "/")
        if entry.status == "known" and entry.kind == "code":
            assert one.text == entry.value
    assert data(prefill.to_html(filled))["strip"] == [[one.name, one.label, one.text] for one in strip]
    assert list(copied(wang(catalogue, catalogue.plan(spec(tmp_path, delivery="paper"))))) == []


def test_faults_of_retyped_are_told(catalogue: prefill.Catalogue, tmp_path: Path) -> None:
    with pytest.raises(prefill.SpecError) as caught:
        catalogue.plan(spec(tmp_path, delivery="retyped", retyped={"order": ["nmae"]}))
    assert "no field 'nmae'" in str(caught.value)
    with pytest.raises(prefill.SpecError):
        catalogue.plan(spec(tmp_path, delivery="retyped", retyped={"dates": "23.11.2026"}))


def test_a_file_that_is_known_is_said_to_be_there(catalogue: prefill.Catalogue) -> None:
    sample = catalogue.samples()[catalogue.plan(3).form.id]
    filled = prefill.fill(
        catalogue.plan(3), catalogue.read_record(*sample.record), on=sample.on, filing=sample.filing, grant=sample.grant
    )
    shown = prefill.to_html(filled).partition('<script type="application/json"')[0]
    assert "电子照片已存" in shown
    assert filled["photo"].text not in shown


def test_what_no_field_of_the_form_shows_is_not_said_to_be_filled(catalogue: prefill.Catalogue) -> None:
    sample = catalogue.samples()[catalogue.plan(6).form.id]
    filled = prefill.fill(
        catalogue.plan(6), catalogue.read_record(*sample.poor), on=sample.on, filing=sample.filing, grant=sample.grant
    )
    shown = prefill.to_html(filled)
    assert "查明“行业门类”后再定" in shown
    assert "填好“行业门类”" not in shown


# ── the command ──────────────────────────────────────────────────────────────────────────────────────────────────────────

ASKED = ("fill", "39", "demo.yaml", "--on", "2026-11-23", "-o", "page.html")
KEY = "an invented key of the tests"
SIGNED = ("--submit-to", "https://app.example.org/in", "--keep", "8h", "--key-file", "page.key", "--expires")


@pytest.fixture
def desk(catalogue: prefill.Catalogue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a folder, the current one, with a record and a key in it."""
    monkeypatch.chdir(tmp_path)
    (record,) = catalogue.samples()["health-record"].demo
    (tmp_path / "demo.yaml").write_bytes(record.read_bytes())
    (tmp_path / "page.key").write_text(KEY + "\n", encoding="utf-8")
    return tmp_path


def test_the_command_makes_the_page_that_python_makes(catalogue: prefill.Catalogue, desk: Path) -> None:
    assert run([*ASKED, *SIGNED, "2099-12-01T18:00+08:00"]) == 0
    filled = prefill.fill(catalogue.plan(39), catalogue.read_record(desk / "demo.yaml"), on=date(2026, 11, 23))
    until = datetime(2099, 12, 1, 10, tzinfo=UTC)
    page = prefill.to_html(
        filled, key=KEY, expires=until, submit_to="https://app.example.org/in", keep=timedelta(hours=8)
    )
    assert (desk / "page.html").read_text("utf-8") == page
    assert KEY not in page


def test_a_day_without_a_zone_begins_by_this_machines_clock(desk: Path) -> None:
    assert run([*ASKED, "--expires", "2099-12-01"]) == 0
    until = datetime(2099, 12, 1).astimezone().astimezone(UTC)
    assert sent_of((desk / "page.html").read_text("utf-8"))["token"].split(".")[1] == f"{until:%Y%m%dT%H%M%SZ}"


def test_the_command_receives_what_its_signed_page_sends(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*ASKED, *SIGNED, "2099-12-01"]) == 0
    sent = sent_of((desk / "page.html").read_text("utf-8"))
    sent["answers"] = {"fuel": "1"}
    asked = ["receive", "39", "demo.yaml", "sent.json", "-o", "receipt.json"]

    def receives(data: dict[str, Any], *options: str) -> tuple[int, str]:
        (desk / "sent.json").write_text(json.dumps(data), encoding="utf-8")
        capsys.readouterr()
        return run([*asked, *options]), capsys.readouterr().err

    assert receives(sent, "--key-file", "page.key")[0] == 0
    first = json.loads((desk / "receipt.json").read_text("utf-8"))["facts"]
    assert [(fact["path"], fact["value"]) for fact in first] == [("dwelling.fuel", "1")]
    # the record has moved on
    record = (desk / "demo.yaml").read_text("utf-8")
    later = "\n- source: 社区网格信息\n  as_of: 2026-11-20\n  resident: {phone: '13900004321'}\n"
    (desk / "demo.yaml").write_text(record + later, encoding="utf-8")
    done, told = receives(sent, "--key-file", "page.key")
    assert done == 0
    assert "the record says otherwise" in told
    assert json.loads((desk / "receipt.json").read_text("utf-8"))["facts"] == first
    # somebody else's
    (desk / "demo.yaml").write_text(
        "- source: 社区网格信息\n  resident: {id_number: 42011219800202001X}\n", encoding="utf-8"
    )
    done, told = receives(sent, "--key-file", "page.key")
    assert done == 2
    assert "another subject" in told
    (desk / "demo.yaml").write_text(record, encoding="utf-8")
    done, told = receives(sent)
    assert done == 2
    assert "--key-file" in told
    (desk / "other.key").write_bytes(bytes(range(200, 232)))
    assert receives(sent, "--key-file", "other.key")[0] == 2
    sent["filled"]["entries"][0]["text"] = "赵示例"
    done, told = receives(sent, "--key-file", "page.key")
    assert done == 1
    assert "tampered" in told


def test_a_page_past_its_expiry_is_refused(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*ASKED, *SIGNED, "2020-01-01"]) == 0
    (desk / "sent.json").write_text(json.dumps(sent_of((desk / "page.html").read_text("utf-8"))), encoding="utf-8")
    assert run(["receive", "39", "demo.yaml", "sent.json", "-o", "receipt.json", "--key-file", "page.key"]) == 2
    assert "expired" in capsys.readouterr().err


@pytest.mark.parametrize(
    "options, told",
    [
        (("--keep", "8"), "like 8h or 2d"),
        (("--keep", "0h"), "like 8h or 2d"),
        (("--expires", "2026-13-01"), "write it like 2026-12-01"),
        (("--expires", "tomorrow"), "write it like 2026-12-01"),
        (("--key-file", "none.key"), "none.key: no such file"),
        (("--key-file", "short.key"), "fewer than 16 bytes"),
        (("--submit-to", "ftp://x"), "--submit-to"),
        (("--submit-to", "/in", "-o", "page.pdf"), "--submit-to is for a page"),
        (("--key-file", "page.key", "-o", "page.json"), "--key-file is for a page"),
    ],
)
def test_a_mistake_in_what_a_page_takes_is_told(
    desk: Path, capsys: pytest.CaptureFixture[str], options: tuple[str, ...], told: str
) -> None:
    (desk / "short.key").write_text("abcdefghijklmno\n", encoding="utf-8")
    assert run([*ASKED, *options]) == 2
    found = capsys.readouterr().err
    assert told in found
    assert "abcdefghijklmno" not in found
    assert not (desk / "page.html").exists()
