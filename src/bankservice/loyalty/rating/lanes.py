"""
Which rows hold for which lines, and which of them each lane takes.
"""

from __future__ import annotations

from typing import Final

import attrs

from bankservice.core.conditions import Condition
from bankservice.core.unknown import UNKNOWN
from bankservice.loyalty.programme.programme import Programme
from bankservice.loyalty.programme.scheme import Earning, Lane, Multiplier, Ratio
from bankservice.loyalty.rating.pipeline import Sizes, work
from bankservice.loyalty.rating.purchase import Line, Purchase
from bankservice.loyalty.rating.room import Room, left_of

__all__ = ["ONE", "Pick", "Weighing"]

ONE: Final = (1, 1)


@attrs.define(slots=True)
class Pick:
    """
    A row that earns.

    Attributes:
        row: The row.
        below: Denominator of its basis.
        sizes: The lines it earns of, with what each brings of its basis.
        factor: What the multipliers make together.
    """

    row: Earning
    below: int
    sizes: Sizes
    factor: Ratio


@attrs.define(slots=True)
class Weighing:
    """
    What is found out while the rows of a transaction are weighed.

    Attributes:
        purchase: The transaction.
        programme: The programme.
        unknown: Unknown facts that could change what is granted, in the order met.
    """

    purchase: Purchase
    programme: Programme
    unknown: dict[str, None] = attrs.field(factory=dict)
    _factors: dict[tuple[Multiplier, ...], Ratio | None] = attrs.field(factory=dict)
    _applied: dict[Multiplier, bool | None] = attrs.field(factory=dict)

    def exclusions(self) -> tuple[str, ...]:
        """Bar the lines that earn nothing; return the codes of what bars them."""
        purchase = self.purchase
        found: dict[str, None] = {}
        if not purchase.facts.award:
            self._bar("not-awarded", found)
        if purchase.paid:
            self._bar("paid-with-points", found)
        for line in purchase.lines:
            if line.barred == "item-excluded":
                found[line.barred] = None
        doubtful: list[tuple[Line, Condition]] = []
        for held in self.programme.scheme.exclusions[purchase.facts.kind]:
            if held.below and not (
                purchase.stated and purchase.total < held.below * purchase.below
            ):
                continue
            for line in purchase.lines:
                if held.mccs is not None and line.mcc not in held.mccs:
                    continue
                if held.when is not None:
                    holds = self.holds(held.when, line)
                    if holds is None:
                        doubtful.append((line, held.when))
                    if not holds:
                        continue
                found[held.code] = None
                line.barred = line.barred or held.code
        for line, condition in doubtful:
            if not line.barred or line.barred == "?":
                line.barred = "?"
                self.note(condition, line)
        return tuple(found)

    def _bar(self, code: str, found: dict[str, None]) -> None:
        found[code] = None
        for line in self.purchase.lines:
            line.barred = line.barred or code

    def holds(self, condition: Condition, line: Line) -> bool | None:
        """Tell whether a condition holds for a line."""
        values = self.purchase.values(line, self.programme)
        return condition.holds(values, self.programme.within)

    def note(self, condition: Condition, line: Line) -> None:
        """Note the unknown facts of a condition."""
        values = self.purchase.values(line, self.programme)
        for part in condition.comparisons():
            if values.get(part.fact, UNKNOWN) is UNKNOWN:
                self.unknown[part.fact] = None

    def verdict(self, row: Earning, line: Line) -> str:
        """
        Return why a row does not hold for a line: `excluded`, `merchant`, `enrolment`, `window`,
        `condition`; `?window`, `?condition` where that is not known; empty where it holds.
        """
        if line.barred:
            return "excluded"
        if not row.gated:
            return ""
        if row.mccs is not None and line.mcc not in row.mccs:
            return "merchant"
        if row.row.enrolment and row.code not in self.purchase.facts.campaigns:
            return "enrolment"
        if row.window is not None:
            held = row.window.holds(self.purchase.on)
            if not held:
                return "?window" if held is None else "window"
        if row.when is not None:
            held = self.holds(row.when, line)
            if not held:
                return "?condition" if held is None else "condition"
        return ""

    def size(self, row: Earning, line: Line) -> int:
        """Return what of a row's basis a line brings."""
        if row.basis == "amount":
            return line.amount
        if row.basis == "count":
            return 0 if self.purchase.stated and not self.purchase.total else line.count
        return self.purchase.balance or 0

    def below(self, row: Earning) -> int:
        """Return the denominator of a row's basis."""
        if row.basis == "amount":
            return self.purchase.below
        return 1 if row.basis == "count" else row.days

    def reaches(self, row: Earning, lines: list[Line]) -> bool:
        """Tell whether lines bring enough of a row's basis for it to earn."""
        size = sum(self.size(row, line) for line in lines)
        return size > 0 and size >= row.least * self.below(row)

    def picks(self) -> list[Pick]:
        """Return the rows that earn, in the order of lanes, by priority and code."""
        found: list[Pick] = []
        lines = self.purchase.lines
        for lane in self.programme.scheme.lanes[self.purchase.facts.kind]:
            if lane.row.mode == "all" and len(lines) == 1:
                self._pick_of_one(lane, lines[0], found)
            elif lane.row.mode == "all":
                for row in lane.rows:
                    held, doubtful = self._held(row)
                    if doubtful:
                        self._doubt(row, held, doubtful)
                    if held and self.reaches(row, held):
                        self._pick(row, held, found)
            else:
                self._choose(lane, found)
        return found

    def _pick_of_one(self, lane: Lane, line: Line, found: list[Pick]) -> None:
        """Take every row of a lane that holds for the only line there is."""
        for row in lane.rows:
            why = self.verdict(row, line) if row.gated or line.barred else ""
            if why:
                if why[0] == "?":
                    self._doubt(row, [], [line])
                continue
            size, below = self.size(row, line), self.below(row)
            if 0 < size >= row.least * below:
                factor = self.factor(row) if row.multiplied else ONE
                if factor is not None:
                    found.append(Pick(row, below, [(line.ref, size)], factor))

    def _held(self, row: Earning) -> tuple[list[Line], list[Line]]:
        """Return the lines a row holds for, and those for which it may."""
        if not row.gated:
            return [line for line in self.purchase.lines if not line.barred], []
        lines: list[Line] = []
        doubtful: list[Line] = []
        for line in self.purchase.lines:
            why = self.verdict(row, line)
            if not why:
                lines.append(line)
            elif why[0] == "?":
                doubtful.append(line)
        return lines, doubtful

    def _doubt(self, row: Earning, lines: list[Line], doubtful: list[Line]) -> None:
        """Note what is not known of a row, where it could earn."""
        if not self.reaches(row, lines + doubtful):
            return
        for line in doubtful:
            if self.verdict(row, line) == "?window":
                assert row.window is not None
                self.unknown.update(dict.fromkeys(held.id for held in row.window.calendars))
            else:
                assert row.when is not None
                self.note(row.when, line)

    def _pick(self, row: Earning, lines: list[Line], found: list[Pick]) -> None:
        factor = self.factor(row)
        if factor is not None:
            sizes: Sizes = [(line.ref, self.size(row, line)) for line in lines]
            found.append(Pick(row, self.below(row), sizes, factor))

    def factor(self, row: Earning) -> Ratio | None:
        """Return what the multipliers of a row make together; None where that is not known."""
        if not row.multiplied:
            return ONE
        # Components with the same multipliers share what these make.
        held = self.programme.scheme.multipliers[row.component]
        if held not in self._factors:
            self._factors[held] = self._factor(held)
        return self._factors[held]

    def _factor(self, multipliers: tuple[Multiplier, ...]) -> Ratio | None:
        above, below = ONE
        known, added = True, self.programme.written.multipliers == "add"
        for held in multipliers:
            holds = self.applies(held)
            if holds is None:
                known = False
            elif holds:
                more, under = held.factor
                if added:
                    above, below = above * under + (more - under) * below, below * under
                else:
                    above, below = above * more, below * under
        return (max(0, above), below) if known else None

    def applies(self, held: Multiplier) -> bool | None:
        """Tell whether a multiplier applies; where that is not known, note why."""
        if held not in self._applied:
            self._applied[held] = self._applies(held)
        return self._applied[held]

    def _applies(self, held: Multiplier) -> bool | None:
        line = self.purchase.lines[0]
        window = True if held.window is None else held.window.holds(self.purchase.on)
        condition = True if held.row.when is None else self.holds(held.row.when, line)
        if window is False or condition is False:
            return False
        if window is None:
            assert held.window is not None
            self.unknown.update(dict.fromkeys(each.id for each in held.window.calendars))
        if condition is None:
            assert held.row.when is not None
            self.note(held.row.when, line)
        return None if window is None or condition is None else True

    def _choose(self, lane: Lane, found: list[Pick]) -> None:
        """Take one row of a lane for each line."""
        reached: list[tuple[Earning, list[Line], list[Line]]] = []
        for row in lane.rows:
            lines, doubtful = self._held(row)
            if not doubtful:
                if self.reaches(row, lines):
                    reached.append((row, lines, doubtful))
            elif self.reaches(row, lines + doubtful):
                # Whether the minimum is reached is in doubt for every line.
                sure = self.reaches(row, lines)
                reached.append((row, lines if sure else [], doubtful if sure else lines + doubtful))
        chosen: dict[str, tuple[Earning, list[Line]]] = {}
        for line in self.purchase.lines:
            taken = self._of_line(lane, line, reached)
            if taken is not None:
                chosen.setdefault(taken.code, (taken, []))[1].append(line)
        for row in lane.rows:
            if row.code in chosen:
                self._pick(row, chosen[row.code][1], found)

    def _of_line(
        self, lane: Lane, line: Line, held: list[tuple[Earning, list[Line], list[Line]]]
    ) -> Earning | None:
        best: tuple[Earning, int, int] | None = None
        for row, lines, doubtful in held:
            if line in doubtful:
                self._doubt(row, lines, doubtful)
                return None
            if line not in lines:
                continue
            if lane.row.mode == "first":
                return row
            worth = self._worth(row, line)
            if worth is None:
                return None
            above, below = worth
            if best is None:
                best = (row, above, below)
                continue
            more = above * best[2] - best[1] * below
            if more > 0 if lane.row.mode == "best" else more < 0:
                best = (row, above, below)
        return None if best is None else best[0]

    def _worth(self, row: Earning, line: Line) -> Ratio | None:
        """Return what a row alone would grant of a line alone, exact; None where not known."""
        factor = self.factor(row)
        if factor is None:
            return None
        below = self.below(row)
        size = self.size(row, line)
        if row.most is not None:
            size = min(size, row.most * below)
        used = self.purchase.facts.used
        room = Room(used, self.purchase.below) if row.limits else None
        above, under = work(
            row, line.ref, [(line.ref, size)], below, factor, fixed=True, room=room
        ).exact
        for cap in self.programme.scheme.point_caps:
            if row.code in cap.rows:
                left = int(left_of(cap, used) // 1)
                if above > left * under:
                    above, under = (0, 1) if cap.row.whole else (left, 1)
        return above, under
