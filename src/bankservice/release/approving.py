"""
The approval written into the text of a policy file: one line more, everything else as it stands.

TOML has no writer that keeps comments and layout among what this package needs, so the place is
found by reading the text as TOML reads it. What comes out is parsed again and compared: where
anything but the approval differs, nothing is written.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import attrs

from bankservice.core.citation import Approval
from bankservice.core.errors import Fault, FaultsError, PolicyError
from bankservice.core.policy_file import parse_toml

__all__ = ["approve"]

_AFTER: Final = ("since", "known_on", "ends_on", "source", "applies_to")
"""Keys of a version's head; the approval is written after the last of them."""

_CLOSING: Final = {"[": "]", "{": "}"}
_OPENING: Final = re.compile(r"[\[{]")
_KEY: Final = re.compile(r"""\s*(?:"(?P<quoted>[^"\\]*)"|'(?P<literal>[^']*)'|(?P<bare>[\w-]+))""")


@attrs.frozen
class _Statement:
    """A header or a key with its value: where it begins and where its last line ends."""

    start: int
    end: int
    text: str

    @property
    def header(self) -> bool:
        return self.text.lstrip().startswith("[")

    def key(self) -> str:
        """Return the first part of the key."""
        found = _KEY.match(self.text)
        return next((part for part in found.groups() if part is not None), "") if found else ""


def approve(text: str, approvals: Mapping[int, Approval], where: str) -> str:
    """
    Return a policy file with approvals in it.

    Args:
        text: The file.
        approvals: Place of a `[[version]]` table, from 0 → its approval.
        where: Name of the file, for messages.

    Raises:
        PolicyError: If versions do not stand as `[[version]]` tables, or one has an approval.

    Examples:
        >>> from datetime import date
        >>> file = 'id = "a/b"\\n\\n[[version]]\\nsince = 2027-01-01  # the year\\ngrace = 3\\n'
        >>> print(approve(file, {0: Approval(by="li", on=date(2026, 6, 1))}, "a file").rstrip())
        id = "a/b"
        <BLANKLINE>
        [[version]]
        since = 2027-01-01  # the year
        approval = { by = "li", on = 2026-06-01 }
        grace = 3
    """
    raw = parse_toml(text, where)
    ends = _ends(text)
    if len(ends) != len(raw.get("version", ())):
        wanted = "each version as a [[version]] table, so that its approval can be written into it"
        raise PolicyError(where, (Fault("version", "versions in another form", wanted),))
    for place in approvals:
        if "approval" in raw["version"][place]:
            path = f"version[{place}].approval"
            raise PolicyError(where, (Fault(path, "an approval", "none: the release writes it"),))
    newline = "\r\n" if "\r\n" in text else "\n"
    written = text
    for place in sorted(approvals, reverse=True):
        at = ends[place]
        line = f"approval = {_inline(approvals[place])}"
        before = "" if written[:at].endswith("\n") else newline
        written = f"{written[:at]}{before}{line}{newline}{written[at:]}"
    _check(raw, written, approvals, where)
    return written


def _inline(approval: Approval) -> str:
    document = f", document = {_text(approval.document)}" if approval.document else ""
    return f"{{ by = {_text(approval.by)}, on = {approval.on}{document} }}"


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _check(
    raw: Mapping[str, Any], written: str, approvals: Mapping[int, Approval], where: str
) -> None:
    """Refuse a text that says anything but what was there and the approvals."""
    try:
        got = parse_toml(written, where)
    except FaultsError:
        got = {}
    wanted = [
        {**table, "approval": _plain(approvals[place])} if place in approvals else table
        for place, table in enumerate(raw["version"])
    ]
    if got != {**raw, "version": wanted}:
        form = "versions whose keys stand before their tables, so that a line can be added"
        raise PolicyError(where, (Fault("version", "a form that hides its end", form),))


def _plain(approval: Approval) -> dict[str, Any]:
    document = {"document": approval.document} if approval.document else {}
    return {"by": approval.by, "on": approval.on, **document}


def _ends(text: str) -> list[int]:
    """Return, for each `[[version]]` table, where a line can be added to its head."""
    ends: list[int] = []
    inside = False
    for statement in _statements(text):
        if statement.header:
            inside = _is_version(statement.text)
            if inside:
                ends.append(statement.end)
        elif inside and statement.key() in _AFTER:
            ends[-1] = statement.end
    return ends


def _is_version(header: str) -> bool:
    return parse_toml(header, "a header") == {"version": [{}]}


def _statements(text: str) -> Iterator[_Statement]:
    at = 0
    while at < len(text):
        line = _line_end(text, at)
        if not text[at:line].strip() or text[at:line].lstrip().startswith("#"):
            at = line
            continue
        start = at
        if text[at:line].lstrip().startswith("["):
            at = line
        else:
            at = _line_end(text, _value_end(text, at))
        yield _Statement(start, at, text[start:at])


def _line_end(text: str, at: int) -> int:
    found = text.find("\n", at)
    return len(text) if found < 0 else found + 1


def _value_end(text: str, at: int) -> int:
    """Return where the statement that begins at *at* ends: the first line end outside all brackets."""
    open_brackets: list[str] = []
    while at < len(text):
        sign = text[at]
        if sign in "\"'":
            at = _string_end(text, at)
            continue
        if sign == "#":
            at = text.find("\n", at)
            if at < 0:
                return len(text)
            continue
        if _OPENING.match(sign):
            open_brackets.append(_CLOSING[sign])
        elif open_brackets and sign == open_brackets[-1]:
            open_brackets.pop()
        elif sign == "\n" and not open_brackets:
            return at
        at += 1
    return at


def _string_end(text: str, at: int) -> int:
    """Return the place after the string that begins at *at*."""
    quote = text[at]
    whole = quote * 3 if text.startswith(quote * 3, at) else quote
    at += len(whole)
    while at < len(text):
        if quote == '"' and text[at] == "\\":
            at += 2
        elif text.startswith(whole, at):
            at += len(whole)
            # Up to two quotes may stand before the three that close.
            while len(whole) == 3 and text.startswith(quote, at):
                at += 1
            return at
        else:
            at += 1
    return at
