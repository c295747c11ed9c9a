"""
Sheets: rows of a book that go to one account together, as one entry.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from contextlib import suppress
from datetime import date
from fractions import Fraction
from functools import lru_cache
from typing import Any, Final

from bankservice.core.desk import ref_json
from bankservice.core.errors import FaultsError, UnknownNameError
from bankservice.core.frozen import FrozenMapping
from bankservice.core.plain import canonical, to_json
from bankservice.core.policy import Version
from bankservice.loyalty.account import standing
from bankservice.loyalty.account.account import Account
from bankservice.loyalty.account.posted_many import PostedMany
from bankservice.loyalty.account.posting import why_of
from bankservice.loyalty.account.shapes import JSON, Asked
from bankservice.loyalty.account.standing import NEVER
from bankservice.loyalty.account.style import Class, Kind, Style, Styles, lots_tail, tail_of, whole
from bankservice.loyalty.model import Accrual, Lot, Part, Use
from bankservice.loyalty.rating.calendars import calendars_of
from bankservice.loyalty.rating.quick import Points, points_of

__all__ = ["Sheet", "sheet_for"]

_NONE: Final = FrozenMapping[str, Fraction]()
_MISSING: Final[Any] = object()
_Periods = tuple[tuple[str, tuple[str, ...]], ...]
_LONGEST: Final = 16


def sheet_for(account: Account, row: Asked, styles: Styles) -> Sheet | None:
    """Return an empty sheet for a row of an account; None where rows are decided one by one."""
    if (
        not account.opened
        or account.closed_at is not None
        or account.debts
        or account.parked
        or any(True for _ in standing.timed_out(account, styles.now))
    ):
        return None
    _, post, at, *_ = row
    days = styles.days(account.zone)
    style = styles.on(post.on or days.of(at), days.of(styles.now))
    return None if style is None else Sheet(account, style, styles)


class Sheet:
    """
    Rows of one account under one programme version.

    Attributes:
        style: What they share.
        rows: A line for each.
        latest: Instant of the latest.
    """

    def __init__(self, account: Account, style: Style, styles: Styles) -> None:
        self.style = style
        self.rows: list[str] = []
        self.latest = 0
        self._account = account
        self._styles = styles
        self._days = styles.days(account.zone)
        self._today = self._days.of(styles.now)
        self._facts: list[str] = []
        self._seen: set[str] = set()
        # Whole numbers are added quicker than fractions, and almost all of these are whole.
        self._counts: dict[str, int | Fraction] = {
            key: used.numerator if used.denominator == 1 else used
            for key, used in (account.counts.items() if style.caps else ())
        }
        self._classes: dict[Class, int] = {}
        self._shapes: dict[tuple[str, ...], int] = {}
        self._first = NEVER

    def take(self, rows: Sequence[Asked], place: int) -> int:
        """
        Put rows on the sheet, from a place on, and return the place of the first that is not put:
        it is decided alone, or stands on another sheet.
        """
        # What a row needs stands in local names: this is where a book spends its time.
        account, style, seen = self._account, self.style, self._seen
        purchases, authorised = account.purchases, account.authorisations
        customers, campaigns = ("", account.customer), account.campaigns
        day_of, now, kinds = self._days.of, self._styles.now, style.kinds
        cut = -style.programme.digits - 1
        lines, facts, classes = self.rows, self._facts, self._classes
        capped = bool(style.caps)
        known, pick, told, latest = None, style.alike(rows[place][3]), "", self.latest
        for row in rows[place:]:
            _, post, at, shape, values, line = row
            ref = post.ref
            if ref in seen or ref in purchases or post.part != 1 or at > now:
                break
            if shape is not known:
                known, pick = shape, style.alike(shape)
                told = f"{self._shapes.setdefault(shape.names, len(self._shapes))}\t"
            day = day_of(at)
            key = (shape, post.on, post.posted_on, day, campaigns, pick(values))
            kind = kinds.get(key, _MISSING)
            if kind is _MISSING:
                kind = self._kind(key, row, day)
            if kind is None or post.customer_id not in customers or ref in authorised:
                break
            minor = _minor(values[0], cut)
            if kind.steps is None or minor is None:
                found = self._whole(row, kind, day, minor)
                if found is None:
                    break
                lots, tail, fact = found
            else:
                points = 0
                if not capped and len(kind.lots) == 1:
                    above, block, least, _ = kind.steps.rows[0]
                    if minor >= least:
                        counted = minor // block * block if block else minor
                        points = counted * above // kind.steps.sums[0]
                if points:
                    _, held, ending, expires_at = kind.lots[0]
                    lots = f"{points},{classes.setdefault(held, len(classes))}{ending}"
                    tail, fact = kind.tail, told + line
                    self._first = min(self._first, expires_at)
                else:
                    lots, tail, fact = self._stepped(row, kind, minor)
            lines.append(f"{ref}\t{kind.ordinal}\t{at}\t{lots}{tail}")
            facts.append(fact)
            seen.add(ref)
            latest = max(latest, at)
            place += 1
        self.latest = latest
        return place

    def _kind(self, key: Hashable, row: Asked, day: date) -> Kind | None:
        """Return what rows like this one share; None where they are not for this sheet."""
        _, post, _, shape, values, _ = row
        style, on = self.style, post.on or day
        picked = style.alike(shape)(values)
        found = None
        if shape.plain and on <= self._today and self._styles.on(on, self._today) is style:
            with suppress(FaultsError, UnknownNameError):
                found = style.kind(self._account, shape, picked, post, (on, day))
        style.kinds[key] = found
        return found

    # -- rows that need more than one division ----------------------------------------------------

    def _whole(
        self, row: Asked, kind: Kind, day: date, minor: int | None
    ) -> tuple[str, str, str] | None:
        """Return the lots, the tail and the facts of a row; None where it is not to be rated."""
        _, post, at, shape, _, line = row
        style, account = self.style, self._account
        used, periods = _NONE, _Periods()
        if style.caps:
            periods = style.periods(kind.on, kind.posted_on, account.opened_on, post.card)
            used = self._used(periods)
        if kind.plan is not None and minor is not None:
            points = kind.plan.earned(minor, used)
        else:
            facts = whole(style.programme, account, post, kind.on, day, used=used)
            try:
                points = points_of(facts, style.programme)
            except (FaultsError, UnknownNameError):
                return None
            if points.unknown:
                return None
        names = shape.names
        if used:
            names, line = (*names, "used" + JSON), f"{line}\t{canonical(to_json(used))}"
        tail = kind.tail
        granted = sum(row[3] for row in points.rows)
        why = _why(granted > 0, points.lost > 0, points.why, bool(points.rows))
        if points.lost or why or points.uses:
            uses = self._use(points.uses, periods)
            wait = kind.posted_on.toordinal() - kind.ordinal
            tail = tail_of(wait, 1, points.lost, list(why), uses)
        number = self._shapes.setdefault(names, len(self._shapes))
        return self._lots(points, kind.on, day, at), tail, f"{number}\t{line}"

    def _stepped(self, row: Asked, kind: Kind, minor: int) -> tuple[str, str, str]:
        """Return the lots, the tail and the facts of a row that is worked with in whole numbers."""
        _, post, _, shape, _, line = row
        periods = self.style.periods(kind.on, kind.posted_on, self._account.opened_on, post.card)
        used = self._sums(periods)
        assert kind.steps is not None, "asked only where it is"
        points, lost, brought = kind.steps.earned(minor, used)
        names, tail = shape.names, kind.tail
        if used:
            names = (*names, "used" + JSON)
            told = ",".join([f'{_quoted(cap)}:"{before}"' for cap, before in used.items()])
            line = f"{line}\t{{{told}}}"
        if not any(points):
            rated = any(minor >= least for _, _, least, _ in kind.steps.rows)
            why = _why(False, lost > 0, (), rated)
            wait = kind.posted_on.toordinal() - kind.ordinal
            tail = tail_of(wait, 1, lost, list(why), [])
        elif lost or brought:
            uses = []
            first = dict(periods)
            for cap, amount, units in brought:
                period = first[cap][0]
                key = f"{cap}|{period}"
                more = amount if units == 1 else Fraction(amount, units)
                after = self._counts[key] = self._counts.get(key, 0) + more
                uses.append(f'[{_quoted(cap)},{_quoted(period)},"{more}","{after}"]')
            wait = kind.posted_on.toordinal() - kind.ordinal
            tail = f"\t[{wait},1,{lost},[],[{','.join(uses)}]]"
        number = self._shapes.setdefault(names, len(self._shapes))
        return self._lots_of(kind, points), tail, f"{number}\t{line}"

    def _lots_of(self, kind: Kind, points: Sequence[int]) -> str:
        """Return the lots of the points of each row of a kind."""
        sums: dict[int, list[int]] = {}
        for place, granted in enumerate(points):
            if granted:
                like = kind.lots[place][0]
                if like in sums:
                    sums[like][1] += granted
                else:
                    sums[like] = [place, granted]
        lots = []
        for place, granted in sums.values():
            _, held, ending, expires_at = kind.lots[place]
            lots.append(f"{granted},{self._classes.setdefault(held, len(self._classes))}{ending}")
            self._first = min(self._first, expires_at)
        return ";".join(lots)

    def _sums(self, periods: _Periods) -> dict[str, int | Fraction]:
        """Return what was used of each cap before."""
        counts = self._counts
        found: dict[str, int | Fraction] = {}
        for cap, keys in periods:
            for key in keys:
                held = counts.get(f"{cap}|{key}")
                if held:
                    found[cap] = found[cap] + held if cap in found else held
        return found

    def _used(self, periods: _Periods) -> FrozenMapping[str, Fraction]:
        found = self._sums(periods)
        return FrozenMapping({cap: Fraction(used) for cap, used in found.items()})

    def _use(self, uses: Iterable[Use], periods: _Periods) -> list[list[str]]:
        first = {cap: keys[0] for cap, keys in periods}
        found = []
        for use in uses:
            if use.used:
                period = first[use.cap]
                key = f"{use.cap}|{period}"
                after = self._counts[key] = self._counts.get(key, 0) + use.used
                found.append([use.cap, period, str(use.used), str(after)])
        return found

    def _lots(self, points: Points, on: date, day: date, at: int) -> str:
        programme = self.style.programme
        groups: list[tuple[str, str, bool]] = []
        sums: list[int] = []
        for code, component, qualifying, granted in points.rows:
            if not granted:
                continue
            for place, group in enumerate(groups):
                alike = group[1] == component and group[2] == qualifying
                if alike and (group[0] == code or programme.same_dates(group[0], code)):
                    sums[place] += granted
                    break
            else:
                groups.append((code, component, qualifying))
                sums.append(granted)
        lots = []
        for (code, component, qualifying), granted in zip(groups, sums, strict=True):
            available, expires_at, action = self.style.dates(code, on, day)
            held = (component, code, qualifying, action)
            number = self._classes.setdefault(held, len(self._classes))
            wait = max(available - at, 0) if available else available
            lots.append(f"{granted},{number}{lots_tail(wait, expires_at)}")
            if expires_at is not None:
                self._first = min(self._first, expires_at)
        return ";".join(lots)

    # -- what comes of it --------------------------------------------------------------------------

    def event(self) -> PostedMany:
        """Return the entry of the rows."""
        account = self._account
        return PostedMany(
            customer=account.customer,
            at=self.latest,
            version=self.style.ref,
            older=tuple(FrozenMapping(ref_json(held.ref)) for held in self.calendars()),
            first=len(account.lots) + 1,
            currency=self.style.programme.currency,
            campaigns=account.campaigns,
            classes=tuple(self._classes),
            shapes=tuple(self._shapes),
            rows="\n".join(self.rows),
            facts="\n".join(self._facts),
        )

    def calendars(self) -> tuple[Version[Any], ...]:
        """Return the calendar versions by which the rows' windows were judged."""
        days = (date.fromordinal(int(row.split("\t", 2)[1])) for row in self.rows)
        return calendars_of(self.style.programme, days)

    def soonest(self) -> Lot | None:
        """Return a lot that lapses when the first of the rows' lots does; None where none does."""
        if self._first == NEVER:
            return None
        return Lot(
            number=len(self._account.lots) + 1,
            granted=1,
            left=1,
            ref="",
            earned_on=self._today,
            available_at=self.latest,
            expires_at=self._first,
        )


@lru_cache(1024)
def _why(granted: bool, lost: bool, why: tuple[str, ...], rated: bool) -> tuple[str, ...]:
    """Return the codes of what kept a transaction from earning."""
    if granted:
        return why
    parts = (Part(row=""),) if rated else ()
    return why_of(Accrual(points=0, parts=parts, lost_to_caps=lost, excluded=why))


def _minor(amount: object, cut: int) -> int | None:
    """Return an amount of plain digits, the point before its last ones, in minor units."""
    if type(amount) is not str or amount[cut : cut + 1] != "." or len(amount) > _LONGEST:
        return None
    text = amount[:cut] + amount[cut + 1 :]
    return int(text) if text.isdecimal() and text.isascii() and len(text) >= -cut else None


@lru_cache(4096)
def _quoted(text: str) -> str:
    return canonical(text)
