"""Campaigns: whom a sample draws, from when somebody may be asked, and what came of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pytest
from effort import some
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bankservice.core.errors import (
    CommandConflictError,
    FaultsError,
    PolicyError,
    UnknownNameError,
)
from bankservice.core.policy import Policy
from bankservice.core.repetition import Repetition
from bankservice.core.unknown import UNKNOWN
from bankservice.journals.memory import MemoryJournal
from bankservice.satisfaction import (
    SHELF,
    TRIALS,
    Campaigns,
    InvitationOutcome,
    Sampled,
    SamplingPlan,
    Surveys,
    may_ask,
    response_rates,
    sample,
)
from bankservice.satisfaction.campaigns.table import QuietHours
from bankservice.satisfaction.campaigns.waiting import is_quiet, quiet_until
from bankservice.testing.strategies import survey_frames

CASES: Final = Path(__file__).parents[1] / "cases" / "satisfaction"
WRITTEN: Final = (CASES / "survey-plan.policy.toml").read_text("utf-8")
PLAN: Final[Policy[SamplingPlan]] = SHELF.load(CASES / "survey-plan.policy.toml")
NOW: Final = datetime(2026, 6, 1, 10, tzinfo=UTC)
ON: Final = date(2026, 6, 1)
ONE: Final = {"campaign": "w1", "channel": "email"}
NEXT: Final = (
    WRITTEN[WRITTEN.index("[[version]]") - 1 :]
    .replace('cool_down = "P30D"', 'cool_down = "P60D"')
    .replace(', work = ["working"]', "")
    .replace(
        WRITTEN[
            WRITTEN.index('[[version.dimension]]\ncode = "work"') : WRITTEN.index(
                "[[version.stratum]]"
            )
        ],
        "",
    )
)
"""A later version of the plan: another stratum, and longer to wait."""

FRAMES: Final = survey_frames(PLAN.versions[-1].parameters, on=ON)


def drawn(frame: Sequence[Any], **more: Any) -> Sampled:
    """Return the sample of a frame."""
    return sample(PLAN, **{"frame": frame, "seed": "s", "on": ON, "n": 9, **more}).outcome


def may_be_asked(row: Any) -> bool:
    """Tell by the words of the plan whether a customer may be drawn."""
    last = row.get("last_invited_on")
    return (
        not row.get("excluded_for")
        and row.get("opted_out", False) is False
        and last is not UNKNOWN
        and (last is None or abs((ON - last).days) >= 30)
    )


class TestSample:
    """Who is drawn."""

    @settings(max_examples=some(60), deadline=None)
    @given(FRAMES, st.randoms(use_true_random=False))
    def test_laws(self, frame: list[Any], chance: Any) -> None:
        """
        The order of the frame never matters; everybody is in one place; nobody is drawn who may
        not be asked; counts, batches and weights agree.
        """
        try:
            found = drawn(frame)
        except FaultsError:
            # The minimum of every stratum is more than the nine that are wanted.
            assume(False)
        shuffled = list(frame)
        chance.shuffle(shuffled)
        everybody = [who for batch in found.batches for ids in batch.values() for who in ids]
        eligible = {row["customer"] for row in frame if may_be_asked(row)}

        assert found == drawn(shuffled)
        assert len(frame) == found.frame == found.eligible + sum(found.excluded.values())
        assert len(eligible) == found.eligible == sum(held.size for held in found.strata)
        assert len(everybody) == len(set(everybody))
        assert set(everybody) <= eligible
        assert found.n == sum(held.answers for held in found.strata) == min(9, found.eligible)
        for held in found.strata:
            counts = [len(batch.get(held.stratum, ())) for batch in found.batches]
            assert (held.drawn, *held.reserve) == tuple(counts)
            assert held.answers <= held.drawn <= held.size >= sum(counts)
            assert held.weight is not None
            assert abs(held.weight * held.drawn - held.size) < Decimal("1e-9")

    @given(FRAMES.filter(bool))
    @settings(max_examples=some(20), deadline=None)
    def test_who_leaves_the_frame_moves_nobody(self, frame: list[Any]) -> None:
        """Everybody drawn stays drawn when one leaves whom nobody drew and the counts stand."""
        try:
            whole = drawn(frame, n=9)
            left_out = [row for row in frame if not may_be_asked(row)]
            fewer = drawn([row for row in frame if row not in left_out[:1]], n=9)
        except FaultsError:
            assume(False)

        assert whole.batches == fewer.batches

    def test_another_seed_draws_others(self) -> None:
        """The seed decides who is drawn, and nothing else does."""
        frame = [{"customer": f"c{place}", "facts": {"age": 20}} for place in range(200)]
        first, second = drawn(frame), drawn(frame, seed="t")

        assert first.strata == second.strata
        assert first.batches != second.batches

    def test_bad_frames(self) -> None:
        """Every fault of a frame is told with its row, and no fact is repeated."""
        rows = [
            {"customer": "a", "facts": {"age": "thirty"}},
            {"customer": "b", "excluded_for": "stuff"},
            {"customer": "c", "facts": {"age": 30, "occupation": 7}},
        ]
        with pytest.raises(FaultsError) as faults:
            drawn(rows)
        with pytest.raises(FaultsError, match="each customer once"):
            drawn([{"customer": "a"}, {"customer": "b"}, {"customer": "a"}])
        with pytest.raises(FaultsError, match="float"):
            drawn([{"customer": "a", "facts": {"age": 30.5}}])
        with pytest.raises(FaultsError, match="what may be no id"):
            drawn([{"customer": "4111111111111111"}])
        ages = (10, 20, 50)
        with pytest.raises(FaultsError, match="minimum"):
            drawn([{"customer": f"c{age}", "facts": {"age": age}} for age in ages], n=2)
        with pytest.raises(UnknownNameError, match="pulse"):
            drawn([], programme="puls")

        told = str(faults.value)
        paths = ["frame[0].facts.age", "frame[1].excluded_for", "frame[2].facts.occupation"]
        assert paths == [fault.path for fault in faults.value.faults]
        assert ("staff",) == faults.value.faults[1].near
        assert "thirty" not in told

    def test_shipped_plan(self) -> None:
        """The shipped plan asks for as many as its margin of three points does, of many people."""
        frame = [
            {"customer": f"c{place}", "facts": {"age": 18 + place % 60, "income_minor": 9_000_000}}
            for place in range(20_000)
        ]
        found = sample("retail-sampling-shape", frame=frame, seed="s", on=ON).outcome

        assert 1014 == found.wanted == found.n
        assert found.invited > 2 * found.n
        assert all(held.bands["occupation"] == "unknown" for held in found.strata)


def changed(old: str, new: str) -> str:
    """Return what is said of the plan with one part of it changed."""
    assert old in WRITTEN
    with pytest.raises(PolicyError) as faults:
        SHELF.read(WRITTEN.replace(old, new), "plan")
    return str(faults.value)


class TestPlan:
    """What is refused when a plan is loaded."""

    @pytest.mark.parametrize(
        ("old", "new", "told"),
        [
            ("at_least = 40 }", "at_least = 41 }", "where the band before ends"),
            ("at_least = 18, less_than = 40", "at_least = 18, less_than = 10", "numbers in it"),
            ('code = "young"', 'code = "unknown"', "a code other than unknown"),
            ('code = "old",', 'code = "young",', "a code that is not taken"),
            ('values = ["employed", "own-business"]', 'values = ["a", "a"]', "in no other band"),
            ("n = 6", "n = 6\nmargin = 0.1", "one of them"),
            ("n = 6", "n = 0", "1 or more"),
            ('response = "0.5"', 'response = "0"', "above 0 and up to 1"),
            ('share = "0.5"', "number = 0", "1 or more"),
            ('age = ["old"], work', 'agee = ["old"], work', "did you mean age"),
            ('age = ["old"], work', 'age = ["odl"], work', "did you mean old"),
            ("most = 1\nhard", "most = 0\nhard", "1 or more"),
            ('cool_down = "P30D"', 'cool_down = "P0D"', "a day or more"),
            ('"agent_call", "sms"]', '"agent_cal", "sms"]', "did you mean agent_call"),
            ('until = "09:00"', 'until = "20:00"', "another time than the start"),
            ("Europe/London", "Europe/Londno", "did you mean Europe/London"),
            ("most = 1, after", "most = 0, after", "1 or more"),
        ],
    )
    def test_faults(self, old: str, new: str, told: str) -> None:
        """Each contradiction is told when the plan is loaded, with what was wanted."""
        assert told in changed(old, new)

    def test_quiet_all_day(self) -> None:
        """Hours that leave no time of the day to ask are a fault of the plan."""
        row = '[[version.contact.quiet]]\nstart = "09:00"\nuntil = "20:00"\n'
        with pytest.raises(PolicyError, match="no hour left for sms"):
            SHELF.read(WRITTEN + row, "plan")


class TestMayAsk:
    """From when somebody may be asked."""

    @settings(max_examples=some(60), deadline=None)
    @given(
        st.integers(0, 700 * 24 * 60).map(lambda minutes: NOW + timedelta(minutes=minutes)),
        st.lists(st.dates(date(2025, 6, 1), date(2028, 6, 1)), max_size=5),
        st.sampled_from(("email", "sms", "agent_call")),
        st.sampled_from(("", "Asia/Kathmandu", "America/St_Johns")),
        st.sampled_from(("", "pulse")),
    )
    def test_from_at_is_the_first_instant(
        self, at: datetime, days: list[date], channel: str, zone: str, programme: str
    ) -> None:
        """At the instant told it is allowed, and a moment before it was not."""
        past = [{"on": day, "channel": channel, "programme": programme} for day in days]
        facts: dict[str, Any] = {"channel": channel, "programme": programme, "past": past}
        found = may_ask(PLAN, at=at, zone=zone, **facts).outcome
        assert found.from_at is not None
        then = may_ask(PLAN, at=found.from_at, zone=zone, **facts).outcome
        moment = found.from_at - timedelta(microseconds=1)

        assert found.allowed is (found.why == ()) is (found.from_at == at)
        assert then.allowed
        assert found.from_at == then.from_at
        if not found.allowed:
            assert moment >= at
            assert not may_ask(PLAN, at=moment, zone=zone, **facts).outcome.allowed


@pytest.mark.parametrize(
    ("zone", "evening"),
    [
        ("Europe/London", datetime(2026, 3, 28, 21, tzinfo=UTC)),
        ("Europe/London", datetime(2026, 10, 24, 21, tzinfo=UTC)),
        ("Australia/Lord_Howe", datetime(2026, 10, 3, 11, tzinfo=UTC)),
        ("Africa/Cairo", datetime(2026, 4, 23, 20, tzinfo=UTC)),
    ],
)
@pytest.mark.parametrize("until", ["00:30", "01:30", "02:15"])
def test_quiet_hours_end_as_the_clock_is_put_forward_or_back(
    zone: str, evening: datetime, until: str
) -> None:
    """They end at the first instant at which the clock on the wall is past them, and not before."""
    rows = (QuietHours(start=time(22), until=time.fromisoformat(until)),)
    for hours in range(4):
        start = evening + timedelta(hours=hours)
        minutes = (start + timedelta(minutes=count) for count in range(24 * 60))
        first = next(moment for moment in minutes if not is_quiet(rows, moment, zone))

        assert first == quiet_until(rows, start, zone)


class Bank:
    """Campaigns and surveys over one journal, whose clock is moved by hand."""

    def __init__(self, plan: Policy[SamplingPlan] = PLAN) -> None:
        self.now = NOW
        self.journal = MemoryJournal()
        self.campaigns = Campaigns(self.journal, plan, now=self.present)
        self.surveys = Surveys(self.journal, plan, now=self.present, campaigns=self.campaigns)

    def present(self) -> datetime:
        """Return the present instant."""
        return self.now

    def open(self, campaign: str = "w1", count: int = 12, n: int = 4) -> list[Any]:
        """Open a campaign over customers half young, half older; return its frame."""
        frame = [
            {
                "customer": f"c{place}",
                "facts": {"age": 20 + 30 * (place % 2), "occupation": "employed"},
            }
            for place in range(count)
        ]
        body: dict[str, Any] = {"questionnaire": "transactional", "seed": "s", "on": ON, "n": n}
        assert self.campaigns.open(f"o-{campaign}", campaign, frame=frame, **body).accepted
        return frame

    def filled(self) -> tuple[list[str], list[str]]:
        """Have one of the older invited and answer, which fills the quota; return young and old."""
        drawn = {w: h for w, h in self.campaigns.drawn("w1").items() if not h.batch}
        old = [who for who, held in drawn.items() if held.stratum == "old/working"]
        self.first = old[0]
        self.surveys.invite("f-1", self.first, **ONE)
        self.now += timedelta(minutes=3)
        answers = {"contact-satisfaction": 4, "contact-solved": True}
        self.surveys.answer("f-2", self.first, campaign="w1", answers=answers)
        return [who for who in drawn if who not in old], old


class TestCampaigns:
    """A campaign from its draw to its answers."""

    def test_draw_is_repeated_by_who_has_the_frame(self) -> None:
        """An auditor draws the same again, and is told which parts another frame changes."""
        bank = Bank()
        frame = bank.open()
        found = bank.campaigns.office.repeat("w1", 1)

        assert () == bank.campaigns.redrawn("w1", frame[::-1])
        assert {"frame", "digest", "strata", "batches"} == set(
            bank.campaigns.redrawn("w1", frame[1:])
        )
        assert Repetition.EQUAL is found.outcome
        with pytest.raises(UnknownNameError):
            bank.campaigns.redrawn("w2", frame)

    def test_draw_is_repeated_under_the_plan_as_it_was(self) -> None:
        """A plan that was edited since changes no past draw: the version kept then is taken."""
        bank = Bank()
        frame = bank.open()
        edited = SHELF.read(WRITTEN.replace('response = "0.5"', 'response = "0.9"'), "plan")
        later = Campaigns(bank.journal, edited, now=bank.present)

        assert () == later.redrawn("w1", frame)
        assert later.draw(frame, seed="s", on=ON, n=4).outcome.strata != (
            bank.campaigns.view("w1").strata
        )

    def test_every_invited_person_ends_in_one_bucket(self) -> None:
        """
        Outcomes and those open add up to the invitations, overall and in each stratum, and make
        the facts of response rates.
        """
        bank = Bank()
        bank.open()
        invited = bank.surveys.invite_many("b-1", "w1", channel="email")
        again = bank.surveys.invite_many("b-2", "w1", channel="email")
        people = list(bank.campaigns.drawn("w1"))
        good = {"contact-satisfaction": 5, "contact-solved": True, "comment": "Quick and kind."}
        bank.now += timedelta(hours=1)
        for who in people[:2]:
            bank.surveys.answer(f"a-{who}", who, campaign="w1", answers=good, language="en")
        bank.surveys.answer("e-1", people[2], campaign="w1", answers={})
        bank.surveys.do("r-1", people[3], "end", campaign="w1", outcome="refused")
        bank.surveys.opt_out("r-2", people[4], all=True, campaign="w1")
        bank.surveys.volunteer(
            "v-1", "stranger", campaign="w1", questionnaire="transactional", answers=good
        )
        early = bank.surveys.response("w1")
        bank.now += timedelta(days=20)
        late = bank.surveys.response("w1")
        rates = response_rates(
            **{
                name: getattr(late.facts, name)
                for name in ("completes", "refusals", "non_contacts")
            }
        ).outcome

        assert (6, 0, {}) == (invited.batch.changed, again.batch.changed, dict(invited.refused))
        assert set(people) == set(again.refused)
        assert {"already-invited"} == set(again.refused.values())
        for found, still in ((early, 2), (late, 0)):
            assert found.invited == found.open + sum(found.outcomes.values()) == found.drawn
            assert still == found.open
            assert 1 == found.volunteered
            for part in found.strata:
                assert part.invited == part.open + sum(part.outcomes.values())
            assert found.invited == sum(part.invited for part in found.strata)
        counts = {"complete": 2, "refused": 1, "opted-out": 1, "expired": 2}
        assert counts == {name: count for name, count in late.outcomes.items() if count}
        assert (2, 2, 2) == (
            late.facts.completes,
            late.facts.refusals,
            late.facts.non_contacts,
        )
        assert 6 == rates.invited

    def test_answers_carry_weight_and_volunteers_none(self) -> None:
        """Rows to be scored have the base weight of their stratum; self-selected ones say so."""
        bank = Bank()
        bank.open()
        who = next(iter(bank.campaigns.drawn("w1")))
        about = {who: {"branch": "b1", "product_kind": "loan"}}
        bank.surveys.invite_many("b-1", "w1", channel="email", customers=[who], about=about)
        bank.now += timedelta(minutes=3)
        answers = {"contact-satisfaction": 2, "contact-solved": False, "comment": "The wait."}
        bank.surveys.answer("a-1", who, campaign="w1", answers=answers, language="en")
        bank.surveys.volunteer(
            "v-1", "stranger", campaign="w1", questionnaire="transactional", answers=answers
        )
        asked, chosen = bank.surveys.answers("w1")
        weights = {held.stratum: held.weight for held in bank.campaigns.view("w1").strata}
        bank.campaigns.release("r-1", "w1")
        lighter = bank.surveys.answers("w1")[0]

        assert (who, False, about[who]) == (asked.customer, asked.self_selected, dict(asked.about))
        assert weights[asked.stratum] == asked.weight
        assert {"csat": 2, "solved": 0} == asked.metrics
        assert {"contact-satisfaction": 2, "contact-solved": 0} == asked.readings
        assert ("stranger", True, None) == (chosen.customer, chosen.self_selected, chosen.weight)
        assert lighter.weight is not None
        assert asked.weight is not None
        assert lighter.weight < asked.weight
        assert "The wait." not in str(bank.journal.read(bank.surveys.desk.stream(who))[-1].data)

    def test_hard_quota(self) -> None:
        """Once a hard quota is full nobody of its strata is invited any more, and that is told."""
        bank = Bank()
        bank.open()
        drawn = bank.campaigns.drawn("w1")
        old = [who for who, held in drawn.items() if held.stratum == "old/working"]
        bank.surveys.invite("i-1", old[0], campaign="w1", channel="email")
        bank.now += timedelta(minutes=3)
        answers = {"contact-satisfaction": 4, "contact-solved": True}
        bank.surveys.answer("a-1", old[0], campaign="w1", answers=answers)
        found = bank.surveys.invite_many("b-1", "w1", channel="email")

        assert [("old-enough", 1, True)] == [
            (held.quota, held.complete, held.full) for held in bank.surveys.quotas("w1")
        ]
        assert set(old) == set(found.quota_full)
        assert len(drawn) - len(old) == found.batch.changed
        # Who was invited before answers in vain: told as what it is, and counted.
        bank.surveys.do("q-1", old[0], "end", campaign="w1", outcome="invalid")
        assert [False] == [held.full for held in bank.surveys.quotas("w1")]

    def test_hard_quota_holds_for_one(self) -> None:
        """Who is invited alone is refused as well, and the first answer is given again for good."""
        bank = Bank()
        bank.open()
        young, _ = bank.filled()
        bank.campaigns.release("r-1", "w1")
        reserve = [who for who, held in bank.campaigns.drawn("w1").items() if held.batch]
        old = next(who for who in reserve if who not in young)
        refused = bank.surveys.invite("i-2", old, **ONE)
        bank.surveys.do("q-1", bank.first, "end", campaign="w1", outcome="invalid")

        assert "quota-full" == refused.refused
        assert [False] == [held.full for held in bank.surveys.quotas("w1")]
        assert ("quota-full", True) == (
            bank.surveys.invite("i-2", old, **ONE).refused,
            bank.surveys.invite("i-2", old, **ONE).replayed,
        )
        assert bank.surveys.invite("i-3", old, **ONE).accepted

    def test_invited_again_after_a_crash(self) -> None:
        """
        The same batch again gives what came of it, though a quota filled, a reserve was released
        and the campaign was closed since; another under its id is refused.
        """
        bank = Bank()
        bank.open()
        first = bank.surveys.invite_many("b-1", "w1", channel="email")
        one = bank.surveys.invite("i-1", next(iter(bank.campaigns.drawn("w1"))), **ONE)
        bank.filled()
        bank.campaigns.release("r-1", "w1")
        bank.campaigns.close("c-1", "w1")
        again = bank.surveys.invite_many("b-1", "w1", channel="email")
        single = bank.surveys.invite("i-1", next(iter(bank.campaigns.drawn("w1"))), **ONE)

        assert again.batch.replayed
        assert (first.refused, first.quota_full) == (again.refused, again.quota_full)
        assert (one.refused, True) == (single.refused, single.replayed)
        with pytest.raises(CommandConflictError):
            bank.surveys.invite_many("b-1", "w1", channel="sms")
        with pytest.raises(UnknownNameError, match="open campaign"):
            bank.surveys.invite_many("b-2", "w1", channel="email")

    def test_a_plan_that_changes_under_way(self) -> None:
        """
        A campaign keeps the strata and quotas it was drawn under; whether somebody may be asked
        follows the version in force on the day, and not one that is to come.
        """
        later = "since = 2026-07-01\nknown_on = 2026-05-01"
        bank = Bank(SHELF.read(WRITTEN + NEXT.replace("since = 2026-01-01", later), "plan"))
        bank.open()
        young, old = bank.filled()
        found = bank.surveys.invite_many("b-1", "w1", channel="email")

        def free(day: datetime) -> str:
            """Return from which day on one of the young may be asked again, as seen at a day."""
            asked = bank.surveys.may_ask(young[0], channel="email", at=day)
            return str(asked.from_at)[:10]

        assert [("old-enough", 1)] == [(q.quota, q.complete) for q in bank.surveys.quotas("w1")]
        assert set(old) == set(found.quota_full)
        assert "2026-07-01" == free(datetime(2026, 6, 30, 20, tzinfo=UTC))
        assert "2026-07-31" == free(datetime(2026, 7, 1, 20, tzinfo=UTC))

    def test_only_those_drawn_are_invited(self) -> None:
        """Whom the plan did not draw, or holds in reserve, is not invited; nor after the close."""
        bank = Bank()
        bank.open()
        opened = bank.campaigns.state("w1").opened
        assert opened is not None
        reserve = min(who for ids in opened.batches[1].values() for who in ids)
        with pytest.raises(UnknownNameError, match="drawn by w1"):
            bank.surveys.invite("i-1", reserve, campaign="w1", channel="email")
        with pytest.raises(UnknownNameError, match="drawn by w1"):
            bank.surveys.invite_many("b-1", "w1", channel="email", customers=["nobody"])
        bank.campaigns.release("r-1", "w1")
        after = bank.surveys.invite("i-1", reserve, campaign="w1", channel="email")
        bank.campaigns.close("c-1", "w1")

        assert after.accepted
        assert 1 == bank.surveys.view(reserve).invitations["w1"].batch
        with pytest.raises(UnknownNameError, match="open campaign"):
            bank.surveys.invite_many("b-2", "w1", channel="email")

    def test_a_questionnaire_that_there_is(self) -> None:
        """A campaign asks by a questionnaire; another policy, or none, is told before the draw."""
        bank = Bank()
        body: dict[str, Any] = {"frame": [{"customer": "a"}], "seed": "s", "on": ON}
        with pytest.raises(UnknownNameError, match="transactional"):
            bank.campaigns.open("o-1", "w1", questionnaire="transactionel", **body)
        with pytest.raises(UnknownNameError, match="questionnaire"):
            bank.campaigns.open("o-2", "w1", questionnaire="item-bank", **body)
        bank.campaigns.open("o-3", "w1", questionnaire="transactional", **body)

        assert "satisfaction/transactional" == bank.campaigns.view("w1").questionnaire

    def test_samples_that_do_not_add_up(self) -> None:
        """A sample that was changed by hand is refused before it is kept."""
        bank = Bank()
        whole: dict[str, Any] = {
            "on": ON,
            "seed": "s",
            "wanted": 4,
            "n": 4,
            "invited": 4,
            "frame": 7,
            "eligible": 6,
            "strata": [{"stratum": "old/working", "size": 5, "answers": 4, "drawn": 4}],
            "batches": [{"old/working": ["a", "a"], "elsewhere": ["b"]}],
        }
        with pytest.raises(FaultsError) as faults:
            bank.campaigns.do("o-1", "w1", "open", questionnaire="transactional", sample=whole)

        told = str(faults.value)
        assert all(
            re.search(part, told)
            for part in ("frame: got int 7", "eligible: got int 6", "batches of old/working")
        )
        assert "'elsewhere'" in told
        assert "each customer once" in told

    def test_an_answer_nobody_asked_for(self) -> None:
        """An answer without an invitation is refused by the record, and an empty sheet is no voice."""
        bank = Bank()
        bank.open()
        refused = bank.surveys.answer("a-1", "c0", campaign="w1", answers={"nps": 9})

        assert "not-invited" == refused.refused
        with pytest.raises(ValueError, match="nothing stands"):
            bank.surveys.volunteer(
                "v-1", "c0", campaign="w1", questionnaire="transactional", answers={}
            )

    def test_a_sheet_that_comes_again(self) -> None:
        """What was too quick the first time is so when the same is sent again much later."""
        bank = Bank()
        bank.open()
        who = next(iter(bank.campaigns.drawn("w1")))
        bank.surveys.invite("i-1", who, **ONE)
        bank.now += timedelta(hours=1)
        sheet: dict[str, Any] = {
            "campaign": "w1",
            "answers": {"contact-satisfaction": 4, "contact-solved": True},
            "opened_at": bank.now - timedelta(seconds=1),
        }
        about = {"questionnaire": "transactional", **sheet}
        firsts = (
            bank.surveys.answer("a-1", who, **sheet),
            bank.surveys.volunteer("v-1", "guest", **about),
        )
        bank.now += timedelta(days=2)
        again = (
            bank.surveys.answer("a-1", who, **sheet),
            bank.surveys.volunteer("v-1", "guest", **about),
        )

        assert [(True, True)] * 2 == [(held.accepted, held.replayed) for held in again]
        assert [held.versions for held in firsts] == [held.versions for held in again]
        assert ("speeding",) == bank.surveys.view(who).invitations["w1"].flags

    def test_empty_sheet_reaches(self) -> None:
        """A sheet on which nothing stands says that somebody was reached, and nothing else."""
        bank = Bank()
        bank.open()
        who = next(iter(bank.campaigns.drawn("w1")))
        bank.surveys.invite("i-1", who, campaign="w1", channel="email")
        bank.surveys.answer("a-1", who, campaign="w1", answers={})
        held = bank.surveys.view(who).invitations["w1"]

        assert (True, True, None) == (held.reached, held.open, held.outcome)
        assert bank.surveys.may_ask(who, channel="sms").allowed is False
        assert InvitationOutcome.EXPIRED is (
            bank.surveys.view(who, NOW + timedelta(days=30)).invitations["w1"].outcome
        )


@pytest.mark.parametrize("rule", [sample, may_ask], ids=lambda rule: rule.id)
def test_trials_name_their_places(rule: Any) -> None:
    """Where a trial puts somebody, people have a name for it in both languages."""
    trial = next(held for held in TRIALS if held.rule is rule)
    plan = PLAN.versions[-1].parameters
    facts: dict[str, Any] = {"at": NOW, "channel": "email", "past": [{"on": ON}]}
    if rule is sample:
        facts = {"frame": [{"customer": "a"}], "seed": "s", "on": ON}
    decision = rule(PLAN, **facts)
    seen = trial.seen(decision.facts, plan, decision.outcome)

    assert trial.title(plan, seen.place) is not None
    assert set(seen.amounts) <= set(trial.amounts)
