"""
The treatments of a bank, ready to use: in the order in which they are gone through.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import attrs

from bankservice.core.conditions import FactType
from bankservice.core.decision_table import TableRow, check_table
from bankservice.core.errors import UnknownNameError, near_names
from bankservice.core.fact_register import Register, register_of
from bankservice.core.institution import check_zone
from bankservice.core.policy import Faults, Kind, Library
from bankservice.core.terms import Terms
from bankservice.core.vocabulary import VOCABULARY, Tree
from bankservice.lifecycle.care.model import EVERYTHING
from bankservice.lifecycle.care.table import CapRow, QuietRow, TreatmentRow, TreatmentsTable

__all__ = ["CHANNELS", "TREATMENTS", "TreatmentRules"]

CHANNELS: Final = "vocabulary/channels"
"""Where the codes of channels come from."""

_NO_TREE: Final = Tree(())
_NEEDED: Final = ("stage", "stage_reason")
"""Facts by which who died or was exited is told."""


@attrs.frozen(eq=False, kw_only=True)
class TreatmentRules:
    """
    A treatments policy version, ready to use.

    Attributes:
        zone: Zone whose local day counts.
        rows: The treatments, by priority, then code.
        quiet: Customers who are left alone.
        caps: Caps over all treatments, or over all of some kinds.
        register: The facts there are.
        terms: What conditions may name.
        kinds: The tree of kinds.
        channels: The tree of channels.
        named: Row → names of the facts its condition looks at.
        table: As written.
    """

    zone: str
    rows: tuple[TreatmentRow, ...]
    quiet: tuple[QuietRow, ...]
    caps: tuple[CapRow, ...]
    register: Register
    terms: Terms
    kinds: Tree
    channels: Tree
    named: Mapping[str, tuple[str, ...]]
    table: TreatmentsTable

    def row(self, code: str) -> TreatmentRow | None:
        """Return the row of a code; None where this version has none."""
        return next((row for row in self.rows if row.code == code), None)

    def check_refused(self, words: Iterable[str]) -> None:
        """
        Refuse a word by which nobody can refuse anything.

        Raises:
            UnknownNameError: If one is no kind, no channel and not `all`; near names are offered.
        """
        for word in self.strange(words):
            known = (EVERYTHING, *self.kinds, *self.channels)
            raise UnknownNameError("kind or channel refused", word, known)

    def strange(self, words: Iterable[str]) -> tuple[str, ...]:
        """Return the words that are no kind and no channel of this version, and not `all`."""
        return tuple(
            word
            for word in words
            if word != EVERYTHING and word not in self.kinds and word not in self.channels
        )

    def refuses(self, words: Iterable[str], row: TreatmentRow) -> bool:
        """Tell whether words refuse a treatment: its kind, or every channel it may take."""
        held = tuple(words)
        return self.refuses_kind(held, row.kind) or not self.left(held, row.channels)

    def refuses_kind(self, words: Iterable[str], kind: str) -> bool:
        """Tell whether words refuse a kind; one that this version does not know, only by `all`."""
        return any(word == EVERYTHING or self.of_kind(kind, (word,)) for word in words)

    def of_kind(self, kind: str, above: tuple[str, ...]) -> bool:
        """Tell whether a kind is one of *above* or stands below one; all are where there is none."""
        if not above or kind in above:
            return True
        return kind in self.kinds and any(
            word in self.kinds and self.kinds.within(kind, word) for word in above
        )

    def left(self, words: Iterable[str], channels: tuple[str, ...]) -> tuple[str, ...]:
        """Return the channels that words do not refuse; none where they refuse everything."""
        held = tuple(words)
        if not held:
            return channels
        if EVERYTHING in held:
            return ()
        return tuple(code for code in channels if not any(self.by(code, word) for word in held))

    def by(self, channel: str, above: str) -> bool:
        """Tell whether a channel is *above* or stands below it."""
        if channel == above:
            return True
        tree = self.channels
        return channel in tree and above in tree and tree.within(channel, above)


def _tree(name: str, path: str, faults: Faults, library: Library) -> Tree:
    try:
        policy = library.get(name)
    except UnknownNameError as error:
        faults.add(path, repr(name), "the id of a vocabulary", error.near)
        return _NO_TREE
    if policy.kind.name != VOCABULARY.name:
        faults.add(path, f"a policy of kind {policy.kind.name}", f"one of {VOCABULARY.name}")
        return _NO_TREE
    tree: Tree = policy.versions[-1].parameters
    return tree


def _build(table: TreatmentsTable, faults: Faults, library: Library) -> TreatmentRules:
    check_zone(table.zone, "zone", faults)
    register = register_of(table.facts, "facts", faults, library)
    kinds = _tree(table.kinds, "kinds", faults, library)
    channels = _tree(CHANNELS, "channels", faults, library)
    held = register or Register({}, Terms({}, {}, {}))
    rules = TreatmentRules(
        zone=table.zone,
        rows=tuple(sorted(table.treatment, key=lambda row: (row.priority, row.code))),
        quiet=table.quiet,
        caps=table.cap,
        register=held,
        terms=held.terms("treatment"),
        kinds=kinds,
        channels=channels,
        named={row.code: _named(row) for row in table.treatment},
        table=table,
    )
    if register is not None and kinds:
        _check(rules, faults)
    return rules


def _named(row: TreatmentRow) -> tuple[str, ...]:
    parts = () if row.when is None else row.when.comparisons()
    return tuple(dict.fromkeys(part.fact for part in parts))


def _check(rules: TreatmentRules, faults: Faults) -> None:
    table, before = rules.table, len(faults)
    twice = [word for word in (EVERYTHING, *rules.channels) if word in rules.kinds]
    if twice:
        wanted = "kinds whose codes are no channels and not 'all', or a refusal would mean two"
        faults.add("kinds", ", ".join(twice), wanted)
    for name in _NEEDED:
        if name not in rules.terms.facts:
            wanted = f"a register that allows {name} for treatment: it tells who is left in peace"
            faults.add("facts", repr(table.facts), wanted)
    if not table.treatment:
        faults.add("treatment", "no treatment", "one or more")
    for index, row in enumerate(table.treatment):
        _check_row(row, f"treatment[{index}]", rules, faults)
    seen: set[str] = set()
    for index, quiet in enumerate(table.quiet):
        path = f"quiet[{index}]"
        if not quiet.code or quiet.code in seen:
            faults.add(f"{path}.code", repr(quiet.code), "a code that is not taken")
        seen.add(quiet.code)
        rules.register.check(quiet.when, "treatment", f"{path}.when", faults)
        _check_codes(quiet.kinds, rules.kinds, table.kinds, f"{path}.kinds", faults)
    for index, cap in enumerate(table.cap):
        _check_cap(cap, f"cap[{index}]", rules, faults)
    if table.after_decline is not None and not table.after_decline:
        faults.add("after_decline", str(table.after_decline), "a day or more, or nothing")
    # Which facts reach a row can be told only of conditions that make sense.
    if len(faults) == before:
        for path, lines in (("treatment", table.treatment), ("quiet", table.quiet)):
            rows = [TableRow(line.code, line.when) for line in lines]
            check_table(rows, "collect", rules.terms, path, faults, complete=False)


def _check_row(row: TreatmentRow, path: str, rules: TreatmentRules, faults: Faults) -> None:
    if not row.code:
        faults.add(f"{path}.code", repr(row.code), "a code that is not taken")
    _check_codes((row.kind,), rules.kinds, rules.table.kinds, f"{path}.kind", faults)
    _check_codes(row.channels, rules.channels, CHANNELS, f"{path}.channels", faults)
    if not row.channels:
        faults.add(f"{path}.channels", "no channel", "one or more, or nobody could deliver it")
    if not row.cool_down:
        wanted = "a day or more, or it would be meant again the same day"
        faults.add(f"{path}.cool_down", str(row.cool_down), wanted)
    if row.when is not None:
        rules.register.check(row.when, "treatment", f"{path}.when", faults)
    if row.cap is not None:
        _check_cap(row.cap, f"{path}.cap", rules, faults)
        if row.cap.kinds:
            wanted = "no kinds: a row's cap counts as its cool-down looks"
            faults.add(f"{path}.cap.kinds", ", ".join(row.cap.kinds), wanted)
    if row.aim is not None and not row.aim.within:
        faults.add(f"{path}.aim.within", str(row.aim.within), "a day or more")


def _check_cap(cap: CapRow, path: str, rules: TreatmentRules, faults: Faults) -> None:
    if cap.count < 1:
        faults.add(f"{path}.count", cap.count, "1 or more")
    if not cap.period:
        faults.add(f"{path}.period", str(cap.period), "a day or more")
    _check_codes(cap.kinds, rules.kinds, rules.table.kinds, f"{path}.kinds", faults)


def _check_codes(
    codes: tuple[str, ...], tree: Mapping[str, Any], name: str, path: str, faults: Faults
) -> None:
    for code in codes:
        if code not in tree:
            faults.add(path, repr(code), f"a code of {name}", near_names(code, tree))


TREATMENTS: Final[Kind[TreatmentsTable, TreatmentRules]] = Kind(
    "lifecycle.treatments",
    TreatmentsTable,
    _build,
    cohort={
        "customer_kind": FactType("code", "vocabulary/customer-kinds"),
        "region": FactType("text"),
    },
)
"""Kind of policy that holds what is meant for customers by where they stand."""
