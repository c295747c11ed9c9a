"""How the files of the calendars read: TOML, one version a year, each written once."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import date
from typing import Final

import attrs

from bankservice.calendars.regions import Region
from bankservice.core.citation import Citation
from bankservice.core.holidays import Holiday, HolidayTable
from bankservice.core.policy import Title

__all__ = ["Block", "block", "calendar", "head", "merged"]

_BEGIN: Final = re.compile(r"^\[\[version\]\]", re.MULTILINE)
_SINCE: Final = re.compile(r"^since = (\d{4}-\d\d-\d\d)", re.MULTILINE)
_KNOWN: Final = re.compile(r"^known_on = (\d{4}-\d\d-\d\d)", re.MULTILINE)
_WEEK: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@attrs.frozen(order=True)
class Block:
    """The text of one version, from its heading to the next one."""

    since: date
    known_on: date
    text: str = attrs.field(order=False)


def _quoted(value: object) -> str:
    return str(value) if isinstance(value, date) else json.dumps(value, ensure_ascii=False)


def _titled(title: Title) -> str:
    return f"{{ en = {_quoted(title.en)}, zh = {_quoted(title.zh)} }}"


def _cited(citation: Citation) -> str:
    fields = ((field.name, getattr(citation, field.name)) for field in attrs.fields(Citation))
    return ", ".join(f"{name} = {_quoted(value)}" for name, value in fields if value)


def _listed(name: str, days: Iterable[Holiday]) -> str:
    rows = [
        f"  {{ on = {day.on}{f', name = {_titled(day.name)}' if day.name else ''} }},"
        for day in days
    ]
    return "\n".join([f"{name} = [", *rows, "]", ""]) if rows else f"{name} = []\n"


def block(since: date, known_on: date, citation: Citation, table: HolidayTable) -> Block:
    """Return the text of a version."""
    made_up = _listed("make_up", table.make_up) if table.make_up else ""
    text = (
        f"[[version]]\nsince = {since}\nknown_on = {known_on}\nsource = {{ {_cited(citation)} }}\n"
        f"{_listed('days', table.days)}{made_up}"
    )
    return Block(since, known_on, text)


def head(region: Region) -> str:
    """Return what stands above the versions of a region's holidays."""
    title = Title(
        en=f"Public holidays in {region.title.en}"
        if not region.market
        else f"Holidays of {region.title.en}",
        zh=f"{region.title.zh}公共假日" if not region.market else f"{region.title.zh}假日",
    )
    return (
        "# Written by `bankservice calendars refresh`. A year that stands here is never written\n"
        "# again; what was wrong in it is corrected by a version that is known later.\n"
        f"# Up to {region.through}: {region.because}\n"
        f'id = "{region.holidays_id}"\nkind = "worktime.holidays"\ntitle = {_titled(title)}\n'
    )


def merged(text: str, blocks: Iterable[Block]) -> str:
    """
    Return *text* with *blocks* among its versions, by `since` and `known_on`.

    What stood there before stands there still, to the byte.
    """
    new = sorted(blocks)
    if not new:
        return text
    begins = [found.start() for found in _BEGIN.finditer(text)]
    ends = [*begins[1:], len(text)] if begins else []
    parts = [text[: begins[0]] if begins else text]
    for begin, end in zip(begins, ends, strict=True):
        held = text[begin:end]
        place = _place(held)
        while new and (new[0].since, new[0].known_on) < place:
            parts.append(new.pop(0).text)
        parts.append(held)
    parts.extend(block.text for block in new)
    # One empty line between two versions; those that were there keep what they have.
    return "".join(
        part if index == len(parts) - 1 or part.endswith("\n\n") else part.rstrip("\n") + "\n\n"
        for index, part in enumerate(parts)
    )


def _place(text: str) -> tuple[date, date]:
    since = _SINCE.search(text)
    assert since is not None, "the file was read before: each version has its day"
    known = _KNOWN.search(text) or since
    return date.fromisoformat(since[1]), date.fromisoformat(known[1])


def calendar(region: Region, edition: str, url: str, on: date) -> str:
    """Return the policy with a region's business days: its working week less its holidays."""
    title = Title(en=f"Business days in {region.title.en}", zh=f"{region.title.zh}工作日")
    linked = {"country": region.country, "subdivision": region.subdivision, "market": region.market}
    links = ", ".join(f"{name} = {_quoted(value)}" for name, value in linked.items() if value)
    lines = [
        f'id = "{region.calendar_id}"',
        'kind = "worktime.calendar"',
        f"title = {_titled(title)}",
    ]
    for week in region.weekend:
        citation = Citation(
            text=edition,
            clause=f"{region.country}, weekend",
            url=url,
            checked="secondary",
            read_on=on,
            note="Whole days: the hours of a desk are its bank's own.",
        )
        opened = ", ".join(f'{day} = ["00:00-24:00"]' for day in _WEEK if day not in week.closed)
        lines += [
            "",
            "[[version]]",
            f"since = {week.since}",
            f"source = {{ {_cited(citation)} }}",
            f'zone = "{region.zone}"',
            f"public_holidays = {{ {links} }}",
            f"hours = {{ {opened} }}",
        ]
    return "\n".join([*lines, ""])
