"""What the browser tests share: Debian's Chromium, a server on this machine that takes submissions, and pages watched for faults."""

import http.server
import json
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import prefill

from ..survey import fill_sample

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

HERE = Path(__file__).parent
MODULES = HERE / "node_modules"
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync"
).split()
KEY = "the browser tests' own secret"
NEEDS = "needs chromium (Debian's package) and playwright (make setup system-tests installs both)"


def font_config(folder: Path) -> Path:
    """Give a fontconfig file that knows the Chinese fonts of the extra pdf, so that pictures show them."""
    try:
        import pylopdf_fonts_zh_cn
    except ImportError:
        return Path("/etc/fonts/fonts.conf")
    fonts = Path(pylopdf_fonts_zh_cn.__file__).parent
    file = folder / "fonts.conf"
    file.write_text(
        '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>'
        '<include ignore_missing="yes">/etc/fonts/fonts.conf</include>'
        f"<dir>{fonts}</dir><cachedir>{folder / 'cache'}</cachedir></fontconfig>",
        encoding="utf-8",
    )
    return file


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Browser]":
    sync_api = pytest.importorskip("playwright.sync_api", reason=NEEDS)
    if CHROMIUM is None:
        pytest.skip(NEEDS)
    folder = tmp_path_factory.mktemp("fonts")
    environment = {**os.environ, "FONTCONFIG_FILE": str(font_config(folder))}
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS, env=environment)
        yield browser
        browser.close()


@dataclass
class Office:
    """A server on this machine that takes what pages post; ``status`` is what it answers."""

    address: str = ""
    status: int = 204
    posted: list[tuple[str, bytes]] = field(default_factory=list)

    @property
    def submission(self) -> Any:
        """The last one that was posted."""
        return json.loads(self.posted[-1][1])


@pytest.fixture
def office() -> Iterator[Office]:
    found = Office()

    class Desk(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            found.posted.append((self.headers["Content-Type"], body))
            self.answer(found.status)

        def do_OPTIONS(self) -> None:
            self.answer(204)

        def answer(self, status: int) -> None:
            self.send_response(status)
            for name, value in (("Origin", "*"), ("Headers", "Content-Type"), ("Methods", "POST")):
                self.send_header(f"Access-Control-Allow-{name}", value)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Desk)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    found.address = f"http://127.0.0.1:{server.server_port}/submissions"
    yield found
    server.shutdown()
    server.server_close()
    thread.join()


@dataclass
class Watched:
    """A page that is watched: its faults and its requests, but for those to where it may post."""

    page: "Page"
    path: Path
    faults: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)


@pytest.fixture(scope="session")
def catalogue() -> prefill.Catalogue:
    return prefill.open_catalogue()


@pytest.fixture
def filled_form(catalogue: prefill.Catalogue) -> Callable[..., prefill.FilledForm]:
    return lambda number, poor=False: fill_sample(catalogue.plan(number), catalogue, poor)


@pytest.fixture
def visit(browser: "Browser", tmp_path: Path, office: Office) -> "Iterator[Callable[..., Watched]]":
    """Open a filled form's page from the disk; after the test nothing may have gone wrong in it, and nothing been fetched."""
    contexts: list[BrowserContext] = []
    watched: list[Watched] = []

    def open_page(
        filled: prefill.FilledForm | None = None,
        *,
        html: str | None = None,
        width: int = 1280,
        posts: bool = True,
        **options: Any,
    ) -> Watched:
        given: dict[str, Any] = {"submit_to": office.address, "key": KEY, "keep": timedelta(days=1)} if posts else {}
        if html is None:
            assert filled is not None
            html = prefill.to_html(filled, **(given | options))
        path = tmp_path / f"page{len(contexts)}.html"
        path.write_text(html, encoding="utf-8")
        context = browser.new_context(viewport={"width": width, "height": 900}, has_touch=width < 640, locale="zh-CN")
        context.set_default_timeout(5000)
        contexts.append(context)
        found = Watched(context.new_page(), path)
        watched.append(found)
        found.page.on("pageerror", lambda error: found.faults.append(str(error)))
        found.page.on(
            "console", lambda said: found.faults.append(said.text) if said.type in ("error", "warning") else None
        )
        found.page.on(
            "request",
            lambda request: (
                None
                if request.url.startswith(("file:", "blob:", office.address))
                else found.requests.append(request.url)
            ),
        )
        found.page.goto(path.as_uri())
        return found

    yield open_page
    for context in contexts:
        context.close()
    for one in watched:
        assert not one.faults
        assert not one.requests


def unfinished(page: "Page") -> int:
    """How many entries the page says are left."""
    found = page.inner_text("#left")
    return int("".join(filter(str.isdigit, found)) or 0)
