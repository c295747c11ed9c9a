"""What a release tells, as reasons; their sentences stand in `wording/`, in both languages."""

from __future__ import annotations

from typing import Final

from bankservice.core.decision import Reason, Says
from bankservice.core.wording import locale_of, sentence

__all__ = [
    "ADOPTED",
    "AGAIN",
    "ALL_HELD",
    "ALONE",
    "APPROVAL",
    "APPROVAL_DIFFERS",
    "APPROVAL_MISSING",
    "APPROVER_IS_ACTOR",
    "BOOK",
    "BOOK_EMPTY",
    "CASES",
    "CASE_BAD",
    "CASE_FAILED",
    "CHAIN_BROKEN",
    "CHANGED",
    "CHANGE_UNSEEN",
    "COMPARED",
    "DATE_MOVES",
    "DRY_RUN",
    "ENDING_CHANGED",
    "FILE",
    "FIRST",
    "FROM",
    "GONE",
    "HELD",
    "KNOWN_BEFORE_APPROVAL",
    "MENDED",
    "MUTE",
    "NEW",
    "NOTHING_NEW",
    "NO_BOOK",
    "NO_CASE",
    "NO_RECORD",
    "PARAMETER",
    "RELEASED",
    "RELEASED_OTHERWISE",
    "REPEALED",
    "RETROACTIVE",
    "RETROACTIVE_FOR",
    "SAME_PARAMETERS",
    "STOPPED",
    "TOO_MANY_MOVES",
    "UNRECORDED",
    "UNRELEASED",
    "UPKEEP",
    "VERSION_CHANGED",
    "VERSION_GONE",
    "VERSION_NAMED",
    "VERSION_UNSEEN",
    "said",
]

PACKAGE: Final = "bankservice.release"

# Refusals, and what is found when a file is checked against its releases.
APPROVER_IS_ACTOR = Says("approver-is-actor", ("by",))
CHAIN_BROKEN = Says("chain-broken", ("record",))
VERSION_CHANGED = Says("version-changed", ("since", "known_on", "path", "before", "after"))
VERSION_GONE = Says("version-gone", ("since", "known_on"))
APPROVAL_DIFFERS = Says("approval-differs", ("since", "named", "day", "by", "on"))
NOTHING_NEW = Says("nothing-new", ("policy",))
RELEASED_OTHERWISE = Says("released-otherwise", ("number", "asked_by", "by", "on", "document"))
KNOWN_BEFORE_APPROVAL = Says("known-before-approval", ("since", "known_on", "on"))
RETROACTIVE = Says("retroactive", ("since", "on"))
NO_CASE = Says("no-case", ("policy", "astray"))
CASE_BAD = Says("case-bad", ("case", "why"))
CASE_FAILED = Says("case-failed", ("case", "why"))
CHANGE_UNSEEN = Says("change-unseen", ("touching",))
VERSION_UNSEEN = Says("version-unseen", ("since",))
BOOK_EMPTY = Says("book-empty", ("book",))
TOO_MANY_MOVES = Says("too-many-moves", ("changed", "asked", "share", "most"))
UNRECORDED = Says("approval-unrecorded", ("since", "by", "on"))
APPROVAL_MISSING = Says("approval-missing", ("since", "number"))
ENDING_CHANGED = Says("ending-changed", ("since", "before", "after"))

# What is told on the way.
FILE = Says("file", ("file", "policy", "versions"))
NEW = Says("new", ("since", "known_on"))
REPEALED = Says("repealed", ("since", "before", "after"))
ADOPTED = Says("adopted", ("since", "known_on"))
RETROACTIVE_FOR = Says("retroactive-for", ("reason",))
COMPARED = Says("compared", ("base",))
FIRST = Says("first", ("since",))
VERSION_NAMED = Says("version-named", ("since", "known_on"))
SAME_PARAMETERS = Says("same-parameters")
PARAMETER = Says("parameter", ("path", "after"))
CHANGED = Says("changed", ("path", "before", "after"))
GONE = Says("gone", ("path", "before"))
CASES = Says("cases", ("passed", "cases", "touching", "seeing", "policy"))
BOOK = Says("book", ("rule", "asked", "changed", "share", "moved"))
ALONE = Says("alone")
FROM = Says("from", ("book",))
MUTE = Says("mute", ("count",))
DATE_MOVES = Says("date-moves", ("date", "earlier", "later", "begun", "gone", "same"))
NO_BOOK = Says("no-book")
APPROVAL = Says("approval", ("asked_by", "by", "on", "document"))
RELEASED = Says("released", ("record", "file"))
DRY_RUN = Says("dry-run", ("record", "file"))
AGAIN = Says("again", ("number", "on", "by"))
MENDED = Says("mended", ("file", "number"))
STOPPED = Says("stopped")

# What is told of the releases there are.
HELD = Says("held", ("number", "since", "digest", "by", "on", "document"))
UPKEEP = Says("upkeep", ("file",))
UNRELEASED = Says("unreleased", ("since", "known_on"))
NO_RECORD = Says("no-record", ("policy",))
ALL_HELD = Says("all-held")


def said(reason: Reason, locale: str = "en") -> str:
    """Return the sentence of a reason in the language of *locale*."""
    return sentence(reason, locale_of(locale), PACKAGE)
