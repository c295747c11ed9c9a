"""
The main job: a bank's own extracts in, a day of decisions and a report out.

Everything is looked at before anything is written: the plan, the policies, the first line of
every file. Then the register is read, then the rows, then each day is decided. What cannot be
read is rejected and told; what is decided stands in the journal, shard by shard; the result files
appear together at the end. A run that was killed is given again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

import attrs

from bankservice import policies
from bankservice.bank import Bank, open_bank, utc_now
from bankservice.core.errors import Fault, FaultsError, NotInForceError, UnknownNameError
from bankservice.core.institution import INSTITUTION, Institution
from bankservice.core.policy import Policy, Version
from bankservice.report import Report, render
from bankservice.run.complaints import Complaints, ComplaintsPlan
from bankservice.run.files import Source, find, read
from bankservice.run.folder import OutputError, Staging, holding
from bankservice.run.groups import GroupsPart
from bankservice.run.groups_plan import GroupsPlan
from bankservice.run.outlook import OutlookPart
from bankservice.run.outlook_plan import OutlookPlan
from bankservice.run.overview import Taken, overview
from bankservice.run.part import DayResult, Part, Setting, Watch
from bankservice.run.plan import Plan, read_plan
from bankservice.run.points import Points
from bankservice.run.points_plan import PointsPlan
from bankservice.run.register import Registrar
from bankservice.run.rejects import Rejects
from bankservice.run.rows import typed
from bankservice.run.stages import StagesPart
from bankservice.run.stages_plan import StagesPlan
from bankservice.run.survey import Surveyor
from bankservice.run.survey_plan import SurveyPlan
from bankservice.run.tables import TABLES
from bankservice.run.tiers import Tiers, TiersPlan

__all__ = ["PARTS", "REGISTER", "PartKind", "Summary", "own_policies", "plan", "run", "sources_of"]

Profile = tuple[Policy[Any], Version[Institution]]

REGISTER: Final = ("customers", "accounts", "holders")


@attrs.frozen
class PartKind:
    """A part there is: what it is told in `bank.toml`, and how it is made."""

    told: type[Any]
    make: Callable[[Any, Setting], Part]


PARTS: Final[Mapping[str, PartKind]] = {
    "tiers": PartKind(TiersPlan, Tiers),
    "stages": PartKind(StagesPlan, StagesPart),
    "outlook": PartKind(OutlookPlan, OutlookPart),
    "groups": PartKind(GroupsPlan, GroupsPart),
    "complaints": PartKind(ComplaintsPlan, Complaints),
    "points": PartKind(PointsPlan, Points),
    "survey": PartKind(SurveyPlan, Surveyor),
}
"""Every part, by the name of its table in `bank.toml`. A later domain adds one line."""


@attrs.frozen(kw_only=True)
class Summary:
    """
    What a run did.

    Attributes:
        output: Folder of the results.
        files: Names of the files written there.
        days: For each day, what each part says of it.
        lines: The same, a line for each, for a terminal.
        taken: What became of the rows of each file.
        rejects: How many rejects there are.
        unchanged: Whether every day was decided before on the same data: nothing was decided.
    """

    output: Path
    files: tuple[str, ...]
    days: Mapping[date, Mapping[str, Mapping[str, Any]]]
    lines: tuple[str, ...]
    taken: tuple[Taken, ...]
    rejects: int
    unchanged: bool

    def to_json(self) -> dict[str, Any]:
        """Return the summary as plain JSON."""
        return {
            "output": str(self.output),
            "files": list(self.files),
            "days": {str(on): dict(parts) for on, parts in self.days.items()},
            "extracts": [attrs.asdict(taken) for taken in self.taken],
            "rejects": self.rejects,
            "unchanged": self.unchanged,
        }


def plan(path: Path) -> Plan:
    """
    Read a `bank.toml` for the parts there are.

    Raises:
        FaultsError: With every fault and its path.
    """
    return read_plan(path, {name: kind.told for name, kind in PARTS.items()})


def run(
    told: Plan, *, now: Callable[[], datetime] = utc_now, watch: Watch = lambda *_: None
) -> Summary:
    """
    Run the days of a plan.

    The same again changes nothing. Extracts that differ for a day decided before are a correction
    of it: what they touch is decided again, as though they had been right the first time.

    Args:
        told: The plan.
        now: Gives the present instant, aware; it is when the decisions become known.
        watch: Told how far the run is.

    Raises:
        FaultsError: If something is missing or cannot be read; nothing was decided.
        RunningError: If another run works in the same folder.
        OutputError: If a result cannot be written.
    """
    own = own_policies(told)
    sources = sources_of(told)
    with holding(told.output), Staging(told.output) as staging:
        journal = told.journal or f"sqlite:///{told.output / 'bank.db'}"
        with open_bank(journal, policies=own, now=now, tenant=told.tenant) as bank:
            return _Run(told, bank, sources, staging, watch).run()


def own_policies(told: Plan) -> tuple[Policy[Any], ...]:
    """
    Return the policies of a plan's own files.

    Raises:
        FaultsError: If files have faults; all are told.
    """
    faults: list[Fault] = []
    held: list[Policy[Any]] = []
    shelf = policies.shelf()
    for path in told.policies:
        try:
            policy = shelf.load(path)
        except FaultsError as error:
            name = path.name
            faults += (attrs.evolve(fault, path=f"{name}: {fault.path}") for fault in error.faults)
            continue
        held.append(policy)
        # A later file may link what an earlier one holds.
        shelf = shelf.with_policies((policy,))
    if faults:
        raise FaultsError("the policies", tuple(faults))
    return tuple(held)


def sources_of(told: Plan) -> tuple[Source, ...]:
    """
    Return the files of a plan's extracts, the register's first.

    Raises:
        FaultsError: If files are missing or do not fit; all are told.
    """
    faults: list[Fault] = []
    held: list[Source] = []
    for index, extract in enumerate(told.extracts):
        path = f"extract[{index}]"
        found = list(find(extract, told.data, path))
        faults += (fault for fault in found if isinstance(fault, Fault))
        sources = [source for source in found if isinstance(source, Source)]
        held += sources
        numbered = any(mapped.number_rows is not None for mapped in extract.columns.values())
        if numbered and len(sources) > 1:
            wanted = "one file: its lines number the rows"
            faults.append(Fault(f"{path}.files", f"{len(sources)} files", wanted))
    faults += _twice(held)
    if faults:
        raise FaultsError("the extracts", tuple(faults))
    return tuple(sorted(held, key=lambda source: list(TABLES).index(source.extract.table)))


def _twice(sources: list[Source]) -> Iterator[Fault]:
    """Yield files that would count twice: the whole of one and more of it, or its packed copy."""
    shared: dict[tuple[str, Path], list[Source]] = {}
    for source in sources:
        unpacked = source.path.with_name(source.path.name.removesuffix(".gz"))
        shared.setdefault((source.extract.table, unpacked), []).append(source)
    for same in shared.values():
        whole = any(source.extract.where is None for source in same)
        if len(same) > 1 and (whole or len({source.path for source in same}) > 1):
            wanted = "each file once in a table, or a filter for each part of it"
            yield Fault(f"{same[-1].place}.files", f"{same[-1].name} once more", wanted)


class _Run:
    """One run; its steps in order."""

    def __init__(
        self, told: Plan, bank: Bank, sources: tuple[Source, ...], staging: Staging, watch: Watch
    ) -> None:
        self._told = told
        self._bank = bank
        self._sources = sources
        self._staging = staging
        self._watch = watch
        self._taken: list[Taken] = []
        self._lines: list[str] = []

    def run(self) -> Summary:
        rejects = Rejects(self._staging.path("rejects.csv"), self._told.locale)
        try:
            parts, profile = self._parts(rejects)
            registrar = Registrar(profile[1].parameters.currency, rejects)
            for source, rows in self._rows(True, rejects):
                registrar.take(source, rows)
            register = registrar.close()
            for part in parts.values():
                part.begin(register)
            for source, rows in self._rows(False, rejects):
                for part in parts.values():
                    part.take(source, rows)
            days: dict[date, dict[str, Mapping[str, Any]]] = {}
            for on in self._told.days:
                days[on] = {}
                for name, part in parts.items():
                    result = part.decide(on)
                    self._write(result)
                    days[on][name] = result.summary
                    self._lines.append(f"{on}  {name}: {result.line}")
            return self._report(parts, days, rejects, register.without_accounts, profile)
        except OSError as error:
            if isinstance(error, OutputError):
                raise
            raise OutputError(f"a result could not be written: {error}.") from error
        finally:
            rejects.close()

    def _parts(self, rejects: Rejects) -> tuple[dict[str, Part], Profile]:
        profile = self._institution()
        setting = Setting(
            bank=self._bank,
            profile=profile[0],
            institution=profile[1].parameters,
            days=self._told.days,
            extracts=self._told.extracts,
            rejects=rejects,
            watch=self._watch,
            parts=tuple(self._told.parts),
            locale=self._told.locale,
        )
        made = {name: PARTS[name].make(held, setting) for name, held in self._told.parts.items()}
        return made, profile

    def _institution(self) -> Profile:
        last = self._told.days[-1]
        try:
            policy = self._bank.policies.get(self._told.institution)
            if policy.kind.name != INSTITUTION.name:
                raise UnknownNameError("institution profile", policy.id, ())
            version: Version[Institution] = policy.on(last)
        except (UnknownNameError, NotInForceError) as error:
            fault = Fault("institution", repr(self._told.institution), str(error))
            raise FaultsError(str(self._told.file), (fault,)) from None
        return policy, version

    def _rows(self, register: bool, rejects: Rejects) -> Iterator[tuple[Source, Any]]:
        """Yield the rows of the register's tables, or of the others; note what became of them."""
        for source in self._sources:
            if (source.extract.table in REGISTER) is not register:
                continue
            stage = f"read {source.name}"
            self._watch(stage, 0, source.size)
            taken = Taken(source.place, source.name, source.extract.table)
            for block in read(source):
                rows = typed(source, block)
                taken = taken.plus(rows)
                for reject in rows.bad:
                    rejects.add(reject)
                yield source, rows
                if block.done < source.size:
                    self._watch(stage, block.done, source.size)
            self._watch(stage, source.size, source.size)
            self._taken.append(taken)

    def _write(self, result: DayResult) -> None:
        stage = f"write {result.on}"
        self._watch(stage, 0, 1)
        for name, rows in result.files.items():
            self._staging.frame(f"{result.on}/{name}", rows)
        for name, text in result.texts.items():
            self._staging.text(f"{result.on}/{name}", text)
        self._watch(stage, 1, 1)

    def _report(
        self,
        parts: Mapping[str, Part],
        days: Mapping[date, Mapping[str, Mapping[str, Any]]],
        rejects: Rejects,
        without_accounts: int,
        profile: Profile,
    ) -> Summary:
        self._watch("report", 0, 1)
        told = [part.report() for part in parts.values()]
        self._taken = [held.settled(rejects) for held in self._taken]
        subtitle, first, rest = overview(
            told, self._taken, rejects, without_accounts, self._told, profile
        )
        sections = (first, *(section for part in told for section in part.sections), *rest)
        page = Report(title=self._told.title, subtitle=subtitle, sections=sections)
        self._staging.text("report.html", render(page, self._told.locale))
        decided = {part["decided"] for held in days.values() for part in held.values()}
        rejects.close()
        summary = Summary(
            output=self._told.output,
            files=(*self._staging.names(), "summary.json"),
            days=days,
            lines=tuple(self._lines),
            taken=tuple(self._taken),
            rejects=rejects.total,
            unchanged=decided == {"same"},
        )
        self._staging.json("summary.json", summary.to_json())
        self._staging.publish()
        self._watch("report", 1, 1)
        return summary
