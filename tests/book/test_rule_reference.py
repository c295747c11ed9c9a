"""
The generated reference of rules, records, policies and ports shows what is there, and only that.
"""

from __future__ import annotations

import ast
import inspect
import re
from datetime import date
from pathlib import Path
from typing import Any, Final

import attrs
import generate
import pytest
from book import (
    example_docs,
    fault_docs,
    history_docs,
    history_pages,
    json_text,
    port_docs,
    reference,
    refusal_docs,
    seen_docs,
    unit_docs,
)
from book.bilingual import DOCS, LOCALES
from book.field_docs import FieldDoc
from book.labels import slug, word
from book.proof_pages import example_parts

from bankservice import policies
from bankservice.core.plain import outcome_json, to_json
from bankservice.core.policy import Policy, changes
from bankservice.core.policy_file import parse_toml, read_policy
from bankservice.core.structure import FACTS
from bankservice.segmentation.policy import TIERS

ROOT: Final = DOCS.parent
RULES: Final = {rule.id: rule for rule in reference.collect().rules}
RECORDS: Final = {record.kind: record for record in reference.collect().records}
FOLDER: Final = generate.FOLDER

BY_LOCALE: Final = pytest.mark.parametrize("locale", LOCALES)
BY_RULE: Final = pytest.mark.parametrize("rule_id", RULES)
BY_RECORD: Final = pytest.mark.parametrize("kind", RECORDS)


def page(path: str, locale: str) -> str:
    """Return a generated page."""
    return generate.book()[locale][f"{FOLDER}/{path}.md"]


def sections(text: str) -> dict[str, str]:
    """Return the second-level sections of a page by their heading."""
    parts = re.split(r"^## (.*)$", text, flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


class TestEveryPage:
    """No page lacks a part that a reader looks for."""

    @BY_LOCALE
    @BY_RULE
    def test_rule_page_has_each_section(self, rule_id: str, locale: str) -> None:
        """Facts, outcome, example, parameters, reasons, refusals, cases and faults are all told."""
        wanted = ("facts", "outcome", "whole_example", "by_date", "wording")
        last = ("rule_refusals", "cases", "faults")
        found = sections(page(f"rules/{rule_id}", locale))

        assert [] == [
            key for key in (*wanted, *last) if not found.get(word(key, locale), "").strip()
        ]

    @BY_LOCALE
    @BY_RECORD
    def test_record_page_has_each_section(self, kind: str, locale: str) -> None:
        """Commands, view, refusals, entries, example, cases and faults are all told."""
        wanted = ("commands", "view", "refusals", "entries", "whole_example", "cases", "faults")
        found = sections(page(f"records/{kind}", locale))

        assert [] == [key for key in wanted if not found.get(word(key, locale), "").strip()]

    @BY_LOCALE
    @BY_RULE
    def test_reasons_stand_in_both_languages(self, rule_id: str, locale: str) -> None:
        """Each reason's row has its sentence in English and in Chinese."""
        told = sections(page(f"rules/{rule_id}", locale))[word("wording", locale)]
        rows = {line.split("`")[1]: line for line in told.splitlines() if line.startswith("| `")}

        for code, _, text in RULES[rule_id].wording:
            for sentence in text.values():
                assert sentence.replace("|", "\\|") in rows[code]

    @BY_LOCALE
    @BY_RULE
    def test_every_case_is_shown(self, rule_id: str, locale: str) -> None:
        """Each case of each table that asks the rule stands on its page, by name."""
        told = sections(page(f"rules/{rule_id}", locale))[word("cases", locale)]
        cases = example_docs.cases_by_name()[rule_id]

        assert cases
        for case in cases:
            assert f"    | {case.raw['name']} |".replace("\n", " ") in told


class TestExamples:
    """An example is a case that was really decided."""

    @BY_RULE
    def test_example_is_decided_again(self, rule_id: str) -> None:
        """The case is in its table, and deciding it gives the outcome and the words shown."""
        shown = RULES[rule_id].example
        assert shown is not None
        rule = policies.rule(rule_id)
        case = next(
            case
            for case in example_docs.cases_by_name()[rule_id]
            if Path(case.where) == ROOT / shown.file and case.raw["name"] == shown.case
        )

        decision = case.decision()
        stated = FACTS.read(case.raw["facts"], rule.facts, "facts")
        outcome = json_text.stated(outcome_json(decision.outcome))

        assert case.run().passed
        assert json_text.shown_json(to_json(stated)) == shown.facts
        assert json_text.shown_json(outcome) == shown.outcome
        assert {"en": decision.explain("en"), "zh": decision.explain("zh_CN")} == shown.words

    @BY_RECORD
    def test_scenario_passes(self, kind: str) -> None:
        """The scenario is in its table and passes; each of its steps is shown."""
        shown = RECORDS[kind].example
        assert shown is not None
        case = next(
            case
            for case in example_docs.cases_by_name()[kind]
            if Path(case.where) == ROOT / shown.file and case.raw["name"] == shown.case
        )

        assert case.run().passed
        assert [step.get("do", "") for step in case.raw["step"]] == [s.do for s in shown.steps]
        assert all(shown.words.values())

    @BY_LOCALE
    @BY_RULE
    def test_words_are_those_of_the_page(self, rule_id: str, locale: str) -> None:
        """The page gives the explanation in its own language."""
        shown = RULES[rule_id].example
        assert shown is not None

        assert f"```text\n{shown.words[locale]}\n```" in page(f"rules/{rule_id}", locale)
        assert [word("none", locale)] == example_parts(None, locale)

    @BY_RULE
    def test_what_must_be_stated_has_an_example(self, rule_id: str) -> None:
        """Each fact that may not be left out shows a value that some case states."""
        facts = RULES[rule_id].facts

        assert [] == [fact.name for fact in facts if fact.needed and not fact.example]

    def test_a_choice_that_is_gone_is_told(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """An example that is to come from a case there is none of is an error, not another case."""
        chosen = {"worktime.add": ("add-hong-kong.toml", "no such case")}
        monkeypatch.setattr(example_docs, "_CHOSEN", chosen)

        with pytest.raises(LookupError, match="no such case"):
            example_docs.example_of(policies.rule("worktime.add"))


class TestUnits:
    """Every number says what it counts or measures."""

    def numbers(self) -> list[tuple[str, FieldDoc]]:
        """Return every field of facts and outcomes that holds numbers, with its owner."""
        return [
            (owner, field)
            for rule in RULES.values()
            for owner, fields in (
                (rule.id.partition(".")[2], (*rule.facts, *rule.outcome)),
                *((p.name, p.fields) for p in (*rule.facts_parts, *rule.outcome_parts)),
            )
            for field in fields
            if unit_docs.is_number(field)
        ]

    def test_every_number_has_a_unit(self) -> None:
        """What has none goes into `docs/book/units.toml`."""
        assert [] == [f"{o}.{f.name}" for o, f in self.numbers() if not f.unit["en"]]

    def test_no_name_is_idle(self) -> None:
        """`docs/book/units.toml` names no field there is none of, and none twice."""
        there = {name for o, f in self.numbers() for name in (f.name, f"{o}.{f.name}")}
        names = [name for _, held in unit_docs.units().values() for name in held]

        assert [] == sorted(set(names) - there)
        assert sorted(set(names)) == sorted(names)


SHIPPED: Final = tuple(
    held.policy for held in reference.collect().histories if held.kind != "vocabulary.tree"
)


class TestParametersByDate:
    """A reader sees when a number changed, and by which source."""

    @pytest.mark.parametrize("policy_id", SHIPPED)
    def test_every_version_can_be_read_off(self, policy_id: str) -> None:
        """Followed up to a version, the table gives just the values and clauses of that version."""
        policy: Policy[Any] = policies.load(policy_id)
        history = history_docs.history_doc(policy)
        days = [(str(v.since), str(v.ref.known_on)) for v in policy.versions]
        read: dict[str, tuple[str, str]] = {}
        for version, day in zip(policy.versions, days, strict=True):
            for held in history.parameters:
                if (held.since, held.known_on) == day:
                    read[held.path] = (held.value["en"], held.source.label())
            wanted = {
                path.replace(".[", "["): (leaf.value["en"], leaf.source.label())
                for path, leaf in history_docs.parameters(version).items()
            }

            assert wanted == {path: told for path, told in read.items() if told[0]}

    @BY_LOCALE
    @BY_RULE
    def test_every_parameter_is_on_the_page(self, rule_id: str, locale: str) -> None:
        """Each value of each shipped policy the rule may be asked under has a row with its day."""
        told = sections(page(f"rules/{rule_id}", locale))[word("by_date", locale)]
        rule = RULES[rule_id]
        histories = [h for h in reference.collect().histories if h.kind == rule.kind]

        for history in histories:
            for held in history.parameters:
                assert f"    | `{held.path}` | " in told
                assert f" | {held.since} | {held.known_on}" in told

    def test_a_change_of_law(self) -> None:
        """The days for payments fell from eight weeks to fifteen business days in January 2018."""
        found = history_docs.history_doc(policies.load("complaints/uk-disp"))
        path = "clock.final_response.term[0].amount"
        steps = [held for held in found.parameters if held.path == path]

        assert [("2012-02-14", "8 weeks", "1.6.2"), ("2018-01-13", "15 days", "1.6.2A")] == [
            (held.since, held.value["en"], held.source.clause) for held in steps
        ]


SEVERAL: Final = tuple(h.policy for h in reference.collect().histories if len(h.spans) > 1)

CORRECTED: Final = """
id = "acme/tiers"
kind = "segmentation.tiers"
title = { en = "Acme tiers", zh = "Acme等级" }

[[version]]
since = 2020-01-01
source = { text = "Acme retail policy", clause = "1", checked = "own" }
zone = "Asia/Shanghai"
currency = "CNY"
tier = [{ code = "STANDARD" }, { code = "GOLD", enter = "50000.00", protection = "P6M" }]

[[version]]
since = 2020-01-01
known_on = 2020-03-01
source = { text = "Acme retail policy", clause = "1, corrected", checked = "own" }
zone = "Asia/Shanghai"
currency = "CNY"
tier = [{ code = "STANDARD" }, { code = "GOLD", enter = "60000.00" }]

[[version]]
since = 2021-01-01
ends_on = 2022-01-01
source = { text = "Acme retail policy", clause = "2", checked = "own" }
zone = "Asia/Shanghai"
currency = "CNY"
tier = [{ code = "STANDARD" }, { code = "GOLD", enter = "60000.00" }]
"""


class TestChanges:
    """What changed between versions is told; corrections are told as such."""

    @BY_LOCALE
    @pytest.mark.parametrize("policy_id", SEVERAL)
    def test_every_change_is_on_the_page(self, policy_id: str, locale: str) -> None:
        """Whatever differs between neighbouring versions has a row below the newer one."""
        text = page(f"policies/{slug(policy_id)}", locale)
        told = text.split(f"### {word('changed', locale)}")[1:]
        versions = policies.load(policy_id).versions

        assert len(versions) - 1 == len(told)
        for (before, after), shown in zip(
            zip(versions[-2::-1], versions[:0:-1], strict=True), told, strict=True
        ):
            known = {*history_docs.parameters(before), *history_docs.parameters(after)}
            for path, _, _ in changes(to_json(before.written), to_json(after.written)):
                below = [name for name in known if name == path or name.startswith(f"{path}.")]

                assert [] == [n for n in below if f"| `{n.replace('.[', '[')}` |" not in shown]

    def test_a_correction_is_no_new_version(self) -> None:
        """Same first day, known later: it says what it corrects; the third says what ended it."""
        raw = parse_toml(CORRECTED, "acme")
        found = history_docs.history_doc(
            read_policy(raw, "acme", {TIERS.name: TIERS}, policies.shelf())
        )

        assert [False, True, False] == [span.corrects for span in found.spans]
        assert ["2021-01-01", "2021-01-01", "2022-01-01"] == [span.until for span in found.spans]
        assert [
            ("tier.GOLD.enter", "50,000.00", "60,000.00"),
            ("tier.GOLD.protection", "6 months", ""),
        ] == [
            (held.path, held.before["en"], held.after["en"])
            for held in found.changed[("2020-01-01", "2020-03-01", "")]
        ]
        shown = "\n".join(history_pages.change_lines(found, ("2020-01-01", "2020-03-01", ""), "en"))
        assert "A correction: it takes the place of the version known on: 2020-01-01" in shown
        same = history_pages.change_lines(found, ("2021-01-01", "2021-01-01", ""), "zh")
        assert word("nothing_changed", "zh") == same[-1]
        assert [] == history_pages.change_lines(found, ("2020-01-01", "2020-01-01", ""), "en")

    def test_the_line_of_time(self) -> None:
        """A bar for each version, a mark for a correction; each says its days."""
        raw = parse_toml(CORRECTED, "acme")
        found = history_docs.history_doc(
            read_policy(raw, "acme", {TIERS.name: TIERS}, policies.shelf())
        )
        drawn = history_pages.timeline_drawing([found], "en")

        assert (2, 1) == (drawn.count("<rect"), drawn.count("<circle"))
        assert "<title>2021-01-01 – 2022-01-01</title>" in drawn
        assert "<title>correction (Known on: 2020-03-01)</title>" in drawn
        assert drawn.count("<title>") == len(found.spans)
        assert date(2020, 3, 1).isoformat() in drawn

    def test_bars_of_one_day_are_not_drawn(self) -> None:
        """Where all versions begin on one day there is the table alone, without the one name."""
        found = history_docs.history_doc(policies.load("segmentation/cn-retail-shape"))
        (shown,) = history_pages.timeline([found], "en")

        assert shown.startswith("| In force since | Until (exclusive) | Known on |")
        assert "| 2020-01-01 | in force | 2020-01-01 | first version |" in shown


class TestRefusals:
    """Which refusals come from a rule."""

    def test_what_decides_by_what(self) -> None:
        """Records, rules and codes are there; a rule's kind of policy is one its record works by."""
        for record, rules in refusal_docs.DECIDES.items():
            codes = {code for code, _ in RECORDS[record].refusals}
            kinds = RECORDS[record].policies
            for rule, own in rules.items():
                assert set() == set(own) - codes
                assert not kinds or RULES[rule].kind in kinds

    @BY_LOCALE
    def test_in_order_of_precedence(self, locale: str) -> None:
        """The page of a rule has the refusals of its record in their order, and marks its own."""
        told = sections(page("rules/complaints.deadlines", locale))[word("rule_refusals", locale)]
        rows = re.findall(r"^\| (\d+) \| `(\S+)` \| (\S*) ?\|", told, re.MULTILINE)
        order = [code for code, _ in RECORDS["complaints.case"].refusals]

        assert order == [code for _, code, _ in rows]
        assert ["not-in-force", "undecided"] == [code for _, code, mark in rows if mark]
        assert "(../records/complaints.case.md)" in told


def functions(path: Path) -> dict[str, int]:
    """Return the test functions of a file, as pytest names them, with the length of their bodies."""
    found: dict[str, int] = {}
    for node in ast.parse(path.read_text("utf-8")).body:
        held = node.body if isinstance(node, ast.ClassDef) else [node]
        before = f"{node.name}::" if isinstance(node, ast.ClassDef) else ""
        for part in held:
            if isinstance(part, ast.FunctionDef) and part.name.startswith("test_"):
                found[f"{before}{part.name}"] = len(part.body)
    return found


class TestFaults:
    """No fault is claimed whose test is missing, and none is left out."""

    def test_every_fault_has_its_test(self) -> None:
        """The test stands in its file and does something beside its docstring."""
        for held in fault_docs.fault_files():
            there = functions(ROOT / held.path)
            assert held.faults
            for fault in held.faults:
                assert there[fault.test.removeprefix(f"{held.path}::")] > 1

    def test_every_file_of_faults_is_told(self) -> None:
        """Each file named after faults of peers is on the page, with each of its tests."""
        told = {held.path.removeprefix("tests/"): held for held in fault_docs.fault_files()}
        whole = {held["path"] for held in fault_docs.mapped() if "only" not in held}

        assert set(fault_docs.peer_files()) == set(told)
        for path in whole:
            assert len(functions(ROOT / "tests" / path)) == len(told[path].faults)

    def test_every_fault_is_said_and_guards(self) -> None:
        """It has its words in both languages, and is about a rule or a record."""
        for held in fault_docs.fault_files():
            for fault in held.faults:
                assert fault.says["en"], fault.test
                assert re.search("[\u4e00-\u9fff]", fault.says["zh"]), fault.test
                assert fault.guards, fault.test

    @BY_LOCALE
    def test_every_fault_is_on_the_pages_it_guards(self, locale: str) -> None:
        """A fault stands on the page of each rule and record it is about, with its test."""
        for held in fault_docs.fault_files():
            for fault in held.faults:
                name = fault.test.rpartition("::")[2]
                for guarded in fault.guards:
                    folder = "records" if guarded in RECORDS else "rules"
                    shown = page(f"{folder}/{guarded}", locale)
                    assert f"`{name}` |" in shown
                assert f"`{name}` |" in page("faults", locale)

    @pytest.mark.parametrize(
        ("changed", "wanted"),
        [
            ({"path": "worktime/no_such_file.py"}, "no_such_file"),
            ({"zh": {"test_gone": "没有"}}, "test_gone is no test"),
            ({"guards": ["worktime.subtract"]}, "worktime.subtract is no rule"),
        ],
    )
    def test_a_claim_without_a_test_is_an_error(self, changed: Any, wanted: str) -> None:
        """A file, a test or a rule there is none of is named, and no page is made."""
        held = {**fault_docs.mapped()[0], **changed}

        with pytest.raises(fault_docs.FaultsWithoutTests, match=wanted):
            fault_docs.file_doc(held)


class TestPorts:
    """A port's page has its promises in order, with what proves each."""

    @BY_LOCALE
    @pytest.mark.parametrize("port", port_docs.PORTS, ids=lambda port: port.__name__)
    def test_promises_in_order(self, port: type[Any], locale: str) -> None:
        """As many rows as promises, each with the test of the contract in the same place."""
        doc = next(held for held in port_docs.port_docs() if held.name == port.__name__)
        text = sections(page(f"ports/{doc.name}", locale))[word("promises", locale)]
        rows = re.findall(r"^\| (\d+) \| (.*) \| `(test_\w+)` \|$", text, re.MULTILINE)
        module, contract = doc.contract
        suite = vars(getattr(__import__(module, fromlist=[contract]), contract))

        assert [name for name in suite if name.startswith("test_")] == [t for _, _, t in rows]
        assert (inspect.getdoc(port) or "").count("\n* ") == len(rows)
        for promise, (_, says, _) in zip(doc.promises, rows, strict=True):
            assert promise.says[locale].replace("|", "\\|") == says

    @pytest.mark.parametrize("port", port_docs.PORTS, ids=lambda port: port.__name__)
    def test_implementations_have_every_method(self, port: type[Any]) -> None:
        """Each class listed can do all that the port asks."""
        wanted = {name for name, held in vars(port).items() if inspect.isfunction(held)}
        for module, name in port_docs.PORTS[port]:
            made = getattr(__import__(f"bankservice.{module}", fromlist=[name]), name)

            assert [] == [method for method in wanted if not hasattr(made, method)]

    def test_both_languages(self) -> None:
        """Everything a port says is said in Chinese too."""
        for doc in port_docs.port_docs():
            said = [
                doc.meaning,
                *(promise.says for promise in doc.promises),
                *(says for _, says in doc.methods),
                *(says for _, _, says in doc.implementations),
                *(says for _, says in doc.proved),
            ]

            assert [] == [text["en"] for text in said if not text["zh"]]
            assert doc.proved

    def test_named_only_where_there_is_one(self) -> None:
        """A contract suite or an implementation there is none of is an error."""
        with pytest.raises(LookupError, match="Printer"):
            port_docs.contract_of("Printer")


def test_long_values_end_at_a_part() -> None:
    """A value too long for a table is cut between two parts, and says that it goes on."""
    seen = seen_docs.Seen()
    seen.look(policies.load("complaints/us-reg-e").versions[-1].source)
    kind = type(policies.load("complaints/us-reg-e").versions[-1].source)

    assert '"1005.11; 1005.2(d)"' == seen.example(kind, "clause")
    assert "" == seen.example(kind, "no such field")
    assert attrs.has(kind)
