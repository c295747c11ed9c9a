"""A customer's contacts with surveys: windows that always hold, and one outcome of each invitation."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import combinations
from pathlib import Path
from typing import Any, Final

import pytest
from effort import some
from hypothesis import given, settings
from hypothesis import strategies as st

from bankservice.core.calendar import add_months, in_utc, local_day
from bankservice.core.desk import Desk
from bankservice.core.driver import serve
from bankservice.core.errors import FaultsError, UnknownNameError
from bankservice.core.journal import Commit
from bankservice.core.plain import canonical, to_json
from bankservice.core.policy import Policy
from bankservice.core.record import Command
from bankservice.core.repetition import Repetition
from bankservice.core.structure import FACTS
from bankservice.core.trial import Question, Told, Unasked
from bankservice.journals.keys import MemoryKeys
from bankservice.journals.memory import MemoryJournal
from bankservice.journals.sealed import SealedJournal
from bankservice.satisfaction import (
    CONTACT,
    SHELF,
    TRIALS,
    Campaigns,
    InvitationOutcome,
    SamplingPlan,
    Surveys,
)
from bankservice.satisfaction.campaigns.entries import Contacts
from bankservice.satisfaction.campaigns.outcomes import AFTER, TITLES

START: Final = datetime(2026, 3, 1, 10, tzinfo=UTC)
CASES: Final = Path(__file__).parents[1] / "cases" / "satisfaction"
PLAN: Final[Policy[SamplingPlan]] = SHELF.load(CASES / "survey-plan.policy.toml")
COOL_DOWN: Final = 30
MOST_A_YEAR: Final = 3
CARD: Final = "4111111111111111"

CHANNELS: Final = st.sampled_from(("email", "sms", "agent_call"))
PROGRAMMES: Final = st.sampled_from(("follow-up", "pulse", ""))
NAMES: Final = st.sampled_from([f"survey-{place}" for place in range(24)])
MADE: Final = st.sampled_from(("last", "last", "first", "none"))
"""Which of the invitations made so far something is told of."""
LATE: Final = st.sampled_from((0, 0, 1, 24 * 20, 24 * 40))
ENDINGS: Final = ("refused", "undeliverable", "ineligible", "quota-full", "invalid")
OTHERS: Final = st.one_of(
    st.tuples(st.just("answer"), MADE, st.sampled_from(("complete", "partial", "invalid"))),
    st.tuples(st.just("end"), MADE, st.sampled_from(ENDINGS)),
    st.tuples(st.just("reach"), MADE, st.booleans()),
    st.tuples(st.just("remind"), MADE),
    st.tuples(st.just("opt_out"), CHANNELS, st.just("") | MADE),
    st.tuples(st.just("opt_in")),
    st.tuples(st.just("sweep")),
)
INVITES: Final = st.tuples(st.just("invite"), NAMES, CHANNELS, PROGRAMMES)
ACTS: Final = st.sampled_from((True, True, False)).flatmap(
    lambda invites: INVITES if invites else OTHERS
)
STEPS: Final = st.lists(
    st.tuples(st.sampled_from((1, 24 * 4, 24 * 12, 24 * 31)), LATE, ACTS), min_size=8, max_size=30
)


class Desktop:
    """Surveys whose clock is moved by hand."""

    def __init__(self, journal: Any = None, plan: Policy[SamplingPlan] = PLAN) -> None:
        self.now = START
        self.journal = MemoryJournal() if journal is None else journal
        campaigns = Campaigns(self.journal, plan, now=self.present)
        self.surveys = Surveys(self.journal, plan, now=self.present, campaigns=campaigns)
        self.count = 0

    def present(self) -> datetime:
        """Return the present instant."""
        return self.now

    def do(self, act: str, *, at: datetime | None = None, who: str = "c", **body: Any) -> str:
        """Do something, and return why it was refused; empty where it was not."""
        self.count += 1
        answer = self.surveys.do(f"x-{self.count}", who, act, at=at, **body)
        return answer.refused

    def invite(self, campaign: str, channel: str = "email", **more: Any) -> str:
        """Invite the customer."""
        return self.do(
            "invite", campaign=campaign, channel=channel, questionnaire="transactional", **more
        )

    def act(self, late: int, act: tuple[Any, ...]) -> str:
        """Do one drawn act, some hours late."""
        at = self.now - timedelta(hours=late)
        made = list(self.state().invitations)
        names = {"last": made[-1:], "first": made[:1]}
        if act[0] != "invite":
            act = tuple((names.get(part) or [part])[0] for part in act)
        match act:
            case ("invite", name, channel, programme):
                return self.invite(name, channel, programme=programme, at=at)
            case ("answer", name, status):
                readings = {"contact-satisfaction": 4}
                return self.do("answer", at=at, campaign=name, status=status, readings=readings)
            case ("end", name, outcome):
                return self.do("end", at=at, campaign=name, outcome=outcome)
            case ("reach", name, contacted):
                return self.do("reach", at=at, campaign=name, contacted=contacted)
            case ("remind", name):
                return self.do("remind", at=at, campaign=name)
            case ("opt_out", channel, name):
                return self.do("opt_out", at=at, channels=[channel], campaign=name)
            case ("opt_in",):
                return self.do("opt_in", at=at, all=True)
            case ("sweep",):
                self.surveys.sweep()
        return ""

    def state(self) -> Contacts:
        """Return the customer's contacts as folded."""
        return self.surveys.office.load("c").state


def conserved(state: Contacts, by: datetime) -> bool:
    """Tell whether each invitation is in one place at an instant: open, or one of the ten."""
    known = [held for held in state.invitations.values() if held.invited.at <= by]
    ended = [held.outcome(by) for held in known]
    still = [
        held
        for held in known
        if held.outcome(by) is None and held.invited.at <= by < held.invited.expires_at
    ]
    counts = [sum(outcome is one for outcome in ended) for one in InvitationOutcome]
    return len(known) == sum(counts) + len(still)


class TestLaws:
    """What holds whatever programmes do, in whatever order it is told."""

    @settings(max_examples=some(60), deadline=None)
    @given(STEPS)
    def test_windows_and_outcomes(self, steps: list[tuple[int, int, tuple[Any, ...]]]) -> None:
        """
        No two invitations are closer than the cool-down, nor more in twelve months than allowed,
        whichever programme asks and however late it is told; and at any moment every invitation is
        open or in exactly one of the ten outcomes.
        """
        desk = Desktop()
        for hours, late, act in steps:
            desk.now += timedelta(hours=hours)
            desk.act(late, act)
        state = desk.state()
        days = sorted(held.invited.on for held in state.invitations.values())
        moments = [desk.now, desk.now + timedelta(days=60)]
        moments += [held.invited.at for held in state.invitations.values()]
        view = desk.surveys.view("c")

        assert all(abs((b - a).days) >= COOL_DOWN for a, b in combinations(days, 2))
        assert all(
            sum(start <= day < add_months(start, 12) for day in days) <= MOST_A_YEAR
            for start in days
        )
        assert all(conserved(state, moment) for moment in moments)
        assert len(view.invitations) == sum(
            held.open or held.outcome is not None for held in view.invitations.values()
        )
        assert set(view.waiting) == {name for name, held in view.invitations.items() if held.open}

    @settings(max_examples=some(25), deadline=None)
    @given(STEPS)
    def test_sweeps_never_decide(self, steps: list[tuple[int, int, tuple[Any, ...]]]) -> None:
        """How invitations stand is the same with a sweep after every act, and with none at all."""
        swept, plain = Desktop(), Desktop()
        for hours, late, act in steps:
            for desk in (swept, plain):
                desk.now += timedelta(hours=hours)
                if act != ("sweep",):
                    desk.act(late, act)
            swept.surveys.sweep()

        assert plain.surveys.view("c") == swept.surveys.view("c")

    @settings(max_examples=some(20), deadline=None)
    @given(STEPS)
    def test_every_entry_is_repeated_and_explained(
        self, steps: list[tuple[int, int, tuple[Any, ...]]]
    ) -> None:
        """Every invitation is decided again to the same; every entry says why in both languages."""
        desk = Desktop()
        for hours, late, act in steps:
            desk.now += timedelta(hours=hours)
            desk.act(late, act)
        versions = [version for version, _, _ in desk.surveys.history("c")]
        told = [desk.surveys.office.repeat("c", version).outcome for version in versions]
        why = [desk.surveys.explain("c", version) for version in versions]
        frozen = FACTS.read(to_json(desk.state()), Contacts, "state")

        assert {Repetition.EQUAL, Repetition.NOT_DECIDED} >= set(told)
        assert told.count(Repetition.EQUAL) == len(desk.state().invitations)
        assert all(held.text("en") != held.text("zh_CN") for held in why)
        assert desk.state() == frozen

    def test_moves_cover_the_ten(self) -> None:
        """What may follow an outcome is said of each of the ten, and of most it is nothing."""
        ends = {outcome for outcome, after in AFTER.items() if not after}

        assert set(InvitationOutcome) == set(AFTER) == set(TITLES)
        assert ends == set(InvitationOutcome) - {
            InvitationOutcome.PARTIAL,
            InvitationOutcome.COMPLETE,
        }


class Racing(MemoryJournal):
    """A journal in which another writer comes first, once."""

    rival: Any = None

    def commit(self, commit: Commit) -> None:
        """Let the rival write before."""
        rival, self.rival = self.rival, None
        if rival is not None:
            rival()
        super().commit(commit)


class TestPeerFaults:
    """What users of other tools had to report."""

    def test_two_programmes_at_once(self) -> None:
        """Of two programmes that invite a customer at the same time, one is refused."""
        journal = Racing()
        first, second = Desktop(journal), Desktop(journal)
        journal.rival = lambda: second.surveys.do(
            "other-1", "c", "invite", campaign="b", channel="sms", questionnaire="panel"
        )

        assert "cooling-down" == first.invite("a")
        assert ["b"] == list(first.state().invitations)

    def test_a_quarterly_survey_whatever_else_runs(self) -> None:
        """The cool-down counts what was sent, answered or not, by every programme and channel."""
        desk = Desktop()
        desk.invite("a", "sms", programme="pulse")
        desk.do("end", campaign="a", outcome="undeliverable")
        desk.now += timedelta(days=29)

        assert "cooling-down" == desk.invite("b", "email", programme="follow-up")
        desk.now += timedelta(days=1)

        assert "" == desk.invite("b", "email", programme="follow-up")

    def test_an_opt_out_told_late(self) -> None:
        """An opt-out ends invitations that were sent before it was told, and none is sent after."""
        desk = Desktop()
        desk.now += timedelta(days=3)
        desk.invite("a")
        desk.do("opt_out", all=True, at=START)
        view = desk.surveys.view("c")

        assert InvitationOutcome.OPTED_OUT is view.invitations["a"].outcome
        assert view.invitations["a"].invited_at == view.invitations["a"].ended_at
        desk.now += timedelta(days=40)
        assert "opted-out" == desk.invite("b")

    def test_an_answer_in_time_that_was_told_late(self) -> None:
        """A sheet filled in before the last day counts, though expiry was noted already."""
        desk = Desktop()
        desk.invite("a")
        desk.now += timedelta(days=20)
        swept = desk.surveys.sweep()
        again = desk.surveys.sweep()
        before = desk.surveys.view("c").invitations["a"].outcome
        refused = desk.do(
            "answer",
            campaign="a",
            readings={"contact-satisfaction": 5},
            at=START + timedelta(days=2),
        )

        assert (1, 0) == (swept.handled, again.handled)
        assert InvitationOutcome.EXPIRED is before
        assert "" == refused
        assert InvitationOutcome.COMPLETE is desk.surveys.view("c").invitations["a"].outcome

    def test_volunteers_stand_for_nobody(self) -> None:
        """A rating from an open link is neither an invitation nor an answer of one."""
        desk = Desktop()
        readings = {"contact-satisfaction": 1}
        desk.do("volunteer", campaign="a", questionnaire="transactional", readings=readings)
        view = desk.surveys.view("c")

        assert {} == dict(view.invitations)
        assert ["a"] == list(view.volunteered)
        assert "" == desk.invite("b")

    @pytest.mark.parametrize(
        "reading", ["I was not served", 3.5, True, {"a": "so many words"}, [["nested"]], None]
    )
    def test_words_are_no_readings(self, reading: object) -> None:
        """What a customer said in words never stands among the data, nor in the message."""
        desk = Desktop()
        desk.invite("a")
        with pytest.raises(FaultsError) as refused:
            desk.do("answer", campaign="a", readings={"q": reading})

        assert "served" not in str(refused.value)
        assert "texts" in str(refused.value)

    @pytest.mark.parametrize(
        ("act", "more"),
        [
            ("invite", {"campaign": CARD}),
            ("invite", {"about": {"branch": CARD}}),
            ("volunteer", {"campaign": CARD}),
            ("volunteer", {"about": {"branch": CARD}}),
            ("volunteer", {"readings": {"q": CARD}}),
            ("end", {"reason": CARD}),
            ("end", {"reason": "her husband has died"}),
        ],
    )
    def test_nothing_open_tells_of_somebody(self, act: str, more: dict[str, Any]) -> None:
        """A card number, or words, never stand among the codes, nor in the message."""
        base: dict[str, Any] = {"campaign": "a"}
        if act != "end":
            base["questionnaire"] = "transactional"
        base |= {"invite": {"channel": "email"}, "end": {"outcome": "refused"}}.get(act, {})
        with pytest.raises(FaultsError) as refused:
            Desktop().do(act, **{**base, **more})

        assert CARD not in str(refused.value)
        assert "husband" not in str(refused.value)

    @pytest.mark.parametrize("act", ["answer", "volunteer"])
    def test_handed_in_before_it_was_begun(self, act: str) -> None:
        """A sheet that was opened after it was finished is a mistake, and no speeding."""
        desk = Desktop()
        desk.invite("a")
        body: dict[str, Any] = {"campaign": "a", "opened_at": desk.now + timedelta(seconds=1)}
        if act == "volunteer":
            body["questionnaire"] = "transactional"

        assert "out-of-order" == desk.do(act, **body)
        assert InvitationOutcome.EXPIRED is desk.state().invitations["a"].outcome(
            desk.now + timedelta(days=60)
        )

    def test_told_by_the_clock_of_the_bank(self) -> None:
        """Who wants no surveys, or answers unasked, is told of with names and by the local clock."""
        desk = Desktop()
        desk.now = datetime(2026, 7, 1, 10, tzinfo=UTC)
        desk.do("opt_out", channels=["sms"], all=True)
        desk.do("volunteer", campaign="b", questionnaire="transactional")
        told = [
            desk.surveys.explain("c", version).text(locale)
            for version in (1, 2)
            for locale in ("en", "zh_CN")
        ]

        assert all(wanted in told[0] for wanted in ("Text message", "any channel", "11:00"))
        assert all(wanted in told[1] for wanted in ("短信", "任何渠道", "11:00"))
        assert all("11:00" in text for text in told[2:])

    def test_unknown_names(self) -> None:
        """A channel, word or programme that there is none of is a mistake, with the near names."""
        desk = Desktop()
        with pytest.raises(UnknownNameError, match="email"):
            desk.invite("a", "e-mail")
        with pytest.raises(UnknownNameError, match="pulse"):
            desk.invite("a", programme="puls")
        with pytest.raises(UnknownNameError, match="sms"):
            desk.do("opt_out", channels=["smss"])
        with pytest.raises(UnknownNameError, match="time zone"):
            desk.invite("a", zone="Mars/Base")
        with pytest.raises(ValueError, match="nothing is named"):
            desk.do("opt_in")


class TestPersonalData:
    """What is sealed, and what is left when the key is gone."""

    def test_words_are_sealed_and_codes_are_data(self) -> None:
        """Texts, notes and the customer's own zone are sealed; erased, the record still stands."""
        keys, inner = MemoryKeys(), MemoryJournal()
        desk = Desktop(SealedJournal(inner, keys))
        desk.invite("a", zone="Asia/Tokyo")
        readings, texts = {"contact-satisfaction": 2}, {"comment": "The queue was long."}
        desk.do("answer", campaign="a", readings=readings, texts=texts)
        desk.do("end", campaign="a", outcome="invalid", note="Wrong person.")
        data = [entry.data for entry in inner.read(desk.surveys.desk.stream("c"))]
        before = desk.surveys.view("c")
        keys.destroy("default", "c")

        assert all(
            word not in str(data) + canonical(to_json(desk.state()))
            for word in ("queue", "Wrong", "Tokyo")
        )
        assert "contact-satisfaction" in str(data)
        assert before == desk.surveys.view("c")
        assert Repetition.ERASED is desk.surveys.office.repeat("c", 1).outcome
        assert "erased" == desk.surveys.explain("c", 1).headline.code

    def test_snapshots(self) -> None:
        """A record read from snapshots is the one read whole."""
        desk = Desktop()
        often: Desk[Contacts] = Desk(CONTACT, (PLAN,), snapshot_every=1)
        body = CONTACT.command(
            "invite", {"campaign": "a", "channel": "email", "questionnaire": "transactional"}
        )
        command = Command(id="s-1", subject="c", body=body)
        serve(often.handle(command, START), desk.journal)
        desk.now += timedelta(days=1)
        body = CONTACT.command(
            "answer", {"campaign": "a", "readings": {"q": [1, "b"], "p": {"x": 3}}}
        )
        serve(often.handle(Command(id="s-2", subject="c", body=body), desk.now), desk.journal)

        assert {"q": (1, "b"), "p": {"x": 3}} == desk.state().invitations["a"].answers[0].readings


class TestTrial:
    """Invitations asked again under another plan."""

    def test_invitations_from_the_record(self) -> None:
        """Each invitation is asked with what had been made before it; one erased is told so."""
        trial = next(held for held in TRIALS if held.record is CONTACT)
        desk = Desktop()
        desk.invite("a")
        desk.now += timedelta(days=31)
        desk.invite("b", "sms")
        journal = desk.journal.read(desk.surveys.desk.stream("c"))
        events = tuple(
            (entry.version, entry.version == 1, CONTACT.events.decode(entry)) for entry in journal
        )
        told = Told("c", desk.state(), events, None, "", lambda policy, digest: None)
        assert trial.asked is not None
        first, second = trial.asked(told)

        assert Unasked("c", "erased", "satisfaction.contact/c@1") == first
        assert isinstance(second, Question)
        assert [held.on for held in second.facts.past] == [local_day(START, "Europe/London")]

        plan = PLAN.versions[-1].parameters
        outcome = trial.rule.evaluate(second.facts, plan, None)
        seen = trial.seen(second.facts, plan, outcome)

        assert "allowed" == seen.place
        assert local_day(desk.now, "Europe/London") == seen.days["from"]
        assert in_utc(desk.now) == in_utc(second.facts.at)
