"""
Case tables: tests that bank staff write as data.

    import pytest
    from bankservice.testing import cases

    @pytest.mark.parametrize("case", cases.collect("tests/cases"), ids=str)
    def test_case(case):
        case.check()

`bankservice check FILE|DIR…` runs the same. A case passes, fails, or is bad (it names something
that does not exist); a bad case is never a pass.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from itertools import count
from pathlib import Path
from typing import Any, get_type_hints

import attrs

from bankservice import policies
from bankservice.core.answer import Answer
from bankservice.core.calendar import aware, midnight
from bankservice.core.decision import Decision, Rule
from bankservice.core.desk import Desk
from bankservice.core.driver import serve
from bankservice.core.errors import (
    BankServiceError,
    FaultsError,
    IdentifierError,
    PolicyError,
    UnknownNameError,
)
from bankservice.core.kept import read_kept
from bankservice.core.policy import Kind, Policy
from bankservice.core.policy_file import parse_toml
from bankservice.core.record import Command, Record
from bankservice.core.shelf import PolicyShelf
from bankservice.core.structure import FACTS, POLICY
from bankservice.journals.memory import MemoryJournal
from bankservice.testing.case_forms import Row, Scenario, Step, Table
from bankservice.testing.matching import absent, mismatches

__all__ = ["BadTable", "Case", "Report", "Result", "collect", "run", "tables"]


class BadTable(BankServiceError, ValueError):
    """A case table cannot be run: it is no table, or names something that does not exist."""


@attrs.frozen
class Result:
    """
    What became of a case.

    Attributes:
        case: Which one.
        problems: What did not match; empty for a pass.
        bad: Why it could not be run; empty unless it is bad.
        explanation: Why the rule decided as it did, for a failure.
    """

    case: str
    problems: tuple[str, ...] = ()
    bad: str = ""
    explanation: str = ""

    @property
    def passed(self) -> bool:
        """Whether everything matched."""
        return not self.problems and not self.bad

    def __str__(self) -> str:
        if self.bad:
            return _line(f"BAD {self.case}: {self.bad}")
        return _line(f"FAIL {self.case}: {'; '.join(self.problems)}")


@attrs.frozen
class Report:
    """What became of all cases: results in order."""

    results: tuple[Result, ...]

    @property
    def passed(self) -> int:
        """How many passed."""
        return sum(result.passed for result in self.results)

    @property
    def failed(self) -> int:
        """How many did not."""
        return len(self.results) - self.passed

    @property
    def exit_code(self) -> int:
        """0 where all passed, 1 where a case failed, 2 where one is bad."""
        if any(result.bad for result in self.results):
            return 2
        return 1 if self.failed else 0


@attrs.frozen(eq=False)
class Case:
    """One case, ready to run."""

    where: str
    raw: Any
    table: Table
    shelf: PolicyShelf
    held: tuple[Policy[Any], ...]

    @property
    def name(self) -> str:
        """File and name of the case."""
        name = self.raw.get("name") if isinstance(self.raw, Mapping) else None
        return f"{self.where} :: {name or 'a case without a name'}"

    def __str__(self) -> str:
        return self.name

    def run(self) -> Result:
        """Run the case."""
        try:
            if self.table.rule:
                return self._decide(policies.rule(self.table.rule))
            return self._play(_record(self.table.record))
        except (BadTable, FaultsError, IdentifierError, UnknownNameError) as error:
            return Result(self.name, bad=_line(str(error)))
        except BankServiceError as error:
            return Result(self.name, problems=(_line(str(error)),))
        except (ArithmeticError, TypeError, ValueError) as error:
            return Result(self.name, bad=_line(str(error)))

    def check(self) -> None:
        """Run the case and raise `AssertionError` with what was expected, got, and why."""
        result = self.run()
        if not result.passed:
            raise AssertionError(f"{result}\n{result.explanation}".rstrip())

    def decision(self) -> Decision[Any]:
        """
        Decide the case of a rule, whatever the table expects.

        Raises:
            BankServiceError: If the case cannot be decided, such as where its facts have faults.
        """
        return self._decided(policies.rule(self.table.rule), POLICY.read(self.raw, Row, self.name))

    def _decided(self, rule: Rule[Any, Any, Any], row: Row) -> Decision[Any]:
        facts = FACTS.read(row.facts, rule.facts, f"facts of {rule.id}")
        beside = rule.version_beside(_of_kind(rule, rule.beside, self.held), facts)
        facts = rule.with_beside(facts, beside)
        on = row.version_on or self.table.version_on
        version = rule.version(_of_kind(rule, rule.kind, self.held, needed=True), facts, on=on)
        return rule.decide(facts, version, beside)

    def _decide(self, rule: Rule[Any, Any, Any]) -> Result:
        row = POLICY.read(self.raw, Row, self.name)
        decision = self._decided(rule, row)
        if not row.expect and not row.absent:
            raise BadTable(
                "the case expects nothing, so it could not fail; state expect or absent."
            )
        problems = tuple(self._mismatches(row, decision.outcome, rule.outcome))
        return Result(self.name, problems, explanation=decision.explain("en") if problems else "")

    def _mismatches(self, row: Row | Step, got: Any, kind: Any) -> Iterator[str]:
        yield from mismatches(row.expect, got, self.table.tolerance, kind=kind)
        yield from absent(row.absent, got, kind)

    def _play(self, record: Record[Any]) -> Result:
        scenario = POLICY.read(self.raw, Scenario, self.name)
        steps = [_step(raw, f"step {place}") for place, raw in enumerate(scenario.step, start=1)]
        if not steps:
            raise BadTable("the case has no step; a scenario needs one or more [[case.step]].")
        desk, journal = Desk(record, self.held), MemoryJournal()
        taken = {step.command for step, _ in steps}
        fresh = (name for n in count(1) if (name := f"case-command-{n}") not in taken)
        problems: list[str] = []
        explanation = ""
        now = aware(datetime.fromisoformat("2000-01-01T00:00:00+00:00"))
        for place, (step, body) in enumerate(steps, start=1):
            now = _moment(step.at, self.held, now)
            answer = None
            if step.do is not None:
                at = body.pop("at", None)
                if "on" in body and not _has_day(record, step.do):
                    at = body.pop("on") if at is None else at
                command = Command(
                    id=step.command or next(fresh),
                    subject=step.subject,
                    actor=step.actor,
                    approved_by=step.approved_by,
                    at=None if at is None else _moment(at, self.held, now),
                    body=record.command(step.do, body),
                )
                answer = serve(desk.handle(command, now), journal)
            found = list(self._look(desk, journal, step, answer, now))
            problems.extend(f"step {place}: {problem}" for problem in found)
            if found and not explanation:
                explanation = self._why(desk, journal, step.subject)
        return Result(self.name, tuple(problems), explanation=explanation)

    def _look(
        self,
        desk: Desk[Any],
        journal: MemoryJournal,
        step: Step,
        answer: Answer | None,
        now: datetime,
    ) -> Iterator[str]:
        if answer is not None:
            wanted = step.refused or ""
            known = [str(code.value) for code in desk.record.refusals]
            if step.refused is not None and wanted not in known:
                raise UnknownNameError(f"refusal of {desk.record.kind}", wanted, known)
            if answer.refused != wanted:
                facts = ", ".join(f"{k} {v}" for k, v in answer.facts.items())
                got = f"refused {answer.refused!r} ({facts})" if answer.refused else "accepted"
                yield f"expected {f'refused {wanted!r}' if wanted else 'accepted'}, got {got}"
            if step.replayed is not None and answer.replayed is not step.replayed:
                yield f"expected replayed = {step.replayed}, got {answer.replayed}"
        if step.expect or step.absent:
            view = serve(desk.view(step.subject, now), journal)
            kind = get_type_hints(desk.record.view).get("return", Any)
            yield from self._mismatches(step, view, kind)

    def _why(self, desk: Desk[Any], journal: MemoryJournal, subject: str) -> str:
        """Return why the last entry of *subject* was decided, where it holds a decision."""
        entries = journal.read(desk.stream(subject))
        try:
            asking = desk.explain(
                subject,
                len(entries),
                lambda kept, beside=(), *, later=False: read_kept(
                    kept.text,
                    self.shelf.kinds,
                    self.shelf,
                    [held.text for held in beside],
                    later=later,
                ),
            )
            return serve(asking, journal).text("en")
        except UnknownNameError:
            return ""


def _line(text: str) -> str:
    return " ".join(text.split())


def _record(kind: str) -> Record[Any]:
    known = {record.kind: record for record in policies.records()}
    if kind not in known:
        raise UnknownNameError("record", kind, known)
    return known[kind]


def _has_day(record: Record[Any], do: str) -> bool:
    """Tell whether a command has a day of its own; where it has none, `on` is when it happened."""
    kind = record.commands.get(do)
    return kind is None or any(field.name == "on" for field in attrs.fields(kind))


def _of_kind(
    rule: Rule[Any, Any, Any],
    kind: Kind[Any, Any] | None,
    held: tuple[Policy[Any], ...],
    *,
    needed: bool = False,
) -> Policy[Any] | None:
    """Return the table's policy of a kind; None where the rule takes no such kind, or need not."""
    if kind is None:
        return None
    fitting = [policy for policy in held if policy.kind.name == kind.name]
    if needed and not fitting:
        raise UnknownNameError(
            "policy in this table of kind", kind.name, (policy.id for policy in held)
        )
    if len(fitting) > 1:
        names = ", ".join(policy.id for policy in fitting)
        raise BadTable(f"the table names {names}; {rule.id} takes one {kind.name}.")
    return fitting[0] if fitting else None


def _step(raw: Any, what: str) -> tuple[Step, dict[str, Any]]:
    """Return a step and the body of its command."""
    if not isinstance(raw, Mapping):
        raise BadTable(f"{what} is no table.")
    body = raw.get("with", {})
    if not isinstance(body, Mapping):
        raise BadTable(f"{what}: with must be a table, got {body!r}.")
    known = ("with", *(field.name for field in attrs.fields(Step)))
    for key in raw:
        if key not in known:
            raise UnknownNameError(f"key of {what}", key, known)
    step = POLICY.read({key: raw[key] for key in raw if key != "with"}, Step, what)
    idle = [key for key in OF_A_COMMAND if key in raw]
    if step.do is None and idle:
        raise BadTable(f"{what} only looks, for it has no do; take out {', '.join(idle)}.")
    return step, dict(body)


OF_A_COMMAND = ("with", "refused", "replayed", "command", "actor", "approved_by")


def _moment(at: Any, held: tuple[Policy[Any], ...], now: datetime) -> datetime:
    if at is None:
        return now
    if isinstance(at, datetime):
        return aware(at)
    if isinstance(at, date):
        zones = [
            getattr(policy.versions[-1].parameters, "zone", "")
            for policy in held
            if policy.versions
        ]
        return midnight(at, next(filter(None, zones), "UTC"))
    raise TypeError(f"at must be an aware datetime such as 2026-01-31T10:00:00+08:00, got {at!r}.")


def tables(paths: Iterable[str | Path]) -> Iterator[Path]:
    """
    Yield the case tables among *paths*: files as given, and every `*.toml` in folders.

    `*.policy.toml` is a policy and `bank.toml` tells a run what to do: neither is ever a table,
    also where a shell's `*` named it.
    """
    for path in map(Path, paths):
        found = sorted(path.rglob("*.toml")) if path.is_dir() else (path,)
        none = (".policy.toml", "/bank.toml")
        yield from (table for table in found if not f"/{table.name}".endswith(none))


def read(path: Path) -> list[Case]:
    """
    Return the cases of one table.

    Raises:
        BadTable: If the file is no case table, or names a rule, record or policy there is none of.
    """
    try:
        raw = parse_toml(path.read_text("utf-8"), str(path))
        table = POLICY.read(raw, Table, str(path))
        if bool(table.rule) == bool(table.record):
            raise BadTable(
                f"{path} names {'both rule and record' if table.rule else 'neither rule nor record'}; one is needed."
            )
        if table.rule:
            policies.rule(table.rule)
        else:
            _record(table.record)
            if table.version_on is not None:
                raise BadTable(f"{path}: version_on is for rules; in a scenario, `at` decides.")
        if table.tolerance is not None and table.tolerance < 0:
            raise BadTable(f"{path}: the tolerance is {table.tolerance}; zero or more is needed.")
        held, shelf = _policies(table, path)
    except (OSError, UnicodeDecodeError) as error:
        raise BadTable(
            f"{path}: {type(error).__name__}; a readable UTF-8 TOML file is needed."
        ) from error
    except (FaultsError, UnknownNameError) as error:
        raise BadTable(f"{path}: {_line(str(error))}") from error
    if not table.case:
        raise BadTable(f"{path}: the table has no case; one or more [[case]] are needed.")
    return [Case(str(path), case, table, shelf, held) for case in table.case]


def _policies(table: Table, path: Path) -> tuple[tuple[Policy[Any], ...], PolicyShelf]:
    shelf = policies.shelf()
    files = (*((table.policy_file,) if table.policy_file else ()), *table.policy_files)
    named = (*((table.policy,) if table.policy else ()), *table.policies)
    own: dict[str, Policy[Any]] = {}
    # Policies may link each other, in whatever order the table names them.
    for more in range(len(files) - 1, -1, -1):
        for name in files:
            try:
                own[name] = own.get(name) or shelf.with_policies(own.values()).load(
                    path.parent / name
                )
            except PolicyError:
                if not more:
                    raise
    shelf = shelf.with_policies(own.values())
    return (*own.values(), *(shelf.get(name) for name in named)), shelf


def collect(*paths: str | Path) -> list[Case]:
    """
    Return every case of *paths* for `pytest.mark.parametrize`.

    Raises:
        BadTable: If a table cannot be read.
    """
    return [case for path in tables(paths) for case in read(path)]


def run(paths: Iterable[str | Path]) -> Report:
    """Run every case of *paths*; a bad table is one bad result, and the others still run."""
    results: list[Result] = []
    for path in tables(paths):
        try:
            found = read(path)
        except BadTable as error:
            results.append(Result(str(path), bad=_line(str(error))))
            continue
        results.extend(case.run() for case in found)
    return Report(tuple(results))
