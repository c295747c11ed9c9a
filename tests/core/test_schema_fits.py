"""The schemas against what there is: all that is shipped fits, and what is refused does not."""

from __future__ import annotations

import copy
import json
import tomllib
from collections.abc import Iterator, Mapping
from datetime import date, time
from decimal import Decimal
from functools import cache
from io import StringIO
from pathlib import Path
from typing import Any, Final

import attrs
import pytest
from effort import some
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from bankservice import policies, schemas
from bankservice.core.errors import Fault, FaultsError, PolicyError, UnknownNameError
from bankservice.core.plain import outcome_json
from bankservice.core.policy_file import POLICY_ID, Head, VersionHead, read_policy
from bankservice.core.structure import FACTS, POLICY
from bankservice.journals.exchange import export
from bankservice.journals.memory import MemoryJournal
from bankservice.run import PARTS
from bankservice.run.plan import Top
from bankservice.testing import cases
from bankservice.testing.case_forms import Row, Table
from bankservice.testing.matching import mismatches

ROOT: Final = Path(__file__).parents[2]
CASES: Final = ROOT / "tests" / "cases"
POLICIES: Final = tuple(
    sorted(
        path
        for folder in ("src", "tests", "examples")
        for path in (ROOT / folder).rglob("*.toml")
        if path.name.endswith(".policy.toml") or "policies" in path.relative_to(ROOT).parts[:-2]
    )
)
BANKS: Final = tuple(sorted((ROOT / "examples").rglob("bank.toml")))
LARGE: Final = 30_000
"""Files of more signs, such as all holidays of a country, are not changed again and again."""


def plain(value: Any) -> Any:
    """Return parsed TOML as the JSON an editor's validator sees."""
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, (date, time)):
        return value.isoformat()
    return float(value) if isinstance(value, Decimal) else value


@cache
def validator(name: str) -> Any:
    """Return the validator of a schema, formats checked as far as the package can."""
    kind = Draft202012Validator
    return kind(schemas.schema(name), format_checker=kind.FORMAT_CHECKER)


def unfit(name: str, value: Any) -> list[str]:
    """Return where and why a value does not fit a schema."""
    return [f"{error.json_path}: {error.message}" for error in validator(name).iter_errors(value)]


def parsed(path: Path) -> dict[str, Any]:
    """Return a TOML file, numbers exact."""
    return tomllib.loads(path.read_text("utf-8"), parse_float=Decimal)


@cache
def collected() -> tuple[cases.Case, ...]:
    """Return every case of the tests, read once."""
    return tuple(cases.collect(CASES))


def tables() -> Iterator[tuple[Path, dict[str, Any]]]:
    """Yield every case table of the repository."""
    for path in cases.tables([CASES, ROOT / "examples"]):
        yield path, parsed(path)


class TestAll:
    """There is a schema of everything that has a form, and each is a schema."""

    @pytest.mark.parametrize("group", ["file", "policy", "rule", "record"])
    def test_each_is_a_schema(self, group: str) -> None:
        """Each fits the schema of schemas; one in eight is looked at, as all take a while."""
        for named in [named for named in schemas.catalogue() if named.group == group][::8]:
            Draft202012Validator.check_schema(schemas.schema(named.name))

    def test_names(self) -> None:
        """Every kind, rule and record has its schemas, under names of their own."""
        names = [named.name for named in schemas.catalogue()]
        of = {
            "policy": ({kind.name for kind in policies.kinds()}, ["policy"]),
            "rule": (
                {rule.id for rule in policies.rules()},
                ["facts", "outcome", "decision", "cases"],
            ),
            "record": (
                {record.kind for record in policies.records()},
                ["command", "view", "entry", "cases"],
            ),
        }

        assert len(names) == len(set(names))
        for group, (held, tails) in of.items():
            found = {named.name for named in schemas.catalogue() if named.group == group}
            assert {f"{name}.{tail}" for name in held for tail in tails} == found

    def test_names_of_several(self) -> None:
        """A rule's id stands for all its schemas in one, a kind with one schema for that one."""
        whole = schemas.schema("worktime.business-day")

        assert schemas.schema("worktime.calendar.policy") == schemas.schema("worktime.calendar")
        assert (
            schemas.schema("worktime.business-day.facts")
            == (whole["$defs"]["worktime.business-day.facts"])
        )
        assert [] == unfit("worktime.business-day", {"day": "2026-03-02", "n": 1})
        assert [] != unfit("worktime.business-day", {"day": "2026-03-02"})

    def test_unknown_name(self) -> None:
        """A name there is none of is told with the near ones."""
        with pytest.raises(UnknownNameError, match=r"segmentation\.tiers"):
            schemas.schema("segmentation.tier")

    def test_every_field_says_what_it_is(self) -> None:
        """No key of a policy file is without a description."""
        bare = [
            f"{kind.name}: {name}"
            for kind in policies.kinds()
            for name, part in schemas.schema(f"{kind.name}.policy")["properties"]["version"][
                "items"
            ]["properties"].items()
            if "description" not in part
        ]

        assert [] == bare


class TestWhatThereIsFits:
    """Everything that is read today fits the schema of its form."""

    @pytest.mark.parametrize("path", POLICIES, ids=lambda path: path.name)
    def test_policies(self, path: Path) -> None:
        """Every policy of the package, the tests and the examples fits that of its kind."""
        raw = plain(parsed(path))

        assert [] == unfit(f"{raw['kind']}.policy", raw)
        assert [] == unfit("policy", raw)

    def test_case_tables(self) -> None:
        """Every case table fits that of its rule or record, and that of any."""
        for path, raw in tables():
            name = raw.get("rule") or raw.get("record")

            assert (path, []) == (path, unfit(f"{name}.cases", plain(raw)))
            assert (path, []) == (path, unfit("case-table", plain(raw)))

    @pytest.mark.parametrize("path", BANKS, ids=lambda path: path.parent.name)
    def test_bank_toml(self, path: Path) -> None:
        """Every `bank.toml` of the examples fits."""
        assert [] == unfit("bank.toml", plain(parsed(path)))

    def test_decisions(self) -> None:
        """What every case of a rule decides, as it is printed, fits; so do its facts and outcome."""
        seen: set[tuple[str, str]] = set()
        for case in collected():
            # A rule's first cases are enough of the many that differ in a number only.
            if case.table.rule and len([rule for rule, _ in seen if rule == case.table.rule]) < 6:
                decision = json.loads(json.dumps(case.decision().to_json()))
                rule = case.table.rule
                seen.add((rule, case.name))

                assert (case.name, []) == (case.name, unfit(f"{rule}.decision", decision))
                assert (case.name, []) == (case.name, unfit("decision", decision))
                assert (case.name, []) == (
                    case.name,
                    unfit(f"{rule}.outcome", decision["outcome"]),
                )
                if "respondents" not in decision["facts"]:
                    # Of a wave a decision keeps the digest, not the respondents it was asked with.
                    assert (case.name, []) == (
                        case.name,
                        unfit(f"{rule}.facts", decision["facts"]),
                    )
        assert {rule.id for rule in policies.rules()} == {rule for rule, _ in seen}

    def test_records(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Commands, views, and what a journal exports after scenarios: all of it fits."""
        journals: list[MemoryJournal] = []

        def journal() -> MemoryJournal:
            journals.append(MemoryJournal())
            return journals[-1]

        monkeypatch.setattr(cases, "MemoryJournal", journal)
        views: list[Any] = []

        def keep(expected: Any, got: Any, *rest: Any, **named: Any) -> Iterator[str]:
            views.append(got)
            return mismatches(expected, got, *rest, **named)

        monkeypatch.setattr(cases, "mismatches", keep)
        kinds: set[str] = set()
        seen: set[tuple[str, ...]] = set()
        for record in policies.records():
            held = [case for case in collected() if case.table.record == record.kind]
            for case in held[:: max(1, len(held) // 2)]:
                del journals[:], views[:]
                case.run()
                for view in views:
                    shown = json.loads(json.dumps(outcome_json(view)))
                    assert (case.name, []) == (case.name, unfit(f"{record.kind}.view", shown))
                for step in case.raw["step"]:
                    if "do" in step and not {"at", "on"} & step.get("with", {}).keys():
                        told = {key: step[key] for key in ("do", "with") if key in step}
                        assert (case.name, []) == (
                            case.name,
                            unfit(f"{record.kind}.command", plain(told)),
                        )
                out = StringIO()
                export(journals[0], "default", out)
                for line in map(json.loads, out.getvalue().splitlines()):
                    entry = line.get("entry", {"event": ""})
                    part = (record.kind, *line, entry["event"])
                    if part in seen:
                        continue
                    # One entry of each kind is enough: scenarios hold many alike.
                    seen.add(part)
                    assert (case.name, []) == (case.name, unfit("journal-export", line))
                    if entry.get("kind") == record.kind:
                        kinds.add(record.kind)
                        assert (case.name, []) == (case.name, unfit(f"{record.kind}.entry", entry))
        assert {record.kind for record in policies.records()} == kinds


# --- what is refused ----------------------------------------------------------------------------

OTHER: Final = st.sampled_from(
    [True, 7, Decimal("1.5"), "?!", "", [], {}, ["?!"], {"?!": 1}, [[]], "P6M", "0.5"]
)
"""Values of other types; some of them fit by chance."""


@st.composite
def changed(draw: st.DrawFn, raw: Any) -> Any:
    """Return a table with one key added, one left out or one value of another type."""
    found = copy.deepcopy(raw)
    place = draw(st.sampled_from(list(_places(found, ()))))
    holder = found
    for step in place[:-1]:
        holder = holder[step]
    how = draw(st.sampled_from(["other", "gone", "added"]))
    if how == "other" or not isinstance(holder, dict):
        holder[place[-1]] = draw(OTHER)
    elif how == "gone":
        del holder[place[-1]]
    else:
        holder["no_such_key"] = draw(OTHER)
    return found


def _places(raw: Any, here: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    if here:
        yield here
    steps: Any = raw.items() if isinstance(raw, dict) else ()
    for step, below in enumerate(raw) if isinstance(raw, list) else steps:
        yield from _places(below, (*here, step))


def told_by_form(fault: Fault) -> bool:
    """Tell whether a fault is of form: not of what a class checks once its parts are read."""
    return fault.got != "this value"


def form_faults(raw: Any) -> list[Fault]:
    """Return what the loader says of the form of a policy file, before it asks for sense."""
    found: list[Fault] = []

    def read(part: Any, kind: type[Any]) -> None:
        try:
            POLICY.read(part, kind, "part")
        except FaultsError as error:
            found.extend(filter(told_by_form, error.faults))

    read({**raw, "version": ()}, Head)
    if isinstance(raw.get("id"), str) and POLICY_ID.fullmatch(raw["id"]) is None:
        found.append(Fault("id", raw["id"], "an id"))
    kinds = {kind.name: kind for kind in policies.kinds()}
    kind = kinds.get(raw.get("kind")) if isinstance(raw.get("kind"), str) else None
    versions = raw.get("version")
    if kind is None or not isinstance(versions, list) or not versions:
        return [*found, Fault("kind", "none", "a kind and its versions")]
    common = {field.name for field in attrs.fields(VersionHead)}
    own = {field.name for field in attrs.fields(kind.schema)} - common
    for version in versions:
        if not isinstance(version, dict):
            return [*found, Fault("version", "no table", "a table")]
        found.extend(Fault(key, "unknown", "") for key in version if key not in common | own)
        read({key: part for key, part in version.items() if key in common}, VersionHead)
        read({key: part for key, part in version.items() if key in own}, kind.schema)
    return found


SMALL: Final = tuple(
    path
    for path in POLICIES
    # A policy that names a file beside it is read another way.
    if path.stat().st_size < LARGE and "_file = " not in path.read_text("utf-8")
)


@settings(max_examples=some(120))
@given(st.data())
def test_a_policy_is_refused_by_both_or_neither(data: st.DataObject) -> None:
    """
    The law: what the loader refuses for its form, the schema of the kind refuses; and what the
    schema refuses, the loader refuses, for its form or its sense.

    Dates that were quoted are left out: TOML's own dates and text are one in JSON.
    """
    path = data.draw(st.sampled_from(SMALL))
    whole = parsed(path)
    raw = data.draw(changed(whole))
    faults = form_faults(raw)
    found = unfit(f"{whole['kind']}.policy", plain(raw))

    assert found or not faults, (path.name, faults)
    if found and not faults:
        with pytest.raises(PolicyError):
            read_policy(raw, path.name, policies.shelf().kinds, policies.shelf())


@cache
def facts_of_cases() -> tuple[tuple[str, Any], ...]:
    """Return the facts of some cases of every rule, as they stand in the tables."""
    return tuple(
        (raw["rule"], case["facts"])
        for _, raw in tables()
        if "rule" in raw
        for case in raw["case"][:3]
        if len(str(case["facts"])) < 3_000
    )


@settings(max_examples=some(120))
@given(st.data())
def test_a_schema_refuses_no_facts_that_are_taken(data: st.DataObject) -> None:
    """The law: facts that the reading room takes fit; a key unknown or missing at the top does not."""
    rule_id, given_facts = data.draw(st.sampled_from(facts_of_cases()))
    facts = data.draw(changed(given_facts)) if given_facts else {}
    rule = policies.rule(rule_id)
    found = unfit(f"{rule_id}.facts", plain(facts))
    try:
        FACTS.read(facts, rule.facts, "facts")
        top = False
        taken = True
    except FaultsError as error:
        taken = False
        known = {field.name: field.default for field in attrs.fields(rule.facts)}
        # A fact that may be left out can be missed for what others say: that is sense.
        top = any(
            fault.got == "an unknown key"
            if fault.path not in known
            else fault.got == "nothing" and known[fault.path] is attrs.NOTHING
            for fault in error.faults
            if not set(".[") & set(fault.path)
        )

    assert not (taken and found), (rule_id, facts, found)
    assert not top or found, (rule_id, facts)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("complaints.deadlines.cases", {"facts": {}, "name": "none", "expect": {}}),
        ("complaints.deadlines.cases", {"facts": {"receivd_on": "2026-03-02"}, "name": "near"}),
        ("complaints.deadlines.cases", {"name": "no facts", "absent": ["assumed"]}),
    ],
)
def test_cases_that_are_bad(name: str, change: dict[str, Any]) -> None:
    """A case that expects nothing, names no fact there is, or has no facts at all does not fit."""
    table = {"rule": "complaints.deadlines", "policy": "complaints/us-reg-e"}

    assert [] != unfit(name, {**table, "case": [change]})
    assert [] != unfit(name, {**table, "case": []})
    assert {"case", "rule"} < {field.name for field in attrs.fields(Table)}
    assert {"facts", "name"} < {field.name for field in attrs.fields(Row)}


@pytest.mark.parametrize(
    "step",
    [
        {"do": "receve"},
        {"do": "receive"},
        {"do": "receive", "with": {"customer": "c"}},
        {"do": "receive", "with": {"customer": "c", "channel": "phone", "chanel": "x"}},
        {"with": {"customer": "c", "channel": "phone"}},
        {"refused": "stream-exists"},
        {"do": "close", "refused": "no-such-code"},
        {"at": "yesterday"},
    ],
    ids=str,
)
def test_steps_that_are_bad(step: dict[str, Any]) -> None:
    """A command there is none of, a body that lacks or has too much, a refusal without a command."""
    table = {"record": "complaints.case", "policy": "complaints/uk-disp"}

    assert [] != unfit("complaints.case.cases", {**table, "case": [{"name": "a", "step": [step]}]})


@pytest.mark.parametrize("change", ["unknown", "missing", "no-part", "type"])
def test_bank_toml_that_is_bad(change: str) -> None:
    """An unknown key, a missing one, no part to run, a value of another type do not fit."""
    raw = plain(parsed(BANKS[0]))
    if change == "unknown":
        raw["instituton"] = "acme/bank"
    elif change == "missing":
        del raw["institution"]
    elif change == "type":
        raw["extract"] = {}
    else:
        raw = {key: part for key, part in raw.items() if key not in PARTS}

    assert [] != unfit("bank.toml", raw)
    assert set(PARTS).isdisjoint(field.name for field in attrs.fields(Top))
