"""
A bank's own book of tiers: the measures its extracts give on a day, beside the standings it has.

The measures are those of the main job, so what is tried is what a run of the day would decide. Of
a day that was decided the standings are those before its run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl

from bankservice.bank import Bank, open_bank
from bankservice.core.driver import serve
from bankservice.core.errors import BankServiceError, Fault, FaultsError
from bankservice.core.frozen import FrozenMapping
from bankservice.core.institution import Institution
from bankservice.core.plain import digest
from bankservice.core.policy import Policy, Version
from bankservice.core.trial import Question
from bankservice.core.unknown import UNKNOWN
from bankservice.core.what_if import Side
from bankservice.journals.known import KnownJournal
from bankservice.journals.memory import MemoryJournal
from bankservice.run.files import Source, read
from bankservice.run.measures import Given, Measuring
from bankservice.run.part import Setting, Watch
from bankservice.run.plan import Plan
from bankservice.run.register import Registrar
from bankservice.run.rejects import Rejects
from bankservice.run.rows import typed
from bankservice.run.tiers import TiersPlan
from bankservice.run.whatif_books import Book, Part
from bankservice.run.work import REGISTER, own_policies, sources_of
from bankservice.segmentation import TIERS, Measures, Standing, Standings
from bankservice.segmentation import Book as Shards
from bankservice.segmentation.book import shard_of
from bankservice.segmentation.ladder import Ladder
from bankservice.segmentation.takeover import HeldFacts

__all__ = ["TiersBook", "measures_of", "opened_book"]


@contextmanager
def opened_book(
    told: Plan, before: Side, after: Side, on: date | None, watch: Watch
) -> Iterator[Callable[[datetime], Book]]:
    """
    Give what makes the book of a plan as it was known at an instant.

    Args:
        told: The plan, with a part of tiers.
        before: The policy as it is.
        after: The policy to be tried.
        on: The day; the last one of the plan where left out.
        watch: Told how far reading is.

    Raises:
        FaultsError: If the plan, a policy or an extract has faults, or the plan has no tiers.
    """
    if "tiers" not in told.parts:
        raise FaultsError(str(told.file), (Fault("tiers", "nothing", "the part whose book it is"),))
    own = own_policies(told)
    address = told.journal or f"sqlite:///{told.output / 'bank.db'}"
    file = Path(address.removeprefix("sqlite:///"))
    there = file.exists() or not address.startswith("sqlite:///")
    with open_bank(address if there else "memory:", policies=own, tenant=told.tenant) as bank:
        day = told.days[-1] if on is None else on
        yield lambda begun: TiersBook(told, bank, (before, after), day, begun, watch)


class TiersBook:
    """The book of tiers of a bank on a day, shard by shard."""

    def __init__(
        self,
        told: Plan,
        bank: Bank,
        sides: tuple[Side, Side],
        on: date,
        known_at: datetime,
        watch: Watch,
    ) -> None:
        """
        Read the extracts.

        Args:
            told: The plan, with a part of tiers.
            bank: Whose record.
            sides: The policies that are tried.
            on: The day.
            known_at: What was recorded later is not known.
            watch: Told how far reading is.

        Raises:
            FaultsError: If the extracts cannot be read or measured, or the policies measure
                otherwise.
        """
        part: TiersPlan = told.parts["tiers"]
        journal = bank.journal
        past = journal if isinstance(journal, MemoryJournal) else KnownJournal(journal, known_at)
        self._policy: Policy[Ladder] = bank.policies.get(part.policy)
        self._on, self._book = on, Shards(part.book, part.shards)
        self._standings = Standings(past, self._policy, now=lambda: known_at, tenant=bank.tenant)
        self._ladder = _ladder(sides, on)
        sources = sources_of(told)
        self._measure(told, bank, sources, watch)
        self.length = part.shards
        files = [(source.name, source.size, source.path.stat().st_mtime_ns) for source in sources]
        self.told = {
            "kind": "bank",
            "name": told.file.name,
            "on": str(on),
            "digest": digest([told.file.read_text("utf-8"), sorted(files)]),
        }

    def _measure(self, told: Plan, bank: Bank, sources: tuple[Source, ...], watch: Watch) -> None:
        profile = bank.policies.get(told.institution)
        institution: Institution = profile.on(self._on).parameters
        # What does not fit was told by the run; here it is not known, as there.
        with TemporaryDirectory() as aside:
            rejects = Rejects(Path(aside) / "rejects.csv", told.locale)
            try:
                setting = Setting(
                    bank=bank,
                    profile=profile,
                    institution=institution,
                    days=(self._on,),
                    extracts=told.extracts,
                    rejects=rejects,
                    watch=watch,
                )
                registrar = Registrar(institution.currency, rejects)
                for source, rows in _rows(sources, True, rejects, watch):
                    registrar.take(source, rows)
                ladders = {self._on: self._ladder}
                self._measuring = Measuring(setting, registrar.close(), ladders)
                for source, rows in _rows(sources, False, rejects, watch):
                    self._measuring.take(source, rows)
                measured = self._measuring.assets(self._on, self._ladder)
            finally:
                rejects.close()
        shards = [shard_of(customer, self._book.shards) for customer in measured["customer"]]
        measured = measured.with_columns(pl.Series("shard", shards, dtype=pl.Int64))
        self._nobody = measured.drop("shard").clear()
        self._parts = measured.partition_by("shard", as_dict=True, include_key=False)

    def parts(self, after: tuple[int, ...]) -> Iterator[Part]:
        """Yield the shards."""
        for shard in range(after[0] if after else 0, self._book.shards):
            yield Part(tuple(self._shard(shard)), (shard + 1,))

    def _shard(self, shard: int) -> Iterator[Question[HeldFacts]]:
        part = self._parts.get((shard,), self._nobody)
        given, _ = self._measuring.given(part, self._on, self._ladder)
        course = self._standings.course(self._book, shard)
        ran = course.of_day(self._on)
        for customer in course.members(ran) - given.keys():
            # Who is not in the extracts is not known; nobody leaves a book by that.
            given[customer] = UNKNOWN
        if ran is None:
            desk = self._standings.desk
            loaded = serve(desk.load(given), self._standings.office.journal)
            held = {customer: one.state.standing for customer, one in loaded.items()}
        else:
            outcomes = self._standings.outcomes(self._book, shard, given, self._on)
            held = {customer: one.before for customer, one in outcomes.items()}
        for customer in sorted(given):
            yield self._question(customer, given[customer], held[customer])

    def _question(self, customer: str, given: Given, standing: Standing) -> Question[HeldFacts]:
        kept = {latch.terms for latch in standing.latches if latch.terms is not None}
        versions = self._policy.versions
        facts = HeldFacts(
            measure=measures_of(given, self._ladder),
            on=self._on,
            standing=standing,
            older=tuple(version for version in versions if version.ref.since in kept),
        )
        was = next(
            (held for held in reversed(versions) if held.ref.since == standing.version_since), None
        )
        return Question(customer, facts, beside=was if standing.codes else None)


def _rows(
    sources: tuple[Source, ...], register: bool, rejects: Rejects, watch: Watch
) -> Iterator[tuple[Source, Any]]:
    """Yield the rows of the register's tables, or of the others."""
    for source in sources:
        if (source.extract.table in REGISTER) is not register:
            continue
        stage = f"read {source.name}"
        watch(stage, 0, source.size)
        for block in read(source):
            rows = typed(source, block)
            for reject in rows.bad:
                rejects.add(reject)
            yield source, rows
        watch(stage, source.size, source.size)


def _ladder(sides: tuple[Side, Side], on: date) -> Ladder:
    """Return what the policies measure by, which has to be the same."""
    held: list[Ladder] = []
    for side in sides:
        if side.kind.name != TIERS.name:
            raise FaultsError(
                "the book of tiers",
                (Fault("policy", f"kind {side.kind.name}", f"kind {TIERS.name}"),),
            )
        version: Version[Ladder]
        try:
            version = side.on(on) if isinstance(side, Policy) else side
        except BankServiceError as error:
            raise FaultsError(
                "the book of tiers", (Fault("policy", str(on), str(error)),)
            ) from None
        held.append(version.parameters)
    first, second = (
        (ladder.measurement, tuple(ladder.measures), ladder.currency, ladder.zone)
        for ladder in held
    )
    if first != second:
        names = ("measurement", "measures", "currency", "zone")
        faults = (
            Fault(name, str(now), f"{was}, as before: the extracts are measured once")
            for name, was, now in zip(names, first, second, strict=True)
            if was != now
        )
        raise FaultsError("the two policies measure otherwise; the book of tiers", tuple(faults))
    return held[0]


def measures_of(given: Given, ladder: Ladder) -> Measures:
    """Return what a customer is assessed on as a table of measures."""
    if isinstance(given, Measures):
        return given
    names = ladder.measures if given is UNKNOWN else ("assets",)
    held: Mapping[str, Any] = dict.fromkeys(names, given)
    return Measures(FrozenMapping(held))
