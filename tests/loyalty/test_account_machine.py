"""
Points accounts under commands in any order, beside an oracle too simple to be wrong.

In the CI profile this is 20,000 steps in all. For a long look, a million steps:

    HYPOTHESIS_PROFILE=nightly python -m pytest tests/loyalty/test_account_machine.py
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeAlias

import attrs
import pytest
from account_bank import LONDON, MEMBERS, TERMS, Beside
from effort import chosen_profile
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from proof_tools import micros

from bankservice.core.errors import CommandConflictError

STEPS: Final = {
    "brief": 4_000,
    "dev": 4_000,
    "ci": 10_000,
    "thorough": 200_000,
    "nightly": 1_000_000,
}
"""Steps in all, by profile."""
LENGTH: Final = 40
STARTS: Final = (
    # Before the clocks go forward and back, a leap day, a year's end, a change of the programme.
    datetime(2026, 3, 28, 20, tzinfo=LONDON),
    datetime(2026, 10, 24, 22, tzinfo=LONDON),
    datetime(2024, 2, 27, 23, 30, tzinfo=LONDON),
    datetime(2026, 12, 30, 12, tzinfo=LONDON),
)
SELDOM: Final = (
    "cancel_buy",
    "cancel_family",
    "enrol",
    "extend",
    "forfeit",
    "meet",
    "reinstate",
    "renew",
    "unforfeit",
)
Told: TypeAlias = dict[str, Any]
WHO: Final = st.sampled_from((MEMBERS[0], *MEMBERS))
REFS: Final = st.integers(1, 4)
SHARES: Final = st.sampled_from(("all", "half", "half", "more", "some"))
ALL: Final = 0
POINTS: Final = (
    st.sampled_from((ALL, ALL)) | st.sampled_from((1, 2, 3, 5, 9, 10, 30)) | st.integers(1, 80)
)
MINOR: Final = st.sampled_from((100, 499, 500, 1_000, 2_999)) | st.integers(0, 9_000)


def money(minor: int) -> str:
    """Return minor units as an amount."""
    return f"{minor // 100}.{minor % 100:02d}"


class AccountMachine(RuleBasedStateMachine):
    """Three members of one programme, and the commands they are given."""

    def __init__(self) -> None:
        super().__init__()
        self.number = 0

    @initialize(
        place=st.integers(0, len(TERMS) - 1), start=st.sampled_from(STARTS), few=st.booleans()
    )
    def begin(self, place: int, start: datetime, few: bool) -> None:
        """Open the bank; most members are there from the first."""
        self.both = Beside(place, start)
        for who in MEMBERS[: 2 if few else 3]:
            self.both.give("enrol", who, {})

    def fresh(self, kind: str) -> str:
        """Return a reference that was not used."""
        self.number += 1
        return f"{kind}-{self.number}"

    def one_of(self, refs: list[str], which: int) -> str:
        """Return one of the references there are, or one that is unknown."""
        return refs[which % len(refs)] if refs else "unknown"

    def a_hold(self, who: str, which: int) -> str:
        """Return a hold: mostly one that stands, else any, or one that is unknown."""
        holds = self.both.state(who).holds
        stand = [ref for ref, hold in holds.items() if micros(self.both.now) < hold.until]
        return self.one_of(stand if which and stand else list(holds), which)

    def asked(self, who: str, points: int) -> int:
        """Return points, or all that a member can spend."""
        return points or max(1, self.both.view(who, self.both.now).balance)

    # -- time ------------------------------------------------------------------------------------

    @rule(minutes=st.sampled_from((1, 29, 30, 31, 60 * 5, 60 * 24, 60 * 24 * 3, 60 * 24 * 12)))
    def wait(self, minutes: int) -> None:
        """Let time pass; nothing is done, and all agree on what that brings."""
        self.both.now = later(self.both.now, timedelta(minutes=minutes))
        for who in MEMBERS:
            self.both.agree(who, read=False)

    @rule(days=st.sampled_from((1, 1, 2, 4, 30)), more=st.sampled_from((-1, 0, 1)))
    def wait_for_midnight(self, days: int, more: int) -> None:
        """Let time pass up to a midnight, a microsecond before it, or one after it."""
        day = self.both.now.astimezone(LONDON).date() + timedelta(days)
        moment = datetime(day.year, day.month, day.day, tzinfo=LONDON)
        self.both.now = later(moment, timedelta(microseconds=more))
        for who in MEMBERS:
            self.both.agree(who, read=False)

    @rule(which=st.integers(0, 9), more=st.sampled_from((-1, 0, 1)))
    def wait_for_a_turn(self, which: int, more: int) -> None:
        """Let time pass up to where a lot or a hold begins or ends, or a microsecond beside it."""
        turns = [t for t in self.both.turns() if self.both.now < t]
        if turns:
            moment = turns[which % min(len(turns), 4)] + timedelta(microseconds=more)
            self.both.now = max(self.both.now, later(moment, timedelta(0)))
            for who in MEMBERS:
                self.both.agree(who, read=False)

    # -- earning and refunds ---------------------------------------------------------------------

    def enrol(self, who: str, which: int) -> None:
        """Open an account, where there is none."""
        if not self.both.state(who).customer:
            self.both.give("enrol", who, {})

    @rule(
        who=WHO,
        ref=REFS,
        part=st.sampled_from((1, 1, 2)),
        minor=MINOR,
        ago=st.sampled_from((0, 0, 0, 1, 50)),
    )
    def post(self, who: str, ref: int, part: int, minor: int, ago: int) -> None:
        """Post a purchase, new or known, perhaps made some hours ago."""
        state = self.both.state(who)
        when = self.both.now - timedelta(hours=ago)
        if state.customer and micros(when) < state.opened_at:
            when = self.both.now
        told: Told = {"ref": f"buy-{ref}", "part": part, "minor": minor}
        body: Told = {"ref": f"buy-{ref}", "part": part, "amount": money(minor), "currency": "GBP"}
        self.both.give("post", who, told, **body, when=when)

    @rule(who=WHO, ref=REFS, minor=MINOR, void=st.booleans())
    def announce(self, who: str, ref: int, minor: int, void: bool) -> None:
        """Announce a purchase, perhaps void it: nothing that the oracle knows of changes."""
        name = self.fresh("auth")
        body: Told = {"ref": name, "amount": money(minor), "currency": "GBP"}
        if self.both.give("authorise", who, None, **body) and void:
            self.both.give("void", who, None, ref=name)

    @rule(who=WHO, which=st.integers(0, 7), share=SHARES, minor=MINOR)
    def refund(self, who: str, which: int, share: str, minor: int) -> None:
        """Give a purchase back: a part, what is left, too much, or before it is known."""
        known = [buy for buy in self.both.bought() if buy["who"] == who]
        name, part = f"buy-{1 + which % 3}", 1
        if known and which > 0:
            buy = known[which % len(known)]
            name, part, left = buy["ref"], buy["part"], buy["minor"] - buy["back"]
            minor = {"all": left, "half": left // 2, "more": left + 1}.get(share, minor)
        if not minor:
            return
        told: Told = {"ref": name, "part": part, "minor": minor}
        body: Told = {"original_ref": name, "part": part, "amount": money(minor)}
        self.both.give("refund", who, told, ref=self.fresh("refund"), **body)

    # -- spending --------------------------------------------------------------------------------

    @rule(who=WHO, points=POINTS)
    def redeem(self, who: str, points: int) -> None:
        """Spend points."""
        ref, points = self.fresh("redeem"), self.asked(who, points)
        self.both.give("redeem", who, {"ref": ref, "points": points}, ref=ref, points=points)

    @rule(who=WHO, points=POINTS)
    def reserve(self, who: str, points: int) -> None:
        """Hold points."""
        ref, points = self.fresh("hold"), self.asked(who, points)
        self.both.give("reserve", who, {"ref": ref, "points": points}, ref=ref, points=points)

    @rule(who=WHO, which=st.integers(0, 5), points=POINTS, whole=st.booleans())
    def confirm(self, who: str, which: int, points: int, whole: bool) -> None:
        """Spend what is held, or a part of it, or more than it; once."""
        holds = self.both.state(who).holds
        ref = self.a_hold(who, which)
        held = holds[ref].points if ref in holds else 1
        points = points or held
        asked: Told = {} if whole else {"points": points}
        if ref in holds and str(holds[ref].status.value) == "confirmed":
            return
        told: Told = {"ref": ref, "points": held if whole else points}
        self.both.give("confirm", who, told, ref=ref, **asked)

    @rule(who=WHO, which=st.integers(0, 5))
    def release(self, who: str, which: int) -> None:
        """End a hold."""
        holds = self.both.state(who).holds
        ref = self.a_hold(who, which)
        if ref in holds and str(holds[ref].status.value) != "open":
            return
        self.both.give("release", who, {"ref": ref}, ref=ref)

    @rule(who=WHO, which=st.integers(0, 9), points=POINTS, whole=st.booleans())
    def cancel(self, who: str, which: int, points: int, whole: bool) -> None:
        """Give back what was spent, or a part of it, or more than it."""
        spent = self.both.state(who).redemptions
        # What a household spent together is given back together, by its head.
        alone = [ref for ref in spent if not ref.startswith("family")]
        ref = self.one_of(alone, which)
        left = spent[ref].points - spent[ref].returned if ref in spent else 1
        if whole and not left:
            return
        asked = left if whole else points or 1
        body: Told = {"ref": self.fresh("cancel"), "original_ref": ref}
        told: Told = {"do": "cancel", "ref": ref, "points": asked}
        self.both.give("cancel_redemption", who, told, **body, points=asked)

    # -- between members -------------------------------------------------------------------------

    @rule(who=WHO, to=WHO, points=POINTS)
    def transfer(self, who: str, to: str, points: int) -> None:
        """Give points to another member."""
        points = self.asked(who, points)
        told: Told = {"to": to, "points": points}
        self.both.give("transfer", who, told, ref=self.fresh("gift"), to=to, points=points)

    @rule(who=WHO, others=st.sets(WHO, min_size=1), points=POINTS)
    def household(self, who: str, others: set[str], points: int) -> None:
        """Spend together."""
        with_whom = sorted(others - {who})
        if not with_whom or any(not self.both.state(member).customer for member in MEMBERS):
            return
        ref = self.fresh("family")
        points = sum(self.asked(m, ALL) for m in (who, *with_whom)) if points == ALL else points
        told: Told = {"do": "household", "ref": ref, "points": points, "others": with_whom}
        self.both.give("redeem", who, told, ref=ref, points=points, household=with_whom)

    def cancel_family(self, who: str, which: int) -> None:
        """Give back what a household spent together, where its head asks for it."""
        made = [c for c, a in self.both.given if a.accepted and getattr(c.body, "household", None)]
        if made:
            body = made[which % len(made)].body
            head = made[which % len(made)].subject
            others = list(body.household)
            told: Told = {"do": "cancel_family", "ref": body.ref, "others": others}
            asked: Told = {
                "ref": self.fresh("cancel"),
                "original_ref": body.ref,
                "household": others,
            }
            self.both.give("cancel_redemption", head, told, follow=True, **asked)

    @rule(who=WHO, which=st.integers(0, 9), act=st.sampled_from(SELDOM))
    def seldom(self, who: str, which: int, act: str) -> None:
        """Do one of the things that come up less often."""
        getattr(self, act)(who, which)

    # -- by hand ---------------------------------------------------------------------------------

    @rule(who=WHO, points=POINTS, less=st.booleans())
    def adjust(self, who: str, points: int, less: bool) -> None:
        """Add or take points."""
        points = self.asked(who, points)
        signed = -points if less else points
        body: Told = {"ref": self.fresh("hand"), "points": signed, "reason": "care"}
        self.both.give("adjust", who, {"points": signed}, **body)

    @rule(who=WHO, hundreds=st.integers(1, 3))
    def buy(self, who: str, hundreds: int) -> None:
        """Buy points, a penny each."""
        points, ref = 100 * hundreds, self.fresh("bought")
        body: Told = {"ref": ref, "points": points, "amount": money(points)}
        self.both.give("buy", who, {"ref": ref, "points": points}, **body)

    def cancel_buy(self, who: str, which: int) -> None:
        """Give bought points back, while none of them was drawn."""
        lots = self.both.state(who).lots
        ref = self.one_of([lot.ref for lot in lots if lot.ref.startswith("bought")], which)
        told: Told = {"do": "unbuy_points", "ref": ref}
        self.both.give("cancel_buy", who, told, follow=True, ref=ref)

    def extend(self, who: str, which: int) -> None:
        """Let what lives, live longer."""
        until = self.both.now.astimezone(LONDON).date() + timedelta(2 * which)
        told: Told = {"until": until}
        self.both.give("extend", who, told, follow=True, ref=self.fresh("longer"), until_on=until)

    def reinstate(self, who: str, which: int) -> None:
        """Give back what lapsed."""
        self.both.give("reinstate", who, {}, follow=True, ref=self.fresh("again"))

    def forfeit(self, who: str, which: int) -> None:
        """Take away all there is."""
        if which % 2:
            ref = self.fresh("forfeit")
            self.both.give("forfeit", who, {"ref": ref}, follow=True, ref=ref, reason="fraud")

    def unforfeit(self, who: str, which: int) -> None:
        """Give back what was taken away."""
        gone = [f["ref"] for f in self.both.oracle.forfeits if f["who"] == who]
        ref = self.one_of(gone, which)
        told: Told = {"do": "unforfeit", "ref": ref}
        body: Told = {"ref": self.fresh("again"), "forfeit_ref": ref}
        self.both.give("reinstate", who, told, follow=True, **body)

    def renew(self, who: str, which: int) -> None:
        """Bring out a new version of the programme."""
        self.both.renew(self.both.now.astimezone(LONDON).date() + timedelta(1 + which % 3))

    def meet(self, who: str, which: int) -> None:
        """Tell that what was waited for has happened."""
        self.both.give("meet", who, {}, action="paid")

    # -- what must change nothing ----------------------------------------------------------------

    @rule(who=WHO, act=st.sampled_from(("expire", "advance")))
    def sweep(self, who: str, act: str) -> None:
        """I05: writing down what time has done changes nothing that anybody sees."""
        if self.both.state(who).customer:
            before = self.both.views()

            assert self.both.give(act, who, None)
            assert before == self.both.views()

    @precondition(lambda self: self.both.given)
    @rule(which=st.integers(0, 1_000))
    def repeat(self, which: int) -> None:
        """I06: any command again gives its first answer and writes nothing."""
        command, first = self.both.given[which % len(self.both.given)]
        before = self.entries()
        again = self.both.bank.handle(command)

        assert again.replayed
        assert (first.refused, first.facts, first.versions) == (
            again.refused,
            again.facts,
            again.versions,
        )
        assert before == self.entries()

    @precondition(lambda self: self.both.given)
    @rule(which=st.integers(0, 1_000))
    def repeat_changed(self, which: int) -> None:
        """I06: other content under a used id is refused by name, and changes nothing."""
        command, _ = self.both.given[which % len(self.both.given)]
        before = self.entries()
        with pytest.raises(CommandConflictError, match="source"):
            self.both.bank.handle(attrs.evolve(command, source="elsewhere"))

        assert before == self.entries()

    @rule()
    def save_and_load(self) -> None:
        """I08, I23: a bank started anew sees the same; so does a fold of every prefix."""
        self.both.saved()

    def entries(self) -> list[int]:
        """Return how many entries everybody has: what is appended only cannot change otherwise."""
        return [self.both.bank.entries(who) for who in MEMBERS]

    def teardown(self) -> None:
        """I01: what members sent is what members received, when all is done."""
        if not hasattr(self, "both"):
            return
        self.both.saved()
        totals = [self.both.state(who).totals for who in MEMBERS]

        assert sum(total.sent for total in totals) == sum(total.received for total in totals)


def later(moment: datetime, more: timedelta) -> datetime:
    """Return an instant some time later, by the UTC line and not by the wall."""
    return (moment.astimezone(UTC) + more).astimezone(LONDON)


TestAccountMachine = AccountMachine.TestCase
TestAccountMachine.settings = settings(
    max_examples=STEPS.get(chosen_profile(), STEPS["dev"]) // (LENGTH - 2),
    stateful_step_count=LENGTH,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
