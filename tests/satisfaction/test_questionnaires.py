"""Item banks and questionnaires as data, and the reading of answers to them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pytest
from effort import some
from hypothesis import given, settings
from hypothesis import strategies as st
from trying import alone, in_tables

from bankservice.core.errors import FaultsError, NotInForceError, PolicyError, UnknownNameError
from bankservice.core.kept import read_kept
from bankservice.core.policy import Policy
from bankservice.core.policy_file import read_policy
from bankservice.core.structure import FACTS
from bankservice.core.vocabulary import Tree
from bankservice.satisfaction import SHELF, Missing, answer_sheet
from bankservice.satisfaction.questionnaires.answers import (
    SheetFault,
    Wrong,
    column_reader,
    read_answer,
)
from bankservice.satisfaction.questionnaires.channels import mode_of, use_of
from bankservice.satisfaction.questionnaires.facts import AnswerSheet, SheetFacts, SheetFlag
from bankservice.satisfaction.questionnaires.items import ItemBank
from bankservice.satisfaction.questionnaires.kind import Questionnaire
from bankservice.satisfaction.questionnaires.sheet import read_sheet
from bankservice.satisfaction.questionnaires.telling import FAULTS, MISSING
from bankservice.satisfaction.questionnaires.trials import SHEET_TRIALS
from bankservice.testing import strategies

BANK: Final[ItemBank] = SHELF.get("satisfaction/item-bank").versions[-1].parameters
INSTRUMENTS: Final = (
    "call-back",
    "complaint-follow-up",
    "depth-interview",
    "forum",
    "panel",
    "relationship",
    "transactional",
)
DAY: Final = date(2026, 5, 6)
SOURCE: Final = {"text": "Acme survey paper", "checked": "own"}
WORDS: Final = {"en": "words", "zh": "文字"}
ENDS: Final = [{"code": 1, "title": WORDS}, {"code": 5, "title": WORDS}]
AGREE: Final = {
    "code": "agree",
    "title": WORDS,
    "metric": "likert",
    "lowest": 1,
    "highest": 5,
    "label": ENDS,
}
EVERY: Final[Policy[Any]] = SHELF.load(
    Path(__file__).parent.parent / "cases" / "satisfaction" / "every-kind.policy.toml"
)
ASKED: Final = tuple(EVERY.versions[0].parameters.sheets[0].questions)


def instrument(name: str) -> Questionnaire:
    """Return a shipped questionnaire, as it is in force."""
    found: Questionnaire = SHELF.get(f"satisfaction/{name}").on(DAY).parameters
    return found


def bank(*versions: Mapping[str, Any]) -> Policy[Any]:
    """Return an item bank; a version without a first day begins in 2020."""
    raw = {
        "id": "acme/bank",
        "kind": "satisfaction.items",
        "title": WORDS,
        "version": [{"since": date(2020, 1, 1), "source": SOURCE, **table} for table in versions],
    }
    return read_policy(raw, "acme/bank", SHELF.kinds, SHELF)


def item(code: str = "a", kind: str = "likert", **more: Any) -> dict[str, Any]:
    """Return an item as written."""
    scale = {"scale": "agree"} if kind == "likert" else {}
    return {"code": code, "kind": kind, "text": WORDS, **scale, **more}


def faults(*items: Mapping[str, Any], scale: Mapping[str, Any] = AGREE, **more: Any) -> set[str]:
    """Return the faults of a bank of one scale, each as path and what was wanted."""
    table = {"scale": [scale], "item": list(items) or [item()], **more}
    try:
        bank(table)
    except PolicyError as error:
        return {f"{f.path.removeprefix('version[0].')}: {f.wanted}" for f in error.faults}
    return set()


def scaled(**more: Any) -> set[str]:
    """Return the faults of a scale that differs from a sound one."""
    found = faults(scale={**AGREE, **more})
    return {fault for fault in found if fault.startswith("scale")}


def questionnaire(
    *questions: Mapping[str, Any], banks: Policy[Any] | None = None, **more: Any
) -> Policy[Any]:
    """Return a questionnaire over the shipped bank, or another."""
    shelf = SHELF if banks is None else SHELF.with_policies([banks])
    raw = {
        "id": "acme/asked",
        "kind": "satisfaction.questionnaire",
        "title": WORDS,
        "version": [
            {
                "since": date(2024, 1, 1),
                "source": SOURCE,
                "instrument": "relationship",
                "items": "satisfaction/item-bank" if banks is None else banks.id,
                "question": list(questions) or [{"item": "recommend"}],
                **more,
            }
        ],
    }
    return read_policy(raw, "acme/asked", shelf.kinds, shelf)


def unasked(*questions: Mapping[str, Any], **more: Any) -> set[str]:
    """Return the faults of a questionnaire, each as path and what was wanted."""
    try:
        questionnaire(*questions, **more)
    except PolicyError as error:
        return {
            f"{f.path.removeprefix('version[0].').removeprefix('version since 2024-01-01.')}: "
            f"{f.wanted.removesuffix(' (bank since 2020-01-01)')}"
            for f in error.faults
        }
    return set()


def read(name: str, answers: Any, **more: Any) -> AnswerSheet:
    """Return answers as a shipped questionnaire reads them."""
    found: AnswerSheet = answer_sheet(
        f"satisfaction/{name}", on=DAY, answers=answers, **more
    ).outcome
    return found


class TestScales:
    """What a metric means is fixed; a scale that says otherwise is a fault when it is read."""

    @pytest.mark.parametrize(
        ("more", "fault"),
        [
            ({"highest": 1}, "scale[0].highest: more than lowest (1), and at most 101 codes"),
            ({"highest": 200}, "scale[0].highest: more than lowest (1), and at most 101 codes"),
            (
                {"metric": "nps"},
                "scale[0].highest: 0 to 10; another scale is no NPS, declare it a likert",
            ),
            ({"metric": "csat", "highest": 8}, "scale[0].highest: 1 to 3, 4, 5, 6, 7 or 10"),
            (
                {"metric": "ces-v2"},
                "scale[0].highest: 1 to 7: the second version asks for ease",
            ),
            ({"metric": "ces-v1"}, "scale[0].good: 'low' for ces-v1"),
            ({"metric": "yes-no"}, "scale[0].highest: 0 (no) to 1 (yes)"),
            ({"metric": "csat"}, "scale[0].classes: classes of which the last is 'satisfied'"),
            ({"label": ENDS[:1]}, "scale[0].label: a label for each end of the scale"),
            (
                {"label": [*ENDS, {"code": 6, "title": WORDS}]},
                "scale[0].label[2].code: a code from 1 to 5, each once",
            ),
            (
                {"label": [*ENDS, {"code": 3, "title": {"en": "so so", "zh": " "}}]},
                "scale[0].label[2].title: words in both languages",
            ),
        ],
    )
    def test_faults(self, more: dict[str, Any], fault: str) -> None:
        """Each fault is told with its path and what is wanted."""
        assert fault in scaled(**more)

    @pytest.mark.parametrize(
        ("classes", "fault"),
        [
            ([(1, 2), (4, 5)], "classes[1].lowest: 3: every code is in one class, and in no other"),
            ([(1, 3), (3, 5)], "classes[1].lowest: 4: every code is in one class, and in no other"),
            ([(2, 5)], "classes[0].lowest: 1: the classes cover the scale"),
            ([(1, 4)], "classes[0].highest: 5: the classes cover the scale"),
            ([(1, 5), (3, 2)], "classes[1].highest: 3 (its lowest) or more"),
        ],
    )
    def test_classes_cover_a_scale(self, classes: list[tuple[int, int]], fault: str) -> None:
        """Classes leave no gap, do not overlap, and reach both ends."""
        rows = [
            {"code": f"c{n}", "title": WORDS, "lowest": low, "highest": high}
            for n, (low, high) in enumerate(classes)
        ]

        assert {f"scale[0].{fault}"} == scaled(classes=rows)

    def test_classes_have_codes_of_their_own(self) -> None:
        """Two classes of one code are refused."""
        rows = [
            {"code": "c", "title": WORDS, "lowest": low, "highest": high}
            for low, high in ((1, 2), (3, 5))
        ]

        assert {"scale[0].classes[1].code: a code of its own"} == scaled(classes=rows)

    def test_the_classes_of_nps_are_no_choice(self) -> None:
        """0 to 6, 7 and 8, 9 and 10: a bank cannot move 0 out of the detractors."""
        rows = [
            {"code": code, "title": WORDS, "lowest": low, "highest": high}
            for code, low, high in (("detractor", 0, 5), ("passive", 6, 8), ("promoter", 9, 10))
        ]
        labels = [{"code": 0, "title": WORDS}, {"code": 10, "title": WORDS}]
        found = scaled(metric="nps", lowest=0, highest=10, label=labels, classes=rows)

        assert {"scale[0].classes: detractor 0-6, passive 7-8, promoter 9-10"} == found

    def test_every_code_of_nps_is_in_its_class(self) -> None:
        """Classified by value: 0 is a detractor, 9 a promoter."""
        scale = BANK.scales["recommend-11"]
        found = [scale.class_of(code) for code in range(11)]

        assert ["detractor"] * 7 + ["passive"] * 2 + ["promoter"] * 2 == found
        assert [9, 10] == list(scale.codes_of("promoter"))
        assert [] == list(scale.codes_of("promoters"))
        assert BANK.scales["agree-7"].class_of(7) is None


class TestItems:
    """What cannot be an item."""

    @pytest.mark.parametrize(
        ("row", "fault"),
        [
            (item("A b"), "item[0].code: a code of its own"),
            (item("skipped"), "item[0].code: a code of its own"),
            (item(text={"en": "words", "zh": ""}), "item[0].text: words in both languages"),
            (item(scale="agre"), "item[0].scale: the code of a scale"),
            (item(kind="nps", scale="agree"), "item[0].scale: a scale made for nps"),
            (item(kind="text", scale="agree"), "item[0].scale: none: it is of kind text"),
            (item(measure="nps"), "item[0].measure: an item of kind nps; it is likert"),
            (item(dimension="sped"), "item[0].dimension: the code of a dimension"),
            (item(tags=["fast"]), "item[0].tags[0]: the code of a list"),
            (item(product="wealht"), "item[0].product: a code of vocabulary/product-kinds"),
            (item(pair="b"), "item[0].pair: the code of an item"),
            (item(kind="text", reverse=True), "item[0].reverse: false: only a likert"),
            (item(option=[{"code": "x", "title": WORDS}]), "item[0].option: none: it is likert"),
            (item(kind="single"), "item[0].option: options, or the id of a vocabulary"),
            (item(kind="multiple", tree="vocabulary/none"), "item[0].tree: the id of a vocabulary"),
            (
                item(kind="multiple", tree="satisfaction/item-bank"),
                "item[0].tree: one of vocabulary.tree",
            ),
            (
                item(kind="single", option=[{"code": "x", "title": WORDS}]),
                "item[0].option: from 2 to 100 options",
            ),
            (
                item(kind="single", option=[{"code": "x", "title": {"en": "", "zh": ""}}] * 2),
                "item[0].option[0].title: words in both languages",
            ),
            (
                item(kind="single", option=[{"code": "x", "title": WORDS}] * 2),
                "item[0].option[1].code: a code of its own",
            ),
            (
                item(kind="ranking", tree="vocabulary/feedback-channels", most=99),
                "item[0].most: a whole number from 1 to 21",
            ),
            (item(most=3), "item[0].most: nothing: it is of kind likert"),
            (item(least=3), "item[0].least: nothing: it is of kind likert"),
            (item(kind="numeric", least=3, most=2), "item[0].most: 3 (the lowest) or more"),
            (item(total=10), "item[0].total: 1 or more, for a constant sum only"),
        ],
    )
    def test_faults(self, row: dict[str, Any], fault: str) -> None:
        """Each fault is told with its path and what is wanted."""
        found = faults(row)

        assert any(told.startswith(fault) for told in found), found

    def test_a_pair_is_mutual_and_alike(self) -> None:
        """A perception stands beside an expectation of the same scale that names it in turn."""
        one = item("a", pair="b")
        other = {"aspect": "expectation", "pair": "a"}

        assert set() == faults(one, item("b", **other))
        assert {"item[0].pair: an item whose pair is 'a'"} == faults(one, item("b"))
        assert {
            "item[0].pair: a perception beside an expectation",
            "item[1].pair: a perception beside an expectation",
        } == faults(one, item("b", pair="a"))
        assert {
            "item[0].reverse: True, as b has it: the two are subtracted",
            "item[1].reverse: False, as a has it: the two are subtracted",
        } == faults(one, item("b", reverse=True, **other))

    def test_a_scale_without_direction_is_not_turned(self) -> None:
        """Where neither end is good, nothing can be reverse keyed."""
        found = faults(item(reverse=True), scale={**AGREE, "good": "none"})

        assert ["item[0].reverse"] == [fault.partition(":")[0] for fault in found]

    def test_reverse_keyed(self) -> None:
        """A reverse-keyed answer is turned as far from the other end; the others stay."""
        assert [7, 1, 4] == [BANK.item("handed-on").keyed(code) for code in (1, 7, 4)]
        assert 2 == BANK.item("speed.perception").keyed(2)

    def test_words_for_answers(self) -> None:
        """Labels and options are told in both languages, a code without one as it stands."""
        assert "very satisfied" == BANK.item("satisfaction").described(5, "en")
        assert "很满意" == BANK.item("satisfaction").described(5, "zh_CN")
        assert "2" == BANK.item("speed.perception").described(2, "zh")
        assert "产品功能" == BANK.item("idea-kind").described("function", "zh")
        assert "是" == BANK.item("consent-contact").described(1, "zh")

    def test_an_item_there_is_not(self) -> None:
        """The near names are offered."""
        with pytest.raises(UnknownNameError, match="did you mean recommend"):
            BANK.item("recomend")


class TestShipped:
    """The shipped bank and instruments: every list of the source texts, in both languages."""

    @pytest.mark.parametrize(
        "tag",
        [
            *("service_quality", "product", "staff"),
            *("staff.professional", "staff.attitude", "staff.communication"),
            *("speed", "accuracy", "friendliness", "process", "product_innovation", "experience"),
            *("convenience", "comfort", "emotional_value"),
            *("feedback.speed", "feedback.attitude", "feedback.solving"),
            *("environment.physical", "environment.virtual", "environment.clean"),
            *("environment.bright", "environment.waiting", "environment.self_service"),
            *("ideas", "needs", "complaint_handling"),
        ],
    )
    def test_every_list_has_an_item(self, tag: str) -> None:
        """Each list of the texts has an item, and a title in both languages."""
        title = BANK.title(tag)

        assert BANK.tagged(tag)
        assert not isinstance(title, str)
        assert title.zh != title.en

    def test_every_tag_and_dimension_is_used(self) -> None:
        """No list and no dimension stands without an item."""
        tags = [row.code for row in BANK.written.tag]
        dimensions = [row.code for row in BANK.written.dimension]

        assert [] == [tag for tag in tags if not BANK.tagged(tag)]
        assert [] == [code for code in dimensions if not BANK.in_dimension(code)]

    def test_the_dimensions_of_servqual_and_bsq(self) -> None:
        """Five dimensions of SERVQUAL with an expectation beside, six of BSQ."""
        servqual = ("tangibles", "reliability", "responsiveness", "assurance", "empathy")
        paired = {
            name: [i for i in BANK.tagged(f"servqual.{name}") if i.row.pair] for name in servqual
        }
        bsq = [row.code for row in BANK.written.tag if row.code.startswith("bsq.")]

        assert [] == [name for name, items in paired.items() if len(items) < 2]
        assert 6 == len(bsq)
        assert all(item.row.aspect == "perception" for item in BANK.tagged("servperf"))

    def test_products_by_kind(self) -> None:
        """Wealth products, loans and payments are each asked about."""
        found = {item.row.product for item in BANK.items.values() if item.row.product}

        assert {"wealth", "loan", "payment", "deposit"} == found

    @pytest.mark.parametrize("name", INSTRUMENTS)
    def test_an_instrument(self, name: str) -> None:
        """Each is what it is called, asked in both languages, with at most twelve questions."""
        table = instrument(name).written

        assert name == table.instrument
        assert ("zh", "en") == table.languages
        assert len(table.question) <= (3 if name == "transactional" else 12)

    def test_regular_waves(self) -> None:
        """The relationship survey comes every half year, the panel every quarter; others do not."""
        waves = {name: instrument(name).next_wave(date(2026, 8, 31)) for name in INSTRUMENTS}

        assert {"relationship": date(2027, 2, 28), "panel": date(2026, 11, 30)} == {
            name: day for name, day in waves.items() if day is not None
        }

    def test_qualitative_records_have_no_score(self) -> None:
        """Interview and forum have no question on a scale."""
        assert [()] * 2 == [
            instrument(name).sheets[-1].scored for name in ("depth-interview", "forum")
        ]

    def test_channels(self) -> None:
        """Every channel has a mode and a use; the sub-channels have those above them."""
        channels: Tree = SHELF.get("vocabulary/feedback-channels").versions[-1].parameters

        assert [] == [code for code in channels if mode_of(channels, code) is None]
        assert [] == [code for code in channels if use_of(channels, code) is None]
        assert ("self", "scored") == (mode_of(channels, "sms"), use_of(channels, "sms"))


class TestQuestionnaires:
    """What cannot be a questionnaire, and what one is with its bank."""

    @pytest.mark.parametrize(
        ("questions", "more", "fault"),
        [
            (["recomend"], {}, "question[0].item: an item of the bank"),
            (
                ["recommend", "recommend"],
                {},
                "question[1].item: an item that is not asked already",
            ),
            (
                ["recommend", "satisfaction", "comment", "needs"],
                {"instrument": "transactional"},
                "question: from 1 to 3 (a transactional questionnaire)",
            ),
            (
                ["recommend", "needs"],
                {"most_questions": 1},
                "question: from 1 to 1 (most_questions)",
            ),
            (
                ["satisfaction", "contact-satisfaction"],
                {},
                "question[1].item: one question that stands for csat; satisfaction does already",
            ),
            (
                ["themes", "recommend"],
                {"instrument": "forum"},
                "question[1].item: themes and words only: a forum has no score",
            ),
            (["recommend"], {"languages": []}, "languages: one or more languages, each once"),
            (
                ["recommend"],
                {"cadence": "P1M", "instrument": "call-back"},
                "cadence: nothing: only relationship and panel come in waves",
            ),
            (["recommend"], {"cadence": "P0D"}, "cadence: a day or more"),
            (["recommend"], {"channels": ["smss"]}, "channels[0]: a code of vocabulary/feedback"),
            (["recommend"], {"least_seconds": 0}, "least_seconds: 1 second or more"),
            (["recommend"], {"straight_lining": {"least": 2}}, "straight_lining.least: 3 or more"),
            (["recommend"], {"items": "acme/none"}, "items: the id of an item bank"),
            (
                ["recommend"],
                {"items": "vocabulary/channels"},
                "items: one of satisfaction.items",
            ),
        ],
    )
    def test_faults(self, questions: list[str], more: dict[str, Any], fault: str) -> None:
        """Each fault is told with its path and what is wanted."""
        found = unasked(*({"item": code} for code in questions), **more)

        assert any(told.startswith(fault) for told in found), found

    @pytest.mark.parametrize(
        ("when", "wanted"),
        [
            ({"fact": "satisfaction", "equals": 1}, "a fact of this policy"),
            ({"fact": "comment", "equals": "x"}, "a fact of this policy"),
            ({"fact": "recommend", "at_most": 11}, "a code from 0 to 10, as recommend has them"),
            ({"fact": "recommend", "equals": "six"}, "a value of type integer"),
            ({"fact": "idea-kind", "equals": "colour"}, "one of the words of idea-kind"),
            ({"fact": "has-problem", "equals": 1}, "a value of type boolean"),
        ],
    )
    def test_a_condition_looks_back(self, when: dict[str, Any], wanted: str) -> None:
        """A condition names questions asked before, and answers that they can have."""
        earlier = [{"item": code} for code in ("recommend", "comment", "idea-kind", "has-problem")]
        found = unasked(*earlier, {"item": "needs", "when": when}, {"item": "satisfaction"})

        assert 1 == len(found)
        assert wanted in found.pop()

    def test_a_sheet_is_that_of_the_bank_of_the_day(self) -> None:
        """A questionnaire is asked with the bank in force; the decision names both versions."""
        first = {"scale": [AGREE], "item": [item()]}
        wider = {**AGREE, "highest": 7, "label": [ENDS[0], {"code": 7, "title": WORDS}]}
        banks = bank(first, {"since": date(2025, 1, 1), "scale": [wider], "item": [item()]})
        asked = questionnaire({"item": "a"}, banks=banks)
        before, after = (
            answer_sheet(asked, on=day, answers={"a": 7})
            for day in (date(2024, 12, 31), date(2025, 1, 1))
        )

        assert ("invalid", "complete") == (before.outcome.status, after.outcome.status)
        assert [date(2020, 1, 1), date(2025, 1, 1)] == [
            found.linked[0].since for found in (before, after)
        ]

    def test_a_later_bank_without_an_item(self) -> None:
        """A bank's version that meets the questionnaire and lacks an item is named."""
        first = {"scale": [AGREE], "item": [item()]}
        banks = bank(first, {**first, "since": date(2025, 1, 1), "item": [item("b")]})
        with pytest.raises(PolicyError, match=r"\(bank since 2025-01-01\)"):
            questionnaire({"item": "a"}, banks=banks)

    def test_no_bank_in_force(self) -> None:
        """Days on which no version of the bank is in force have no sheet; no bank at all is a fault."""
        table = {"scale": [AGREE], "item": [item()]}
        later = bank({**table, "since": date(2025, 1, 1), "ends_on": date(2026, 1, 1)})
        asked = questionnaire({"item": "a"}, banks=later)
        ended = bank({**table, "since": date(2022, 1, 1), "ends_on": date(2023, 1, 1)})

        assert (
            "complete" == answer_sheet(asked, on=date(2025, 1, 1), answers={"a": 1}).outcome.status
        )
        for day in (date(2024, 12, 31), date(2026, 1, 1)):
            with pytest.raises(NotInForceError, match="acme/bank has no version on"):
                answer_sheet(asked, on=day, answers={"a": 1})
        with pytest.raises(PolicyError, match="an item bank in force"):
            questionnaire({"item": "a"}, banks=ended)

    def test_kept_versions_read_back(self) -> None:
        """A questionnaire and the bank it was asked with are enough to read a sheet again."""
        banks = bank(
            {"scale": [AGREE], "item": [item()]},
            {"since": date(2025, 1, 1), "scale": [AGREE], "item": [item()]},
        )
        asked = questionnaire({"item": "a"}, banks=banks)
        first = answer_sheet(asked, on=DAY, answers={"a": 4})
        beside = [version.text for version in first.linked]
        kept = read_kept(asked.versions[0].text, SHELF.kinds, SHELF, beside)

        assert first.outcome == answer_sheet.decide(first.facts, kept).outcome

    def test_what_other_rooms_ask_for(self) -> None:
        """Questions by figure, list and dimension, pairs, texts; one not asked is an error."""
        sheet = instrument("relationship").on(DAY)

        assert {"nps": "recommend", "csat": "satisfaction"} == {
            measure: question.code for measure, question in sheet.measured.items()
        }
        assert [("speed.perception", "speed.expectation")] == [
            (one.code, other.code) for one, other in sheet.pairs
        ]
        assert 3 == len(sheet.in_dimension("staff"))
        assert ["product-wealth", "product-loan"] == [q.code for q in sheet.tagged("product")]
        assert 3 == len(sheet.of_kind("csat"))
        assert () == sheet.texts
        assert "recommend" == sheet.question("recommend").code
        with pytest.raises(UnknownNameError, match="did you mean"):
            sheet.question("recomend")

    def test_as_known_before(self) -> None:
        """A questionnaire as it was known is joined with its bank again."""
        policy = SHELF.get("satisfaction/panel")
        corrected = policy.as_known(policy.versions[-1].ref.known_on)

        assert policy.versions == corrected.versions


SHEETS: Final = st.sampled_from(INSTRUMENTS).flatmap(
    lambda name: st.tuples(st.just(name), strategies.answer_sheets(instrument(name)))
)
JUNK: Final = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.text(max_size=6),
    st.decimals(),
    st.dates(),
    st.lists(st.text(max_size=4), max_size=3),
    st.dictionaries(st.text(max_size=4), st.integers(), max_size=3),
    st.sampled_from([why.value for why in Missing]),
)


class TestReading:
    """The laws of reading a sheet."""

    @given(SHEETS)
    def test_what_a_questionnaire_takes(self, drawn: tuple[str, dict[str, Any]]) -> None:
        """Answers in range to questions that are shown are all taken, and kept as given."""
        name, answers = drawn
        found = read(name, answers)
        sheet = instrument(name).on(DAY)

        assert () == found.refused
        assert found.presented == found.valid + len(found.missing)
        assert set(sheet.questions) == {*found.values, *found.texts, *found.missing}
        for code, answer in answers.items():
            if sheet.question(code).item.scored and isinstance(answer, int):
                assert answer == found.values[code]

    @given(strategies.answer_sheets(EVERY.versions[0].parameters.on(DAY), missing=False))
    def test_where_nothing_is_missing(self, answers: dict[str, Any]) -> None:
        """A sheet whose every shown question is answered is complete; the rest was not shown."""
        found: AnswerSheet = answer_sheet(EVERY, on=DAY, answers=answers).outcome

        assert "complete" == found.status
        assert set(answers) == {*found.values, *found.texts}
        assert {"not-shown"} >= set(found.missing.values())

    @given(st.dictionaries(st.sampled_from([*ASKED, "x"]), JUNK))
    def test_whatever_comes_is_read_or_named(self, answers: dict[str, Any]) -> None:
        """Every question is in one bucket whatever stands there, and the words can be told."""
        decision = answer_sheet(EVERY, on=DAY, answers=answers)
        found: AnswerSheet = decision.outcome
        held = [*found.values, *found.texts, *found.missing]
        named = {answer.question for answer in found.refused} - {"x", *found.missing}

        assert sorted([*held, *named]) == sorted(ASKED)
        assert found.presented == found.valid + len(found.missing) + len(named)
        assert decision.explain("zh_CN")

    @given(SHEETS, st.randoms(use_true_random=False))
    def test_order_does_not_matter(self, drawn: tuple[str, dict[str, Any]], chance: Any) -> None:
        """Answers by question in any order, or as rows, are one sheet."""
        name, answers = drawn
        rows = [{"question": code, "answer": answer} for code, answer in answers.items()]
        chance.shuffle(rows)

        assert read(name, answers) == read(name, rows)

    @given(SHEETS, st.permutations(list(Missing)))
    def test_why_it_is_missing_changes_no_value(
        self, drawn: tuple[str, dict[str, Any]], turned: list[Missing]
    ) -> None:
        """Permuting the ways of having no answer changes which of them is told, and nothing else."""
        name, answers = drawn
        swap = {why.value: other.value for why, other in zip(Missing, turned, strict=True)}
        changed = {
            code: swap.get(answer, answer) if isinstance(answer, str) else answer
            for code, answer in answers.items()
        }
        before, after = read(name, answers), read(name, changed)

        assert (before.values, before.texts) == (after.values, after.texts)
        assert (before.nps, before.csat, before.ces) == (after.nps, after.csat, after.ces)
        assert set(before.missing) == set(after.missing)

    @settings(max_examples=some(60))
    @given(SHEETS)
    def test_it_can_be_decided_again(self, drawn: tuple[str, dict[str, Any]]) -> None:
        """The facts as they are kept read back to the same sheet."""
        name, answers = drawn
        first = answer_sheet(f"satisfaction/{name}", on=DAY, answers=answers)
        kept = first.to_json()["facts"]
        again = answer_sheet.decide(FACTS.read(kept, SheetFacts, "kept"), first.versions[0])

        assert first.outcome == again.outcome

    def test_facts_that_are_none(self) -> None:
        """A float, a row without a question and an unknown key are told with their places."""
        with pytest.raises(FaultsError) as error:
            read("panel", [{"question": "recommend", "answer": 9.0}, {"answer": 3}, 7, {"q": 1}])

        assert [
            "answers[0].answer",
            "answers[1].question",
            "answers[2]",
            "answers[3].q",
        ] == [fault.path for fault in error.value.faults]
        for answers in (
            {"recommend": float("nan")},
            {"recommend": [1.5]},
            "9",
            {"recommend": object()},
            {1: 2},
        ):
            with pytest.raises(FaultsError):
                read("panel", answers)

    def test_the_same_without_a_decision(self) -> None:
        """Batches look the sheet up once and read each answer sheet against it."""
        sheet = instrument("panel").on(DAY)
        facts = FACTS.read({"on": "2026-05-06", "answers": {"recommend": 9}}, SheetFacts, "facts")

        assert read("panel", {"recommend": 9}) == read_sheet(sheet, facts)

    def test_seconds_are_elapsed_time(self) -> None:
        """Opening and handing in may be told in different zones."""
        opened = datetime(2026, 5, 6, 10, tzinfo=timezone(timedelta(hours=8)))
        found = read(
            "relationship",
            {"recommend": 9},
            opened_at=opened,
            finished_at=opened.astimezone(UTC) + timedelta(seconds=19, milliseconds=999),
        )

        assert (19, (SheetFlag.SPEEDING,), "invalid") == (found.seconds, found.flags, found.status)

    @pytest.mark.parametrize("locale", ["en", "zh_CN"])
    def test_why_a_sheet_is_invalid(self, locale: str) -> None:
        """Too fast, all alike, or what is wrong with the sheet: told first, then every question."""
        opened = datetime(2026, 5, 6, 10, tzinfo=UTC)
        alike = dict.fromkeys(("speed.perception", "waited-long", "handed-on"), 4)
        alike |= dict.fromkeys(("accuracy.perception", "promise.perception"), 4)
        why = {
            "en": ("answered too fast", "every answer the same", "from before the invitation"),
            "zh_CN": ("作答过快", "所有回答相同", "早于邀请"),
        }[locale]
        moments: tuple[dict[str, datetime], ...] = (
            {"opened_at": opened, "finished_at": opened},
            {},
            {"opened_at": opened, "invited_at": opened + timedelta(days=1)},
        )
        found = [
            answer_sheet("satisfaction/panel", on=DAY, answers=answers, **at)
            for answers, at in zip((alike, alike, {"recommend": 9}), moments, strict=True)
        ]

        assert ["invalid"] * 3 == [told.outcome.status for told in found]
        for told, reason in zip(found, why, strict=True):
            assert reason in told.explain(locale).splitlines()[0]

    def test_what_comes_as_values(self) -> None:
        """Missing codes, days and decimals may be values; rows that repeat are kept as rows."""
        found = read("panel", {"recommend": Missing.REFUSED, "comment": date(2026, 5, 6)})
        rows = [{"question": "comment", "answer": word} for word in ("a", "b")]
        kept = answer_sheet("satisfaction/panel", on=DAY, answers=rows).to_json()["facts"]

        assert "refused" == found.missing["recommend"]
        assert "2026-05-06" == found.texts["comment"]
        assert rows == kept["answers"]
        assert Missing.DONT_KNOW is read_answer(BANK.item("recommend"), Missing.DONT_KNOW)
        assert 9 == read_answer(BANK.item("recommend"), Decimal(9))
        assert date(2026, 5, 6) == read_answer(BANK.item("last-visit"), date(2026, 5, 6))
        assert isinstance(read_answer(BANK.item("importance"), {"empathie": 100}), Wrong)

    def test_tried_against_itself(self) -> None:
        """Every case table, tried under the questionnaire it names against itself, moves nobody."""
        grouped: dict[int, tuple[Any, Any, list[Any]]] = {}
        for trial, version, question in in_tables("satisfaction", SHEET_TRIALS):
            grouped.setdefault(id(version), (trial, version, []))[2].append(question)

        assert grouped
        for trial, version, asked in grouped.values():
            alone(trial, version, asked)

    def test_every_fault_and_missing_code_has_words(self) -> None:
        """What can be wrong and missing is told in both languages."""
        assert set(SheetFault) == set(FAULTS)
        assert set(Missing) == set(MISSING)


class TestColumns:
    """Texts of a column, as a file has them."""

    @given(st.sampled_from(sorted(BANK.items)), st.text(max_size=8))
    def test_the_quick_way_says_the_same(self, code: str, text: str) -> None:
        """A column reads a text as one answer is read, but for lists, which are parted."""
        held = BANK.item(code)
        if held.row.kind not in ("multiple", "ranking", "constant-sum"):
            assert read_answer(held, text) == column_reader(held)(text)

    @pytest.mark.parametrize(
        ("code", "text", "wanted"),
        [
            ("recommend", "10", 10),
            ("recommend", " 10 ", 10),
            ("recommend", "dont-know", Missing.DONT_KNOW),
            ("recommend", "", Missing.SKIPPED),
            ("contact-solved", "yes", 1),
            ("consent-contact", "false", 0),
            ("idea-kind", "function", "function"),
            ("channels-used", "website; app", ("app", "website")),
            ("channels-used", "skipped", Missing.SKIPPED),
            ("improve-first", "speed;process", ("speed", "process")),
            ("comment", " 慢 ", "慢"),
        ],
    )
    def test_texts(self, code: str, text: str, wanted: object) -> None:
        """Codes, missing codes and parted options are read."""
        assert wanted == column_reader(BANK.item(code))(text)

    @pytest.mark.parametrize(
        ("code", "text", "fault"),
        [
            ("recommend", "9.5", SheetFault.NOT_WHOLE),
            ("recommend", "11", SheetFault.OUT_OF_RANGE),
            ("recommend", "\u0669", SheetFault.NOT_WHOLE),
            ("recommend", "9" * 5000, SheetFault.NOT_WHOLE),
            ("importance", "empathy=60;empathy=40", SheetFault.OPTION_TWICE),
            ("importance", "empathy=60", SheetFault.WRONG_SUM),
            ("channels-used", "app,website", SheetFault.UNKNOWN_OPTION),
            ("comment", "x" * 4001, SheetFault.TOO_MANY),
        ],
    )
    def test_faults(self, code: str, text: str, fault: SheetFault) -> None:
        """What is no answer is named."""
        found = column_reader(BANK.item(code))(text)

        assert isinstance(found, Wrong)
        assert fault is found.code

    def test_points_by_option(self) -> None:
        """Points are written by option; one left out has none."""
        found = column_reader(BANK.item("importance"))("reliability=60;empathy=40")

        assert {
            "tangibles": 0,
            "reliability": 60,
            "responsiveness": 0,
            "assurance": 0,
            "empathy": 40,
        } == found

    def test_a_ranking_of_all(self) -> None:
        """Where no number of ranks is said, every option has one."""
        option = [{"code": code, "title": WORDS} for code in ("x", "y", "z")]
        banks = bank({"scale": [AGREE], "item": [item("r", "ranking", option=option)]})
        held = banks.versions[0].parameters.item("r")
        short = read_answer(held, ("z", "x"))

        assert ("z", "x", "y") == read_answer(held, ["z", "x", "y"])
        assert isinstance(short, Wrong)
        assert SheetFault.NOT_RANKED is short.code

    def test_a_number_without_bounds(self) -> None:
        """Any number will do where none is least or most; infinity and words will not."""
        banks = bank({"scale": [AGREE], "item": [item("n", "numeric")]})
        held = banks.versions[0].parameters.item("n")
        wrong = [read_answer(held, raw) for raw in ("Infinity", "1e99", "many", True)]

        assert "n" == held.code
        assert Decimal("-1.5") == column_reader(held)("-1.5")
        assert ["a number"] * 4 == [told.wanted for told in wrong if isinstance(told, Wrong)]


class TestPeerFaults:
    """What other tools get wrong, as users have told them."""

    def test_ten_points_are_not_nps_unless_declared(self) -> None:
        """A rating from 1 to 10 gives no NPS: the metric is declared, never inferred."""
        asked = questionnaire({"item": "index.satisfaction"})
        found = answer_sheet(asked, on=DAY, answers={"index.satisfaction": 10}).outcome

        assert (10, None) == (found.values["index.satisfaction"], found.nps)

    def test_five_points_have_no_promoters(self) -> None:
        """A scale from 1 to 5 cannot be declared NPS."""
        assert any("no NPS" in fault for fault in scaled(metric="nps"))

    @pytest.mark.parametrize("answer", ["9.9", "-1", "11", True, "1e1", "\uff19"])
    def test_what_is_no_code_is_not_made_one(self, answer: object) -> None:
        """Decimals are not cut, negatives and what is above the scale do not count."""
        found = read("panel", {"recommend": answer})

        assert found.nps is None
        assert ["recommend"] == [held.question for held in found.refused]

    def test_a_skip_is_no_answer(self) -> None:
        """Who skips or dismisses a question is counted as that, not in the base."""
        found = read("panel", {"recommend": "skipped", "satisfaction": 4})

        assert ("skipped", None, 1) == (found.missing["recommend"], found.nps, found.valid)


def test_a_sheet_read_again_is_refused_in_the_same_words() -> None:
    """
    Moments are told as facts are written, in whatever zone they came.
    """
    china = timezone(timedelta(hours=8))
    decision = answer_sheet(
        "satisfaction/transactional",
        on=date(2026, 5, 6),
        answers={"contact-satisfaction": 5},
        invited_at=datetime(2026, 5, 6, 10, tzinfo=china),
        opened_at=datetime(2026, 5, 6, 9, 30, tzinfo=china),
        finished_at=datetime(2026, 5, 6, 9, tzinfo=china),
    )
    again = answer_sheet("satisfaction/transactional", **decision.to_json()["facts"])

    assert ["before-invitation", "out-of-order"] == [
        each.code.value for each in decision.outcome.refused
    ]
    assert decision.outcome == again.outcome
