"""Trials over the case tables of a domain, for the tests of all domains."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bankservice import policies
from bankservice.core.policy import Policy, Title
from bankservice.core.simulation import Simulation
from bankservice.core.structure import FACTS
from bankservice.core.trial import Question, Trial
from bankservice.core.what_if import simulate
from bankservice.testing import cases

__all__ = ["alone", "in_tables", "untried"]

TABLES = Path(__file__).parent / "cases"


def untried(domain: Any) -> set[str]:
    """Return the rules of a domain that work by a policy and are not tried."""
    tried = {trial.rule.id for trial in domain.TRIALS}
    return {rule.id for rule in domain.RULES if rule.kind is not None} - tried


def in_tables(
    domain: str, trials: tuple[Trial[Any, Any, Any], ...]
) -> Iterator[tuple[Trial[Any, Any, Any], Any, Question[Any]]]:
    """Yield (trial, version that decides, question) for each case of a domain's rule tables."""
    known = {trial.rule.id: trial for trial in trials}
    for case in cases.collect(TABLES / domain):
        trial = known.get(case.table.rule)
        if trial is None:
            continue
        rule = policies.rule(trial.rule.id)
        assert rule.kind is not None, "only rules that work by a policy are tried"
        facts = FACTS.read(case.raw["facts"], rule.facts, case.name)
        held = {policy.kind.name: policy for policy in case.held}
        beside = None
        if rule.beside is not None and rule.beside.name in held:
            beside = rule.version_beside(held[rule.beside.name], facts)
        on = case.raw.get("version_on") or case.table.version_on
        facts = rule.with_beside(facts, beside)
        version = rule.version(held[rule.kind.name], facts, on=on)
        yield trial, version, Question(case.name, facts, beside=beside)


def alone(trial: Trial[Any, Any, Any], policy: Policy[Any] | Any, asked: Any) -> Simulation:
    """Return what a policy tried against itself tells: nothing, of everybody who was asked."""
    told = simulate(trial, policy, policy, asked)

    assert told.empty
    assert told.asked == sum(told.matrix.values())
    assert all(before == after for before, after in told.amounts.values())
    assert not any(shift.moved for shift in told.days.values())
    parameters = getattr(policy, "parameters", None)
    for place in told.places() if parameters is not None else ():
        assert isinstance(trial.title(parameters, place), Title | None)
    return told
