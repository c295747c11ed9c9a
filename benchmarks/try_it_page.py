"""
Measure the try-it page of a built site: its bytes, and how long until it answers.

    python benchmarks/try_it_page.py SITE [--runs N]

SITE is the folder of a site built with the packages of npm. Each run opens a browser that has
nothing of the page (cold), opens the page again (warm) and once more without a network (offline).
The page itself takes the time from the press of the button to the first decision shown. Medians of
the runs; nothing else should run on the machine. Needs the extra `site` and a Chromium.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

FLAGS: Final = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync")
READY: Final = '#try-it[data-state="ready"]'
KEPT: Final = '#try-it[data-kept="yes"]'
LIMIT: Final = 180_000
"""Milliseconds after which a page that is not ready never will be."""


TYPES: Final = {".mjs": "text/javascript", ".wasm": "application/wasm"}


class Files(SimpleHTTPRequestHandler):
    """Files of the site, with the types that browsers insist on; says nothing on the terminal."""

    def guess_type(self, path: str | os.PathLike[str]) -> str:
        """Return the type of a file."""
        return TYPES.get(Path(path).suffix) or super().guess_type(path)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Keep quiet of what was asked for."""

    def log_error(self, *_: object) -> None:
        """Keep quiet of what is not there, such as a picture in the browser's bar."""


def sizes(site: Path) -> dict[str, int]:
    """Return the bytes of each file of the page's folder, largest first."""
    folder = site / "try-it"
    found = {
        path.relative_to(folder).as_posix(): path.stat().st_size
        for path in folder.rglob("*")
        if path.is_file()
    }
    return dict(sorted(found.items(), key=lambda item: -item[1]))


def started(page: Page) -> float:
    """Press the button; return the seconds until the first decision, as the page took them."""
    page.get_by_role("button", name="Start").click()
    page.wait_for_selector(READY, timeout=LIMIT)
    return float(page.locator("#try-it").get_attribute("data-seconds") or "nan")


def once(browser: Browser, address: str) -> tuple[float, float, float]:
    """Return the seconds of one run: cold, warm and without a network."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(address)
    cold = started(page)
    page.wait_for_selector(KEPT, timeout=LIMIT)
    page.goto("about:blank")
    page.goto(address)
    warm = started(page)
    context.set_offline(True)
    page.goto("about:blank")
    page.goto(address)
    offline = started(page)
    context.close()
    return cold, warm, offline


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description="Measure the try-it page of a built site.")
    parser.add_argument("site", type=Path)
    parser.add_argument("--runs", type=int, default=5)
    asked = parser.parse_args()
    from playwright.sync_api import sync_playwright

    found = sizes(asked.site)
    for name, size in found.items():
        print(f"{size:>12,}  {name}")
    print(f"{sum(found.values()):>12,}  bytes in all")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Files, directory=str(asked.site)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    chromium = os.environ.get("BANKSERVICE_CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as tool:
        browser = tool.chromium.launch(executable_path=chromium, args=list(FLAGS))
        address = f"http://127.0.0.1:{server.server_port}/try-it.html"
        runs = [once(browser, address) for _ in range(asked.runs)]
        browser.close()
    server.shutdown()
    for name, taken in zip(("cold", "warm", "offline"), zip(*runs, strict=True), strict=True):
        spread = f"{min(taken):.1f} to {max(taken):.1f}"
        print(f"{name:>12}  {statistics.median(taken):.1f} s ({spread})")


if __name__ == "__main__":
    main()
