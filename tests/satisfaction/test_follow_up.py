"""Follow-ups: heard once, one open case in a window, never owned by the rated, late by instants."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import reduce
from itertools import pairwise, permutations
from pathlib import Path
from typing import Any

import pytest
from effort import some
from entries_again import Altered, counted, lying, of_tables, office_of
from follow_up_tools import PROMISE, START, followed, promise
from hypothesis import given, settings
from hypothesis import strategies as st
from trying import alone

from bankservice.complaints.service import Cases
from bankservice.core.clock import Verdict
from bankservice.core.errors import FaultsError, PolicyError, UnknownNameError
from bankservice.core.plain import canonical, to_json
from bankservice.core.repetition import Repetition
from bankservice.core.structure import FACTS
from bankservice.core.trial import Question
from bankservice.journals.keys import MemoryKeys
from bankservice.journals.memory import MemoryJournal
from bankservice.journals.sealed import SealedJournal
from bankservice.policies import load
from bankservice.satisfaction import (
    FOLLOW_UPS,
    FollowUpFacts,
    FollowUps,
    FollowUpState,
    follow_up_trigger,
)
from bankservice.satisfaction.follow_up.kind import FollowUpRules
from bankservice.satisfaction.follow_up.model import ENDED, MOVES, QUESTIONS
from bankservice.satisfaction.follow_up.trials import FOLLOW_UP_TRIALS
from bankservice.testing import cases

TABLES = Path(__file__).parent.parent / "cases" / "satisfaction"
RULES: FollowUpRules = PROMISE.versions[0].parameters
MICROSECOND = timedelta(microseconds=1)


# -- the rule ---------------------------------------------------------------------------------


@pytest.mark.parametrize("row", RULES.table.scale, ids=lambda row: row.code)
def test_classes_cover_a_scale(row: Any) -> None:
    """Every code of a shipped scale is in one class; classes rise or fall along it, unbroken."""
    codes = range(row.lowest, row.highest + 1)
    levels = [RULES.level(row.question, row.scale, code) for code in codes]
    changes = sum(before != after for before, after in pairwise(levels))

    assert {"low", "high"} <= set(levels)
    assert changes <= 2
    for code in (row.lowest - 1, row.highest + 1):
        with pytest.raises(FaultsError, match=row.question):
            RULES.level(row.question, row.scale, code)


@given(st.integers(0, 10), st.integers(0, 10))
@settings(max_examples=some(50))
def test_a_better_answer_never_opens_more(first: int, second: int) -> None:
    """Of two answers the higher is followed up only where the lower is."""
    low, high = sorted((first, second))
    worse = follow_up_trigger(PROMISE, on="2026-03-02", nps=low).outcome
    better = follow_up_trigger(PROMISE, on="2026-03-02", nps=high).outcome

    assert set(better.triggers) <= set(worse.triggers)


ANSWERS = st.fixed_dictionaries(
    {},
    optional={
        "nps": st.one_of(st.integers(0, 10), st.sampled_from(["skipped", "unknown"])),
        "csat": st.one_of(st.integers(1, 5), st.sampled_from(["refused", "unknown"])),
        "ces": st.one_of(st.integers(1, 7), st.just("unknown")),
        "solved": st.sampled_from([True, False, "unknown"]),
        "keywords": st.sampled_from(["unknown", (), ("fraud",), ("harm", "vulnerability")]),
        "contact_requested": st.sampled_from([True, False, "unknown"]),
    },
)


@given(ANSWERS, st.data())
@settings(max_examples=some(60))
def test_knowing_more_never_takes_a_trigger_back(
    facts: Mapping[str, Any], data: st.DataObject
) -> None:
    """What was undecided is decided one way or the other; what held, holds; named is what counts."""
    before = follow_up_trigger(PROMISE, on="2026-03-02", **facts).outcome
    known = {
        "nps": st.integers(0, 10),
        "csat": st.integers(1, 5),
        "ces": st.integers(1, 7),
        "solved": st.booleans(),
        "keywords": st.sampled_from([(), ("fraud",)]),
        "contact_requested": st.booleans(),
    }
    told = {
        name: data.draw(known[name]) if value == "unknown" else value
        for name, value in facts.items()
    }
    after = follow_up_trigger(PROMISE, on="2026-03-02", **told).outcome

    assert set(before.triggers) <= set(after.triggers)
    assert after.opens is bool(after.triggers)
    assert () == after.unknown
    assert set(before.unknown) == {name for name, value in facts.items() if value == "unknown"}


@pytest.mark.parametrize(
    ("facts", "error", "named"),
    [
        ({"nps": 11}, FaultsError, "from 0 to 10"),
        ({"nps": -1}, FaultsError, "from 0 to 10"),
        ({"nps": True}, FaultsError, "nps"),
        ({"nps": 6.0}, FaultsError, "nps"),
        ({"nps": "skiped"}, FaultsError, "skipped"),
        ({"csat": 6}, FaultsError, "from 1 to 5"),
        ({"csat": 2, "csat_scale": "1-9"}, UnknownNameError, "1-9"),
        ({"ces": 2, "ces_version": "v3"}, UnknownNameError, "v3"),
        ({"keywords": ["frauds"]}, UnknownNameError, "fraud"),
        ({"channel": "phon"}, UnknownNameError, "phone"),
        ({"solved": "yes"}, FaultsError, "solved"),
    ],
)
def test_bad_answers_are_named(
    facts: Mapping[str, Any], error: type[Exception], named: str
) -> None:
    """An answer that is none of its scale, or of no known scale, is an error that says which."""
    with pytest.raises(error, match=named):
        follow_up_trigger(PROMISE, on="2026-03-02", **facts)


def test_words_are_caught() -> None:
    """A word of Latin letters begins a word, whatever its case; a Chinese one stands anywhere."""
    found = {
        text: RULES.words_in(text)
        for text in ("SCAMMED!", "landscaper", "我被骗了，想轻生", "all good", "")
    }

    assert {
        "SCAMMED!": ("fraud",),
        "landscaper": (),
        "我被骗了，想轻生": ("harm", "fraud"),
        "all good": (),
        "": (),
    } == found


def test_tried_against_itself_nothing_moves() -> None:
    """Each case of the rule's table, asked of the same policy twice, stands where it stood."""
    (trial,) = FOLLOW_UP_TRIALS
    asked = [
        Question(case.name, FACTS.read(case.raw["facts"], FollowUpFacts, case.name))
        for case in cases.collect(TABLES / "follow-up-trigger.toml")
    ]

    assert 16 <= len(asked)
    assert len(asked) == alone(trial, PROMISE.versions[0], asked).asked


def test_what_was_heard_is_asked_again() -> None:
    """The record gives every answer that was followed up as a question, and says what was erased."""
    keys = MemoryKeys()
    service, clock = followed(journal=SealedJournal(MemoryJournal(), keys))
    (trial,) = FOLLOW_UP_TRIALS
    for place, customer in enumerate(("chen", "lin")):
        service.hear(f"a-{place}", customer, answer="a-1", nps=3)
        service.hear(f"b-{place}", customer, answer="a-2", solved=False)
    keys.destroy("default", "lin")
    clock.turn(days=1)
    held = [one for page in service.office.pages(trial) for one in page.questions]

    assert [("chen", True)] * 2 + [("lin", False)] * 2 == sorted(
        (one.subject, isinstance(one, Question)) for one in held
    )


# -- the policy -------------------------------------------------------------------------------

TITLE = {"en": "Something", "zh": "某项"}
CLOCK = {"target": "PT24H", "unit": "elapsed", "title": TITLE}
NAMES = ("acknowledge", "contact", "resolve")
SCALE = {"question": "csat", "scale": "1-5", "lowest": 1, "highest": 5, "low": [1], "high": [5]}


@pytest.mark.parametrize(
    ("more", "path"),
    [
        ({"calendar": "calendars/xx"}, "calendar"),
        ({"calendar": "vocabulary/roles"}, "calendar"),
        ({"calendar": ""}, "zone"),
        ({"zone": "Europe/London"}, "zone"),
        ({"team": "nobody"}, "team"),
        ({"channels": []}, "channels"),
        ({"channels": ["phon"]}, "channels"),
        ({"window": "P0D"}, "window"),
        ({"attempts": {"count": 0, "over_days": -1, "a_day": 0}}, "attempts"),
        ({"threshold": {"count": 0, "within": "P30D"}}, "threshold"),
        ({"trigger": []}, "trigger"),
        ({"themes": "vocabulary/themes"}, "themes"),
        ({"sources": "calendars/cn"}, "sources"),
        (
            {"trigger": [{"code": "a", "title": TITLE, "when": {"fact": "npss", "at_most": 6}}]},
            "trigger",
        ),
        (
            {"trigger": [{"code": "a", "title": TITLE, "when": {"fact": "ces", "at_most": 3}}]},
            "a \\[\\[version.scale\\]\\] of ces",
        ),
        (
            {"trigger": [{"code": "a", "title": TITLE, "when": {"fact": "nps", "at_most": 6}}] * 2},
            "each trigger once",
        ),
        ({"clock": [{**CLOCK, "name": "contact"}]}, "no clock acknowledge"),
        ({"clock": [{**CLOCK, "name": name} for name in (*NAMES, "contact")]}, "each clock once"),
        ({"clock": [{**CLOCK, "name": name, "tell": ["boss"]} for name in NAMES]}, "tell"),
        ({"clock": [{**CLOCK, "name": name, "warn": ["soon"]} for name in NAMES]}, "warn"),
        ({"clock": [{**CLOCK, "name": name, "warn": ["80%", "80%"]} for name in NAMES]}, "once"),
        ({"clock": [{**CLOCK, "name": name, "target": "P1M"} for name in NAMES]}, "target"),
        ({"clock": [{**CLOCK, "name": name, "target": "PT0H"} for name in NAMES]}, "nothing"),
        ({"scale": [SCALE, SCALE]}, "each scale once"),
        ({"scale": [{**SCALE, "highest": 1}]}, "highest"),
        ({"scale": [{**SCALE, "low": []}]}, "low"),
        ({"scale": [{**SCALE, "low": [0]}]}, "low"),
        ({"scale": [{**SCALE, "high": [1, 5]}]}, "high"),
        ({"keyword": [{"code": "a", "title": TITLE, "words": [" "]}] * 2}, "each class once"),
    ],
)
def test_a_bad_policy_says_what_is_wrong(more: Mapping[str, Any], path: str) -> None:
    """A policy that nobody could work by is refused when it is loaded, with the place."""
    with pytest.raises(PolicyError, match=path):
        promise(**more)


# -- the record -------------------------------------------------------------------------------

ACTORS = ("agent-1", "agent-2", "teller-9")
BODIES = st.one_of(
    st.fixed_dictionaries(
        {
            "do": st.just("hear"),
            "answer": st.sampled_from([f"a-{place}" for place in range(6)]),
            "nps": st.integers(0, 10),
        },
        optional={
            "rated": st.sampled_from(ACTORS),
            "solved": st.booleans(),
            "text": st.sampled_from(["诈骗", "fine"]),
            "may_contact": st.sampled_from([True, True, False]),
            "ago": st.integers(0, 40),
        },
    ),
    st.fixed_dictionaries({"do": st.just("assign"), "owner": st.sampled_from(ACTORS)}),
    st.fixed_dictionaries({"do": st.just("attempt"), "channel": st.just("phone")}),
    st.fixed_dictionaries(
        {"do": st.just("contact"), "channel": st.just("phone")}, optional={"ago": st.integers(0, 2)}
    ),
    st.fixed_dictionaries({"do": st.just("confirm"), "resolved": st.booleans()}),
    st.fixed_dictionaries({"do": st.just("convert"), "into": st.just("case-1")}),
    st.fixed_dictionaries({"do": st.just("duplicate"), "of": st.just("case-1")}),
    st.fixed_dictionaries({"do": st.just("theme"), "themes": st.just(["process"])}),
    st.fixed_dictionaries({"do": st.just("follow_up_score"), "nps": st.integers(0, 10)}),
    st.sampled_from(
        [
            {"do": act}
            for act in ("acknowledge", "agree", "resolve", "close", "unreachable", "decline")
        ]
    ),
    st.sampled_from([{"do": "sweep"}, {"do": "wait"}]),
)
PATH: tuple[tuple[Mapping[str, Any], int], ...] = (
    ({"do": "hear", "answer": "a-0", "nps": 2}, 0),
    ({"do": "assign", "owner": "agent-1"}, 1),
    ({"do": "attempt", "channel": "phone"}, 5),
    ({"do": "contact", "channel": "phone"}, 20),
    ({"do": "agree"}, 1),
    ({"do": "resolve"}, 30),
    ({"do": "confirm", "resolved": False}, 30),
    ({"do": "agree"}, 1),
    ({"do": "resolve"}, 90),
    ({"do": "confirm"}, 1),
    ({"do": "close"}, 1),
)
STORIES = st.tuples(
    st.integers(0, len(PATH)),
    st.lists(st.tuples(BODIES, st.integers(0, 90)), min_size=2, max_size=16),
).map(lambda pair: [*PATH[: pair[0]], *pair[1]])
"""Some way along the path, then whatever comes."""


def told(story: Sequence[tuple[Mapping[str, Any], int]]) -> tuple[FollowUps, datetime]:
    """Return the follow-ups of a customer with whom this was done, so many hours apart."""
    service, clock = followed()
    for place, (body, hours) in enumerate(story):
        now = clock.turn(hours=hours)
        more = {name: value for name, value in body.items() if name not in ("do", "ago")}
        if body["do"] == "sweep":
            service.sweep()
        elif body["do"] != "wait":
            at = now - timedelta(days=body.get("ago", 0))
            service.do(f"c-{place}", "chen", body["do"], at=at, **more)
    return service, clock.now


@given(STORIES)
@settings(max_examples=some(30), deadline=None)
def test_only_listed_moves_and_never_the_rated(
    story: Sequence[tuple[Mapping[str, Any], int]],
) -> None:
    """
    Whatever is done: states move as listed, an end is for good, the owner is nobody an answer is
    about, an answer is heard once; the entries replayed, and the state frozen, give the same state.
    """
    service, _ = told(story)
    entries = service.office.journal.read(service.desk.stream("chen"))
    events = [FOLLOW_UPS.events.decode(entry) for entry in entries]
    states = [FOLLOW_UPS.initial]
    for event in events:
        states.append(FOLLOW_UPS.evolve(states[-1], event))
    state = service.office.load("chen").state
    heard = [held.answer for case in state.cases.values() for held in case.triggers]
    assert FOLLOW_UPS.freeze is not None
    freeze, thaw = FOLLOW_UPS.freeze

    assert state == states[-1] == thaw(freeze(state))
    assert len(heard) == len(set(heard))
    for before, after in pairwise(states):
        for key, case in after.cases.items():
            was = before.cases.get(key)
            assert case.owner not in case.rated
            if was is not None and was.state is not case.state:
                assert case.state in MOVES[was.state]
            if was is not None and was.state in ENDED:
                assert (was.ended_at, was.clocks) == (case.ended_at, case.clocks)
    for case in state.cases.values():
        assert case.opened_at == min(held.at for held in case.triggers)
        assert (case.state in ENDED) == (case.ended_at is not None)
        assert not any(clock.open for clock in case.clocks) or case.state not in ENDED
    counted(office_of(FOLLOW_UPS, [PROMISE], service.office.journal))
    for locale in ("zh_CN", "en") if entries else ():
        assert "{" not in service.explain("chen", len(entries)).text(locale)


@given(STORIES)
@settings(max_examples=some(30), deadline=None)
def test_sweeps_change_no_verdict(story: Sequence[tuple[Mapping[str, Any], int]]) -> None:
    """Swept often, late or never: every clock stands the same; each step is noticed once."""
    swept, now = told([part for step in story for part in (step, ({"do": "sweep"}, 0))])
    plain, _ = told(
        [
            ({"do": "wait"}, hours) if body["do"] == "sweep" else (body, hours)
            for body, hours in story
        ]
    )
    swept.sweep(limit=500)
    kinds = [kind for _, _, kind in swept.history("chen")]
    state = swept.office.load("chen").state
    noticed = sum(len(set(case.noticed)) for case in state.cases.values())
    later = now + timedelta(days=90)

    assert plain.view("chen", now) == swept.view("chen", now)
    assert plain.view("chen", later) == swept.view("chen", later)
    assert kinds.count("noticed") == noticed


def test_the_order_of_hearing_never_matters() -> None:
    """Answers of one window, heard in any order, make one case that began with the first of them."""
    answers: list[tuple[str, int, dict[str, Any]]] = [
        ("a-1", 0, {"nps": 3}),
        ("a-2", 5, {"solved": False}),
        ("a-3", 11, {"nps": 8, "contact_requested": True}),
    ]
    seen = set()
    for order in permutations(answers):
        service, clock = followed()
        clock.turn(days=12)
        for place, (answer, days, facts) in enumerate(order):
            at = START + timedelta(days=days)
            service.hear(f"c-{place}", "chen", answer=answer, at=at, **facts)
        (case,) = service.view("chen").cases.values()
        clocks = {name: (held.due_at, held.verdict) for name, held in case.clocks.items()}
        names = tuple(sorted(held.answer for held in case.triggers))
        seen.add((case.opened_at, case.until, case.priority, tuple(clocks.items()), names))

    assert 1 == len(seen)


@pytest.mark.parametrize(
    ("path", "hours", "state", "ended"),
    [
        (("assign",), 2, "no-consent", 3),
        (("assign", "contact", "agree", "resolve"), 2, "no-consent", 6),
        (("assign", "contact", "agree", "resolve", "confirm"), 2, "confirmed", None),
        (("assign",), -1, "assigned", None),
    ],
)
def test_a_last_word_against_contact_counts(
    path: Sequence[str], hours: int, state: str, ended: int | None
) -> None:
    """
    Who wants no contact is not contacted, also where that is heard after the case moved on; what
    was said before a later answer takes nothing back, and what is confirmed stays so.
    """
    service, clock = followed()
    clock.turn(hours=1)
    service.hear("c-1", "chen", answer="a-1", nps=3, at=START)
    needs: dict[str, dict[str, Any]] = {
        "assign": {"owner": "agent-1"},
        "contact": {"channel": "phone"},
    }
    clock.turn(hours=2)
    for place, act in enumerate(path):
        done = service.do(f"d-{place}", "chen", act, **needs.get(act, {}))
        assert done.accepted
        clock.turn(hours=1)
    at = START + timedelta(hours=hours)
    heard = service.hear("c-2", "chen", answer="a-2", nps=1, may_contact=False, at=at)
    case = service.view("chen").cases["follow-up-1"]

    assert heard.accepted
    assert state == case.state.value
    assert (None if ended is None else START + timedelta(hours=ended)) == case.ended_at


def test_a_commands_repeat_and_an_answers_repeat_change_nothing() -> None:
    """The same command again is a replay; the same answer under another command writes nothing."""
    service, _ = followed()
    first = service.hear("c-1", "chen", answer="a-1", nps=3)
    again = service.hear("c-1", "chen", answer="a-1", nps=3)
    other = service.hear("c-2", "chen", answer="a-1", nps=3)

    assert (True, False) == (first.accepted, first.replayed)
    assert again.replayed
    assert other.accepted
    assert 1 == len(list(service.history("chen")))


def test_notices_come_once_and_say_whom_to_tell() -> None:
    """80 % and the deadline of each clock are told once, dated when they came true."""
    service, clock = followed()
    service.hear("c-1", "chen", answer="a-1", nps=3)
    clock.turn(days=30)
    service.sweep()
    service.sweep()
    entries = service.office.journal.read(service.desk.stream("chen"))
    found = [
        (e.data["clock"], e.data["step"], e.data["true_at"], e.data["to"]) for e in entries[1:]
    ]

    assert [
        ("acknowledge", "80%", "2026-03-02T20:12:00+00:00", ["management"]),
        ("acknowledge", "due", "2026-03-03T01:00:00+00:00", ["management"]),
        ("contact", "80%", "2026-03-03T15:24:00+00:00", ["management"]),
        ("contact", "due", "2026-03-04T01:00:00+00:00", ["management"]),
        ("resolve", "80%", "2026-03-08T03:24:00+00:00", ["management"]),
        ("resolve", "due", "2026-03-09T16:00:00+00:00", ["management"]),
    ] == sorted(
        (
            (clock, step, datetime.fromisoformat(str(at)).astimezone(UTC).isoformat(), to)
            for clock, step, at, to in found
        ),
        key=lambda row: row[2],
    )


def test_what_was_done_in_time_is_not_told_as_late() -> None:
    """A clock that was met, or dropped, in time has no crossed deadline to tell, however late."""
    service, clock = followed()
    service.hear("c-1", "chen", answer="a-1", nps=3)
    service.do("c-2", "chen", "assign", owner="agent-1")
    service.do("c-3", "chen", "contact", channel="phone")
    service.hear("c-4", "lin", answer="a-1", nps=3)
    service.do("c-5", "lin", "decline")
    clock.turn(days=30)
    service.sweep()
    entries = [
        entry.data
        for customer in ("chen", "lin")
        for entry in service.office.journal.read(service.desk.stream(customer))
        if entry.kind == "noticed"
    ]

    assert [("resolve", "80%"), ("resolve", "due")] == [
        (held["clock"], held["step"]) for held in entries
    ]


def test_a_complaint_counts_from_the_first_instant() -> None:
    """Converted, the complaint's clocks count from the first answer, not from the conversion."""
    journal = MemoryJournal()
    service, clock = followed(journal=journal)
    service.hear("c-1", "chen", answer="a-1", nps=3)
    clock.turn(hours=20)
    service.hear("c-2", "chen", answer="a-2", solved=False)
    clock.turn(hours=10)
    service.convert("c-3", "chen", into="case-7", case="follow-up-1")
    over = service.handed_over("chen", "case-7")
    complaints = Cases(journal, [load("complaints/24-hour-promise")], now=clock)
    complaints.receive(
        "c-4", over.into, customer=over.customer, channel="phone", received_at=over.received_at
    )
    view = service.view("chen").cases["follow-up-1"]

    ended = journal.read(service.desk.stream("chen"))[-1]

    assert "2026-03-02T01:00:00+00:00" == str(ended.data["received_at"])
    assert START == over.received_at
    assert ("a-1", "a-2") == over.answers
    assert START + timedelta(hours=24) == complaints.view("case-7").clocks["solution"].due_at
    assert Verdict.LATE is view.clocks["acknowledge"].verdict
    assert (
        Verdict.PENDING
        is service.view("chen", clock.turn(days=9)).cases["follow-up-1"].clocks["contact"].verdict
    )
    with pytest.raises(UnknownNameError, match="case-7"):
        service.handed_over("chen", "case-8")


def test_the_rated_see_the_theme_and_no_name() -> None:
    """The person an answer is about sees its theme; the name only where the customer agreed."""
    service, _ = followed()
    service.hear("c-1", "chen", answer="a-1", nps=3, rated="teller-9")
    service.do("c-2", "chen", "theme", themes=["attitude"])
    service.hear("c-3", "lin", answer="a-2", nps=3, rated="teller-9", may_name=True)
    service.hear("c-4", "wu", answer="a-3", nps=3, rated="teller-9", may_name=True)
    service.hear("c-5", "wu", answer="a-4", nps=3, rated="teller-9")
    closed, _ = followed(promise(rated_sees="nothing"))
    closed.hear("c-1", "chen", answer="a-1", nps=3, rated="teller-9")
    (shown,) = service.view_of_rated("chen", "teller-9")
    (named,) = service.view_of_rated("lin", "teller-9")

    assert (("attitude",), "") == (shown.themes, shown.customer)
    assert "lin" == named.customer
    assert [""] == [held.customer for held in service.view_of_rated("wu", "teller-9")]
    assert () == service.view_of_rated("chen", "teller-8")
    assert () == closed.view_of_rated("chen", "teller-9")


def test_what_the_customer_said_can_be_erased() -> None:
    """Erased, answers and words are gone; cases, clocks and states stand; nothing lies open."""
    keys = MemoryKeys()
    journal = SealedJournal(MemoryJournal(), keys)
    service, clock = followed(journal=journal)
    service.hear("c-1", "chen", answer="a-1", nps=3, text="spoke of his illness")
    service.do("c-2", "chen", "assign", owner="agent-1")
    service.do("c-3", "chen", "contact", channel="phone", note="illness again")
    before = service.view("chen")
    open_ = canonical([to_json(dict(e.data)) for e in journal.read(service.desk.stream("chen"))])
    assert keys.destroy("default", "chen")
    clock.turn(days=1)

    assert "illness" not in open_
    assert '"nps":3' not in open_
    assert before.cases == service.view("chen", START).cases
    assert "erased" in service.explain("chen", 1).text()


def test_a_version_that_is_gone_is_named() -> None:
    """Under a policy file without the version of a case, nothing more is done in it."""
    journal = MemoryJournal()
    service, _ = followed(journal=journal)
    service.hear("c-1", "chen", answer="a-1", nps=3)
    other, _ = followed(promise(), journal=journal)
    answers = [
        other.do("c-2", "chen", "acknowledge"),
        other.hear("c-3", "chen", answer="a-2", nps=3),
    ]

    assert ["version-not-held"] * 2 == [answer.refused for answer in answers]
    assert other.view("chen").open


def test_every_entry_is_decided_again_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each entry of the case tables, asked again of the kept versions, comes out as written."""
    found = of_tables(TABLES, FOLLOW_UPS, monkeypatch)
    kinds = {kind for kind, _ in found}

    assert {"opened", "attached", "contacted", "resolved", "confirmed", "ended", "scored"} <= kinds


def test_an_entry_that_lies_is_found() -> None:
    """A case opened by other triggers than its facts give is told when it is asked again."""
    journal = MemoryJournal()
    service, _ = followed(journal=journal)
    service.hear("c-1", "chen", answer="a-1", nps=3)
    trigger = dict(journal.read(service.desk.stream("chen"))[0].data["trigger"])  # type: ignore[arg-type]
    lie = lying(1, trigger={**trigger, "priority": 1})
    found = office_of(FOLLOW_UPS, [PROMISE], Altered(journal, lie)).repeat("chen", 1)

    assert Repetition.DIFFERENT is found.outcome


# -- the graph of states ----------------------------------------------------------------------


def test_the_states_are_those_of_the_specification() -> None:
    """Every state but the first is reached by a move, every end has none, and all can end."""
    reached = {state for moves in MOVES.values() for state in moves}
    below = {FollowUpState.OPENED}
    below = reduce(lambda held, _: held.union(*(MOVES[state] for state in held)), range(13), below)

    assert set(FollowUpState) - {FollowUpState.OPENED} == reached
    assert set(FollowUpState) == below
    assert {
        FollowUpState.CLOSED,
        FollowUpState.UNREACHABLE,
        FollowUpState.DECLINED,
        FollowUpState.CONVERTED,
        FollowUpState.DUPLICATE,
        FollowUpState.NO_CONSENT,
    } == ENDED
    assert {"nps", "csat", "ces"} == set(QUESTIONS)
    assert date(2026, 3, 2) == START.date()
