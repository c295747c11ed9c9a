"""
The built site in a real browser.

These tests look at a site that is built already, so they are collected only where
`BANKSERVICE_SITE` names its folder:

    mkdocs build --strict
    BANKSERVICE_SITE=site python -m pytest tests/site

They need the extra `site` and a Chromium: `BANKSERVICE_CHROMIUM`, else the first one on the path.
The site is served below a folder of its host, as code hosts serve it: an address that only works at
the root of a host is a fault here.
"""

from __future__ import annotations

import os
import shutil
import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
from visits import Visit

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

# What the site is made by stands beside its pages, not in the package.
sys.path.insert(0, str(Path(__file__).parents[2] / "docs"))

BUILT: Final = os.environ.get("BANKSERVICE_SITE", "")
collect_ignore_glob = [] if BUILT else ["test_*.py"]

PREFIX: Final = "/book"
"""Where the site stands on its host."""
FLAGS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
TYPES: Final = {".mjs": "text/javascript", ".wasm": "application/wasm"}
COMMANDS: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


class Quiet(SimpleHTTPRequestHandler):
    """
    Files below the prefix, and nothing else; says nothing on the terminal.
    """

    def translate_path(self, path: str) -> str:
        """Return the file of an address; outside the prefix there is none."""
        if path.startswith(PREFIX + "/"):
            return super().translate_path(path.removeprefix(PREFIX))
        return str(Path(super().translate_path("/")) / "no such file")

    def guess_type(self, path: str | os.PathLike[str]) -> str:
        """Return the type of a file; Python does not know the two of programs on every machine."""
        return TYPES.get(Path(path).suffix, super().guess_type(path))

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 # the base's name for it
        """Keep quiet: the tests say what was wrong."""


class Server(ThreadingHTTPServer):
    """
    A server that does not mind a browser that hangs up.
    """

    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Pass over a connection that the browser closed."""


@pytest.fixture(scope="session")
def built() -> Path:
    """
    Give the folder of the built site.
    """
    folder = Path(BUILT).resolve()
    assert (folder / "index.html").is_file(), f"BANKSERVICE_SITE={BUILT}: no index.html there"
    return folder


@pytest.fixture(scope="session")
def site(built: Path) -> Iterator[str]:
    """
    Serve the built site; give the address of its root, which ends in a slash.
    """
    server = Server(("127.0.0.1", 0), partial(Quiet, directory=str(built)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}{PREFIX}/"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """
    Start one Chromium for all tests; it fails where there is none.
    """
    from playwright.sync_api import sync_playwright

    found = os.environ.get("BANKSERVICE_CHROMIUM") or next(
        filter(None, map(shutil.which, COMMANDS)), None
    )
    assert found, f"no Chromium: set BANKSERVICE_CHROMIUM, or install one of {', '.join(COMMANDS)}"
    with sync_playwright() as tool:
        started = tool.chromium.launch(executable_path=found, args=list(FLAGS))
        yield started
        started.close()


@pytest.fixture
def visit(browser: Browser, site: str) -> Iterator[Callable[..., Visit]]:
    """
    Give what opens a tab with storage of its own; the keywords are those of a browser context.
    """
    contexts = []

    def open_tab(**options: Any) -> Visit:
        context = browser.new_context(
            **{"viewport": {"width": 1280, "height": 800}, "locale": "en-GB", **options}
        )
        context.set_default_timeout(10_000)
        contexts.append(context)
        opened = Visit(context.new_page(), [], [])
        opened.page.on(
            "console",
            lambda said: opened.errors.append(said.text) if said.type == "error" else None,
        )
        opened.page.on("pageerror", lambda error: opened.errors.append(str(error)))
        context.on(
            "request",
            lambda asked: (
                None
                if asked.url.startswith((site, "data:", "blob:"))
                else opened.foreign.append(asked.url)
            ),
        )
        return opened

    yield open_tab
    for context in contexts:
        context.close()


@pytest.fixture
def page(visit: Callable[..., Visit]) -> Iterator[Page]:
    """
    Give a tab on a desktop; at the end no request may have left the site.
    """
    opened = visit()
    yield opened.page

    assert [] == opened.foreign
