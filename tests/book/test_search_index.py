"""
The index of the site's search, and the pictures of its front page.
"""

from __future__ import annotations

import json
import struct
import zlib

import pictures
import pytest
from book import search_index
from book.search_index import Indexed, Section

PAGE = """
<h1 id="tiers">Tiers<a class="headerlink" href="#tiers">¶</a></h1>
<p>Who is in <code>GOLD</code>.</p><p>More.</p>
<h2 id="levels">Levels &amp; dates</h2><table><tr><td>one</td><td>two</td></tr></table>
<script>hidden()</script>
"""


def test_sections_of_a_page() -> None:
    """
    A page is taken apart at its headings, without the signs of links; words of two cells stay two.
    """
    found = search_index.sections(PAGE)

    assert [("tiers", "Tiers", 1), ("levels", "Levels & dates", 2)] == [
        (part.anchor, part.heading, part.level) for part in found
    ]
    assert "Who is in GOLD." == found[0].text.strip().splitlines()[0]
    assert ["one", "two"] == found[1].text.split()


def test_text_without_headings_is_kept() -> None:
    """
    A page without a heading is one section.
    """
    assert (Section("", "", 1, " Only text.\n"),) == search_index.sections("<p>Only text.</p>")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("final_response", {"final_response", "final", "response"}),
        ("segmentation/cn-retail-shape", {"segmentation/cn-retail-shape", "cn-retail-shape"}),
        ("投诉时限", {"投诉", "诉时", "时限"}),
        ("Reg. \uff25", {"reg", "e"}),
        ("人", {"人"}),
    ],
)
def test_terms(text: str, wanted: set[str]) -> None:
    """
    Codes are found whole and in parts, Chinese by pairs, whatever the width of letters.
    """
    assert wanted <= set(search_index.terms(text))


@pytest.mark.parametrize("text", ["63e3244e37320250dae77ddbd86bbb09", "2026-01-31", "1,234,567"])
def test_digests_and_dates_are_no_terms(text: str) -> None:
    """
    Nobody looks for digests, days and amounts: as terms they would be most of the index.
    """
    assert [] == [term for term in search_index.terms(text) if len(term) > 3]


def postings(files: dict[str, str], term: str) -> dict[int, int]:
    """
    Return the sections that hold a term, with its weight, as the reader's side reads them.
    """
    held = json.loads(files[f"{search_index.shard(term)}.json"])[term]
    at, found = 0, {}
    for place in range(0, len(held), 2):
        at += held[place]
        found[at] = held[place + 1]
    return found


def test_index_files() -> None:
    """
    Every term stands in the file of its first letter, with its sections in order and its weights: a
    title outweighs a heading, a heading outweighs text.
    """
    files = search_index.index_files(
        [
            Indexed("b.html", "Other", "", (Section("", "Other", 1, "tiers tiers"),)),
            Indexed("a.html", "Tiers", "Tutorial", search_index.sections(PAGE)),
            Indexed(
                "c.html", "Third", "", (Section("", "Third", 1, ""), Section("t", "Tiers", 2, ""))
            ),
        ]
    )
    listed = json.loads(files["pages.json"])
    weights = postings(files, "tiers")

    assert ["a.html", "Tiers", "Tutorial", "Who is in GOLD."] == listed["pages"][0]
    assert [0, "levels", "Levels & dates"] == listed["sections"][1]
    assert sorted(listed["shards"]) == sorted(
        name.removesuffix(".json") for name in files if name != "pages.json"
    )
    assert [0, 2, 4] == sorted(weights)
    assert weights[0] > weights[4] > weights[2]


def test_prior_makes_less_of_a_page() -> None:
    """
    What is seldom looked for weighs less, and is found all the same.
    """
    text = (Section("", "Days", 1, "holiday " * 5),)
    files = search_index.index_files(
        [Indexed("a.html", "Days", "", text), Indexed("b.html", "Days", "", text, prior=0.3)]
    )
    weights = postings(files, "holiday")

    assert weights[0] > weights[1] >= 1


@pytest.mark.parametrize("name", ["report-en", "report-zh", "site-en", "site-zh"])
def test_pictures_are_there_and_small(name: str) -> None:
    """
    The front page has its pictures, and each is small enough to be there at once.
    """
    path = pictures.PICTURES / f"{name}.png"
    held = path.read_bytes()

    assert pictures.SIGNATURE == held[: len(pictures.SIGNATURE)]
    assert len(held) <= pictures.MOST
    assert (pictures.WIDTH, pictures.HEIGHT) == struct.unpack(">II", held[16:24])


def test_pictures_keep_their_points() -> None:
    """
    A picture of few colours comes out of the palette point for point, by every filter of a PNG.
    """
    width, height = 4, 5
    points = bytes((17 * at + 31 * (at // 12)) % 256 for at in range(width * height * 3))
    rows = [points[at : at + width * 3] for at in range(0, len(points), width * 3)]
    lines, above = b"", bytes(width * 3)
    for kind, row in enumerate(rows):
        # What a filter takes away is what undoing it on zeros adds.
        guess = bytearray()
        for at, value in enumerate(row):
            trial = bytearray(row[:at] + b"\x00" + bytes(width * 3 - at - 1))
            left = bytearray(guess) + bytearray(width * 3 - at)
            pictures.unfiltered(kind, left, bytearray(above), 3)
            guess.append((value - left[at]) & 0xFF)
            trial[at] = value
        lines += bytes([kind]) + bytes(guess)
        above = row
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    png = pictures.SIGNATURE + b"".join(
        pictures.chunk(*part)
        for part in ((b"IHDR", head), (b"IDAT", zlib.compress(lines)), (b"IEND", b""))
    )

    assert (width, height, points) == pictures.pixels(png)
