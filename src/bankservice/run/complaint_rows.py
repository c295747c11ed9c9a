"""
Complaints as the extracts tell them: read, checked, each case once.

A day without a time is a day and nothing more: a complaint counts from its first instant and an
answer from its last, which are the cautious ends. Of several extracts that tell of one case, the
one drawn last is believed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, Final

import attrs
import polars as pl

from bankservice.core.calendar import in_utc, local_day, midnight
from bankservice.core.decision import Reason, Says
from bankservice.core.errors import IdentifierError
from bankservice.core.frozen import FrozenMapping
from bankservice.core.identifiers import checked_id
from bankservice.core.money import digits_of
from bankservice.core.vocabulary import Tree
from bankservice.run.files import LINE, Source
from bankservice.run.register import BAD_ID, CONTRADICTS, DUPLICATE
from bankservice.run.rejects import Reject, Rejects, mask
from bankservice.run.rows import MISSING, SCALE, TOO_FINE, Rows
from bankservice.run.tables import COMPLAINTS

__all__ = ["TREES", "Intake", "Moment", "Told", "last_instant"]

NO_SUCH_TIME = Says("no-such-time", ("zone",))
SENT_FIRST = Says("sent-before-received")
BEFORE_RECEIPT = Says("before-received")
CLOSED_EARLY = Says("closed-before-answered")
AFTER_DRAWN = Says("after-drawn", ("drawn",))
STATUS_DISAGREES = Says("status-disagrees")

_FLAGS: Final = ("vulnerable", "public", "regulator_sent", "media", "data_leak", "loss")
_FACTS: Final = ("product", "issue", "cause", "branch", "region", "matter", "kind", "severity")
_MOMENTS: Final = ("received", "replied", "answered", "closed")
_BRIEF: Final = timedelta(microseconds=1)


@attrs.frozen
class Moment:
    """When something was: the instant that counts, its local day, and whether that is all."""

    at: datetime
    on: date
    by_day: bool


@attrs.frozen(kw_only=True)
class Told:
    """
    A case as an extract tells it.

    Attributes:
        case: Its id.
        customer: Whose it is; the case's own id where the extracts do not say.
        received: When it was received.
        start: Where its clocks begin: when it was received, or passed on to the bank.
        facts: What it is about, as far as it is stated.
        flags: What is stated with yes and no; None where the value is unknown.
        amount_minor: Money at stake; None where it is not stated.
        status: Where it stands, if that is stated.
        replied: First reply that is not the answer.
        answered: The answer.
        outcome: What the answer said.
        closed: When it was closed or withdrawn.
        timely: Whether the source says that the answer was in time.
        drawn_on: Day the extract was drawn.
        place: Index of the file and the line, for messages.
    """

    case: str
    customer: str
    received: Moment
    start: Moment
    facts: FrozenMapping[str, str]
    flags: FrozenMapping[str, bool | None]
    amount_minor: int | None
    status: str
    replied: Moment | None
    answered: Moment | None
    outcome: str
    closed: Moment | None
    timely: bool | None
    drawn_on: date
    place: tuple[int, int] = attrs.field(eq=False)

    @property
    def done(self) -> bool:
        """Whether the case is answered, closed or withdrawn by what the extract says in the end."""
        return self.status not in ("", "open") or bool(self.answered or self.closed)


@lru_cache(maxsize=20_000)
def first_instant(day: date, zone: str) -> datetime:
    """Return the first instant of a local day."""
    return midnight(day, zone)


def last_instant(day: date, zone: str) -> datetime:
    """Return the last microsecond of a local day."""
    return first_instant(day + timedelta(days=1), zone) - _BRIEF


class Intake:
    """Takes rows of complaints, and tells each case once."""

    def __init__(
        self, zone: str, currency: str, last: date, trees: Mapping[str, Tree], rejects: Rejects
    ) -> None:
        """
        Start empty.

        Args:
            zone: The bank's zone.
            currency: The bank's currency.
            last: Day on which extracts were drawn that do not say.
            trees: Column → the vocabulary it holds codes of.
            rejects: Where what does not fit is told.
        """
        self._zone = zone
        self._unit = 10 ** (SCALE - digits_of(currency))
        self._last = last
        self._trees = trees
        self._rejects = rejects
        self._sources: list[Source] = []
        self._held: dict[tuple[str, date], Told] = {}
        self.unknown: Counter[tuple[str, str]] = Counter()
        """(column, masked value) → how often it stands there and is no code."""
        self.mapped: set[str] = set()
        """Columns that some extract has."""

    def source_of(self, told: Told) -> Source:
        """Return the file a case was told in."""
        return self._sources[told.place[0]]

    def reject(self, told: Told, column: str, said: Reason) -> None:
        """Tell that something of a case does not fit; its row is kept."""
        source = self.source_of(told)
        field = source.written(column)
        self._rejects.add(Reject(source.name, told.place[1], field, "", said))

    def take(self, source: Source, rows: Rows) -> None:
        """Take the rows of one block."""
        if source not in self._sources:
            self._sources.append(source)
            self.mapped.update(source.extract.columns)
        for (column, value), count in rows.unknown.items():
            self.unknown[column, mask(value)] += count
        frame = self._coded(rows.good)
        times = [name for name, kind in frame.schema.items() if isinstance(kind, pl.Datetime)]
        frame = frame.with_columns(_instant(name, self._zone).alias(f"{name}!") for name in times)
        file = self._sources.index(source)
        for row in frame.iter_rows(named=True):
            self._row(file, row)

    def _coded(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Return rows without the codes that no vocabulary has; they are counted."""
        for name, tree in self._trees.items():
            if name not in rows.columns:
                continue
            known = pl.col(name).is_in(list(tree))
            strange = rows.filter(~known & pl.col(name).is_not_null())[name]
            for value, count in strange.value_counts().iter_rows():
                self.unknown[name, mask(value)] += count
            rows = rows.with_columns(pl.when(known).then(pl.col(name)).alias(name))
        return rows

    def _row(self, file: int, row: Mapping[str, Any]) -> None:
        source, line = self._sources[file], row[LINE]
        drawn = source.extract.drawn_on
        moments = {name: self._moment(row, name) for name in _MOMENTS}
        fault = next(self._faults(row, moments, drawn), None)
        if fault is not None:
            column, said = fault
            value = row.get(column)
            shape = "" if value is None else mask(str(value))
            reject = Reject(source.name, line, source.written(column), shape, said)
            self._rejects.drop(source.counted, reject)
            return
        told = self._told(row, moments, drawn or self._last, (file, line))
        first = self._held.setdefault((told.case, told.drawn_on), told)
        if first is not told:
            says = DUPLICATE if first == told else CONTRADICTS
            said = says(file=self.source_of(first).name, first=first.place[1])
            reject = Reject(source.name, line, source.written("case"), mask(told.case), said)
            self._rejects.drop(source.counted, reject)

    def _moment(self, row: Mapping[str, Any], name: str) -> Moment | None:
        """Return when something was: at an instant, or on a day; None where it is not stated."""
        at = row.get(f"{name}_at!")
        if at is not None:
            at = in_utc(at)
            return Moment(at, local_day(at, self._zone), by_day=False)
        on = row.get(f"{name}_on")
        if on is None:
            return None
        count = first_instant if name == "received" else last_instant
        return Moment(count(on, self._zone), on, by_day=True)

    def _faults(
        self, row: Mapping[str, Any], moments: Mapping[str, Moment | None], drawn: date | None
    ) -> Iterator[tuple[str, Reason]]:
        """Yield (column, why) of what is wrong with a row."""
        for name in ("case", "customer"):
            try:
                if row.get(name) is not None:
                    checked_id(row[name], name)
            except IdentifierError:
                yield name, BAD_ID()
        for name in _MOMENTS:
            if row.get(f"{name}_at") is not None and row[f"{name}_at!"] is None:
                yield f"{name}_at", NO_SUCH_TIME(zone=self._zone)
        received = moments["received"]
        if received is None:
            yield "received_at" if "received_at" in row else "received_on", MISSING()
            return
        sent = row.get("sent_on")
        if sent is not None and sent < received.on:
            yield "sent_on", SENT_FIRST()
        start = received.on if sent is None else sent
        for name in ("replied", "answered", "closed"):
            held = moments[name]
            column = f"{name}_on" if f"{name}_on" in row else f"{name}_at"
            if held is not None and (held.on < start or (sent is None and held.at < received.at)):
                yield column, BEFORE_RECEIPT()
        answered, closed = moments["answered"], moments["closed"]
        closing = "closed_on" if "closed_on" in row else "closed_at"
        if answered is not None and closed is not None and closed.on < answered.on:
            yield closing, CLOSED_EARLY()
        if row.get("status") == "open" and (answered is not None or closed is not None):
            yield "status", STATUS_DISAGREES()
        for name in _MOMENTS:
            held = moments[name]
            if held is not None and drawn is not None and held.on > drawn:
                yield f"{name}_on" if held.by_day else f"{name}_at", AFTER_DRAWN(drawn=drawn)
        if sent is not None and drawn is not None and sent > drawn:
            yield "sent_on", AFTER_DRAWN(drawn=drawn)
        if row.get("amount") is not None and row["amount"] % self._unit:
            yield "amount", TOO_FINE()

    def _told(
        self,
        row: Mapping[str, Any],
        moments: Mapping[str, Moment | None],
        drawn: date,
        place: tuple[int, int],
    ) -> Told:
        received = moments["received"]
        assert received is not None, "looked at before"
        sent, amount = row.get("sent_on"), row.get("amount")
        start = received
        if sent is not None:
            start = Moment(first_instant(sent, self._zone), sent, by_day=True)
        flags = {name: _flag(row[name]) for name in _FLAGS if name in row}
        return Told(
            case=row["case"],
            customer=row.get("customer") or row["case"],
            received=received,
            start=start,
            facts=FrozenMapping(
                {name: row[name] for name in (*_FACTS, "channel", "department") if row.get(name)}
            ),
            flags=FrozenMapping(flags),
            amount_minor=None if amount is None else amount // self._unit,
            status=row.get("status") or "",
            replied=moments["replied"],
            answered=moments["answered"],
            outcome=row.get("outcome") or "",
            closed=moments["closed"],
            timely=_flag(row.get("timely")),
            drawn_on=drawn,
            place=place,
        )

    def close(self) -> tuple[Told, ...]:
        """Return every case once, as it was told last, in the order of its id."""
        newest: dict[str, Told] = {}
        for told in self._held.values():
            known = newest.get(told.case)
            if known is None or known.drawn_on < told.drawn_on:
                newest[told.case] = told
        return tuple(newest[case] for case in sorted(newest))


def _flag(value: str | None) -> bool | None:
    return None if value is None else value == "yes"


def _instant(name: str, zone: str) -> pl.Expr:
    """Return the instant of a local time; null where the clocks were put forward over it."""
    # Of a time there was twice, the cautious one: a complaint is older, an answer is younger.
    which = "earliest" if name == "received_at" else "latest"
    return pl.col(name).dt.replace_time_zone(zone, ambiguous=pl.lit(which), non_existent="null")


TREES: Final = {column.name: column.tree for column in COMPLAINTS.columns if column.tree}
"""Column → id of the vocabulary it holds codes of."""
