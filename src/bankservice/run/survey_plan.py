"""What the part of surveys is told, and whether the run can do it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any, Final, Literal

import attrs

from bankservice.core.errors import BankServiceError, Fault, FaultsError, near_names
from bankservice.core.frozen import FrozenMapping
from bankservice.core.policy import Policy
from bankservice.run.part import Setting
from bankservice.run.survey_tables import ANSWERS, INVITATIONS
from bankservice.satisfaction.questionnaires.kind import QUESTIONNAIRE, Questionnaire
from bankservice.satisfaction.questionnaires.table import ItemRow
from bankservice.satisfaction.waves.kind import REPORTING, Reporting
from bankservice.satisfaction.weights.respondents import target_faults

__all__ = ["KNOWN", "PERSONAL", "SurveyPlan", "Surveyed", "surveyed"]

KNOWN: Final = frozenset(ANSWERS.by_name)
"""Columns of answers that are neither questions nor categories."""

PERSONAL: Final = ("customer_kind", "gender", "occupation", "region", "industry")
"""What a register may tell of a customer that answers can be sorted by."""

_COUNTED: Final = (*PERSONAL, "age", "income")
_UNITS: Final = ("branch", "product", "channel")
_SORTS: Final = ("branch", "product", "channel", "mode")
Missed = Literal["dont-know", "not-applicable", "refused", "skipped", "not-shown"]


@attrs.frozen(kw_only=True)
class SurveyPlan:
    """
    What the part is told, as `[survey]` of `bank.toml`.

    Attributes:
        questionnaire: Id of the questionnaire that was asked.
        reporting: Id of the policy that says how scores are told.
        follow_up: Id of the policy by which answers are followed up; none: they are not.
        sampling: Id of the sampling plan by which invitations and answers are put on record; none:
            they are not.
        every: How long a wave is where the extracts name none: a `month`, a `quarter`, a
            `half-year` or a `year`.
        units: Sorts of units that scores are told of, several with `*` between them: `branch`,
            `product`, `channel`, a category the register tells of the customer, or another column
            of the answers. The first three as far as they are mapped where left out.
        missing: Raw value in place of an answer → why there is none.
        outcome: Question whose drivers are told; the one that stands for CSAT, else for NPS, where
            left out.
        drivers: Questions that may go with it; none: no drivers are told.
        audience: Who reads the scores: `internal` or `external` readers.
        targets: Margin → category → share or count of the population the answers are weighted to.
        population: Margins whose targets are counted from the customers of the extracts.
        ages: First years of age of the bands of the margin `age`, the first band aside.
        incomes: First incomes of a year, in major units, of the bands of the margin `income`, the
            first band aside.
        chart: What a point of a control chart is: a `wave`, a `month` or a `quarter`.
    """

    questionnaire: str
    reporting: str = "satisfaction/reporting-shape"
    follow_up: str = ""
    sampling: str = ""
    every: Literal["month", "quarter", "half-year", "year"] = "quarter"
    units: tuple[str, ...] | None = None
    missing: FrozenMapping[str, Missed] = FrozenMapping()
    outcome: str = ""
    drivers: tuple[str, ...] = ()
    audience: Literal["internal", "external"] = "internal"
    targets: FrozenMapping[str, FrozenMapping[str, Decimal]] = FrozenMapping()
    population: tuple[str, ...] = ()
    ages: tuple[int, ...] = ()
    incomes: tuple[int, ...] = ()
    chart: Literal["wave", "month", "quarter"] = "month"

    @property
    def margins(self) -> tuple[str, ...]:
        """The margins answers are weighted to."""
        return (*self.targets, *self.population)


@attrs.frozen(eq=False, kw_only=True)
class Surveyed:
    """
    A plan with what it names.

    Attributes:
        told: The plan.
        questionnaire: The questionnaire.
        reporting: How scores are told.
        units: The sorts of units scores are told of.
        extra: Columns of the answers that are no questions: units and margins.
        outcome: The question whose drivers are told; empty for none.
    """

    told: SurveyPlan
    questionnaire: Policy[Questionnaire]
    reporting: Policy[Reporting]
    units: tuple[str, ...]
    extra: tuple[str, ...]
    outcome: str


def surveyed(told: SurveyPlan, setting: Setting) -> Surveyed:
    """
    Return a plan with what it names.

    Raises:
        FaultsError: With every fault and its path.
    """
    asked = setting.policy(told.questionnaire, QUESTIONNAIRE.name, "survey.questionnaire")
    reporting = setting.policy(told.reporting, REPORTING.name, "survey.reporting")
    for policy, path in ((asked, "survey.questionnaire"), (reporting, "survey.reporting")):
        _in_force(policy, setting.days[-1], path)
    items = _items(asked)
    faults = [*_extract_faults(told, items, setting), *_plan_faults(told, items, setting)]
    if faults:
        raise FaultsError("bank.toml", tuple(faults))
    mapped = {name for held in setting.extracts if held.table == "answers" for name in held.columns}
    units = told.units
    if units is None:
        units = tuple(name for name in _UNITS if name in mapped)
    parts = {part for unit in units for part in unit.split("*")}
    return Surveyed(
        told=told,
        questionnaire=asked,
        reporting=reporting,
        units=units,
        extra=tuple(sorted((parts | set(told.margins)) & (mapped - KNOWN))),
        outcome=_outcome(told, asked, setting.days[-1]),
    )


def _in_force(policy: Policy[Any], on: date, path: str) -> None:
    try:
        policy.on(on)
    except BankServiceError as error:
        raise FaultsError("bank.toml", (Fault(path, str(on), str(error)),)) from None


def _items(asked: Policy[Questionnaire]) -> dict[str, ItemRow]:
    """Return every question that any version asks, by code."""
    return {
        code: question.item.row
        for version in asked.versions
        for sheet in version.parameters.sheets
        for code, question in sheet.questions.items()
    }


def _outcome(told: SurveyPlan, asked: Policy[Questionnaire], on: date) -> str:
    if told.outcome or not told.drivers:
        return told.outcome
    measured = asked.on(on).parameters.on(on).measured
    return next((measured[m].code for m in ("csat", "nps") if m in measured), "")


def _extract_faults(
    told: SurveyPlan, items: dict[str, ItemRow], setting: Setting
) -> Iterator[Fault]:
    found = [(n, held) for n, held in enumerate(setting.extracts) if held.table == "answers"]
    if not found:
        yield Fault("extract", "none of the table answers", "one: what is scored")
    sorts = {part for unit in told.units or () for part in unit.split("*")}
    free = {*sorts, *told.margins}
    for index, held in enumerate(setting.extracts):
        path = f"extract[{index}].columns"
        if held.table in ("answers", INVITATIONS.name) and not {"on", "at"} & set(held.columns):
            yield Fault(path, "neither", "on or at: the day of it")
    for index, held in found:
        path = f"extract[{index}].columns"
        further = [name for name in held.columns if name not in KNOWN]
        for name in further:
            if name not in items and name not in free:
                wanted = "a question of the questionnaire, a unit or a margin"
                near = near_names(name, [*items, *free])
                yield Fault(f"{path}.{name}", "an unknown column", wanted, near)
        if not any(name in items for name in further):
            yield Fault(path, "no question", "one of the questionnaire or more")


def _plan_faults(told: SurveyPlan, items: dict[str, ItemRow], setting: Setting) -> Iterator[Fault]:
    mapped = {name for held in setting.extracts if held.table == "answers" for name in held.columns}
    person = {n for held in setting.extracts if held.table == "customers" for n in held.columns}
    known = {*_SORTS, *PERSONAL, *(mapped - KNOWN - set(items))}
    for place, unit in enumerate(told.units or ()):
        for part in unit.split("*"):
            if part not in known or not (part in mapped or part in person):
                wanted = "a column of the answers, or of the customers, that is mapped"
                near = near_names(part, known)
                yield Fault(f"survey.units[{place}]", repr(unit), wanted, near)
    named = [(f"survey.drivers[{n}]", code) for n, code in enumerate(told.drivers)]
    for path, code in (("survey.outcome", told.outcome), *named):
        if code and (code not in items or not items[code].scale):
            wanted = "a question that is answered on a scale"
            yield Fault(path, repr(code), wanted, near_names(code, items))
    if told.outcome in told.drivers and told.outcome:
        yield Fault("survey.drivers", repr(told.outcome), "questions beside the outcome")
    if told.outcome and not told.drivers:
        yield Fault("survey.drivers", "nothing", "questions that may go with the outcome")
    yield from target_faults(told.targets, "survey.targets")
    yield from _margin_faults(told, mapped, person)
    if told.sampling and not any(held.table == INVITATIONS.name for held in setting.extracts):
        yield Fault("survey.sampling", repr(told.sampling), "an extract of invitations to record")


def _margin_faults(told: SurveyPlan, mapped: set[str], person: set[str]) -> Iterator[Fault]:
    """Yield margins of which nobody can tell the categories."""
    needs = {"age": "born_on"}
    for name in told.targets:
        if name not in mapped and needs.get(name, name) not in person:
            wanted = "a column of the answers or of the customers that tells the category"
            yield Fault(f"survey.targets.{name}", "a margin that nothing tells", wanted)
    for place, name in enumerate(told.population):
        path = f"survey.population[{place}]"
        if name not in _COUNTED:
            near = near_names(name, _COUNTED)
            yield Fault(path, repr(name), f"one of {', '.join(_COUNTED)}", near)
        elif needs.get(name, name) not in person:
            yield Fault(path, repr(name), f"customers whose {needs.get(name, name)} is mapped")
        elif name in told.targets:
            yield Fault(path, repr(name), "a margin whose targets are not stated")
    for name, bounds in (("ages", told.ages), ("incomes", told.incomes)):
        if list(bounds) != sorted(set(bounds)) or any(bound <= 0 for bound in bounds):
            yield Fault(f"survey.{name}", str(list(bounds)), "numbers above 0, each larger")
    for margin, bounds in (("age", told.ages), ("income", told.incomes)):
        if margin in told.margins and margin not in mapped and not bounds:
            yield Fault(f"survey.{margin}s", "nothing", f"where the bands of {margin} begin")
