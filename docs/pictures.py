"""
Make the pictures of the README and the front page from the real report and the real site.

    mkdocs build --strict
    python docs/pictures.py site

It plants the demo bank once for each language, which takes about a minute each, opens its report and
the site in Chromium (`BANKSERVICE_CHROMIUM`, else the first on the path), and writes four files to
`docs/assets/pictures/`. It needs the extras `run` and `site`, and fonts for Chinese.
"""

from __future__ import annotations

import os
import shutil
import struct
import sys
import tempfile
import threading
import zlib
from collections import Counter
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final

PICTURES: Final = Path(__file__).parent / "assets" / "pictures"
MOST: Final = 80 * 1024
"""Bytes that a picture may have: the front page carries them."""
WIDTH, HEIGHT = 1240, 740
LOCALES: Final = {"en": ("en", "en-GB", ""), "zh": ("zh_CN", "zh-CN", "zh/")}
"""Language of a picture → of the report, of the browser, and the folder of the site."""
RULE: Final = "reference/generated/rules/complaints.deadlines.html"
BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome")
FLAGS: Final = ("--no-sandbox", "--disable-gpu", "--hide-scrollbars")
TO_TIMELINE: Final = """() => {
  const drawn = document.querySelector('main svg[role]');
  const heads = [...document.querySelectorAll('main h2')];
  const head = heads.filter(each => each.compareDocumentPosition(drawn) & 4).pop();
  scrollTo(0, scrollY + head.getBoundingClientRect().top - 60);
}"""
"""Scrolls to the heading above the first drawing: the rule's parameters by date."""
SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"


def pixels(png: bytes) -> tuple[int, int, bytes]:
    """
    Return width, height and the bytes of red, green and blue of a PNG as browsers write it.

    Raises:
        ValueError: If it is of another form: not eight bits of red, green, blue (and alpha).
    """
    place, packed, head = len(SIGNATURE), b"", b""
    while place < len(png):
        (length,) = struct.unpack(">I", png[place : place + 4])
        name, held = png[place + 4 : place + 8], png[place + 8 : place + 8 + length]
        if name == b"IHDR":
            head = held
        elif name == b"IDAT":
            packed += held
        place += length + 12
    width, height, depth, colours, _, _, interlaced = struct.unpack(">IIBBBBB", head)
    size = {2: 3, 6: 4}.get(colours, 0)
    if depth != 8 or not size or interlaced:
        raise ValueError(
            f"a PNG of depth {depth}, kind {colours}; wanted eight bits of RGB or RGBA"
        )
    raw, row = zlib.decompress(packed), width * size
    above = bytearray(row)
    found = bytearray()
    for start in range(0, len(raw), row + 1):
        line = unfiltered(raw[start], bytearray(raw[start + 1 : start + 1 + row]), above, size)
        above = line
        for channel in range(0, row, size):
            found += line[channel : channel + 3]
    return width, height, bytes(found)


def unfiltered(kind: int, line: bytearray, above: bytearray, size: int) -> bytearray:
    """
    Undo the filter of one line of a PNG, in place: each byte is told by what stands beside it.
    """
    for at in range(len(line)):
        left = line[at - size] if at >= size else 0
        over = above[at]
        if kind == 1:
            guess = left
        elif kind == 2:
            guess = over
        elif kind == 3:
            guess = (left + over) // 2
        elif kind == 4:
            corner = above[at - size] if at >= size else 0
            straight = left + over - corner
            # The nearest of the three; of two as near, the one named first.
            far = [abs(straight - near) for near in (left, over, corner)]
            guess = (left, over, corner)[far.index(min(far))]
        else:
            break
        line[at] = (line[at] + guess) & 0xFF
    return line


def with_palette(width: int, height: int, colours: bytes) -> bytes:
    """
    Return a PNG of at most 256 colours: the most frequent, every other as the nearest of them.
    """
    points = [colours[at : at + 3] for at in range(0, len(colours), 3)]
    kept = [colour for colour, _ in Counter(points).most_common(256)]
    numbers = {colour: number for number, colour in enumerate(kept)}
    for colour in set(points) - numbers.keys():
        distance = [sum((a - b) ** 2 for a, b in zip(colour, near, strict=True)) for near in kept]
        numbers[colour] = distance.index(min(distance))
    lines = b"".join(
        b"\x00" + bytes(numbers[point] for point in points[row * width : (row + 1) * width])
        for row in range(height)
    )
    head = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    parts = ((b"IHDR", head), (b"PLTE", b"".join(kept)), (b"IDAT", zlib.compress(lines, 9)))
    return SIGNATURE + b"".join(chunk(*part) for part in (*parts, (b"IEND", b"")))


def chunk(name: bytes, held: bytes) -> bytes:
    """Return a part of a PNG: length, name, bytes, and their checksum."""
    checksum = zlib.crc32(name + held)
    return struct.pack(">I", len(held)) + name + held + struct.pack(">I", checksum)


def keep(name: str, png: bytes) -> None:
    """
    Write a picture, small enough for the front page.

    Raises:
        SystemExit: If it is too large even with few colours.
    """
    small = with_palette(*pixels(png))
    if len(small) > MOST:
        raise SystemExit(f"{name}: {len(small)} bytes; wanted at most {MOST}")
    PICTURES.mkdir(exist_ok=True)
    (PICTURES / name).write_bytes(small)
    print(f"{name}: {len(small):,} bytes")


class Quiet(SimpleHTTPRequestHandler):
    """Serves files and says nothing."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 # the base's name for it
        """Keep quiet."""


def take(site: Path) -> None:
    """
    Take the four pictures.
    """
    from playwright.sync_api import sync_playwright

    from bankservice.cli.commands import cli

    command = os.environ.get("BANKSERVICE_CHROMIUM") or next(
        filter(None, map(shutil.which, BROWSERS)), None
    )
    if command is None:
        raise SystemExit(f"no Chromium: set BANKSERVICE_CHROMIUM, or install one of {BROWSERS}")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(site)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}/"
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as tool:
        browser = tool.chromium.launch(executable_path=command, args=list(FLAGS))
        for name, (report_locale, browser_locale, folder) in LOCALES.items():
            bank = Path(scratch) / name
            cli.main(
                ["demo", "--quiet", "--locale", report_locale, str(bank)], standalone_mode=False
            )
            page = browser.new_page(
                viewport={"width": WIDTH, "height": HEIGHT}, locale=browser_locale
            )
            page.goto((bank / "out" / "report.html").as_uri())
            page.evaluate(
                "scrollTo(0, document.querySelector('#tiers-title').getBoundingClientRect().top - 20)"
            )
            keep(f"report-{name}.png", page.screenshot())
            page.goto(f"{address}{folder}{RULE}", wait_until="networkidle")
            page.evaluate(TO_TIMELINE)
            keep(f"site-{name}.png", page.screenshot())
            page.close()
        browser.close()
    server.shutdown()


if __name__ == "__main__":
    if len(sys.argv) != 2 or not Path(sys.argv[1], "index.html").is_file():
        raise SystemExit("usage: python docs/pictures.py SITE, the folder of a built site")
    take(Path(sys.argv[1]))
