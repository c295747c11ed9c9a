"""Past entries of points accounts and benefits, decided again from the record alone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import attrs
import pytest
from account_tools import Bank, at, programme, reward, row, titled, version
from effort import some
from entries_again import Altered, counted, lying, of_tables, office_of
from hypothesis import given, settings
from hypothesis import strategies as st
from offer_tools import WIRE, benefits, bonus, offering, shanghai, waiver
from offer_tools import Clock as OfferClock
from repeating import with_data

from bankservice.bank import Bank as Door
from bankservice.bank import open_bank
from bankservice.core.hindsight import Hindsight
from bankservice.core.policy import Policy
from bankservice.core.policy_file import read_policy
from bankservice.core.record import Command
from bankservice.core.repetition import Repetition
from bankservice.journals.keys import MemoryKeys
from bankservice.journals.memory import MemoryJournal
from bankservice.loyalty import ACCOUNT, BENEFITS, SHELF, Accounts
from bankservice.loyalty.account.entries import Authorised, Posted
from bankservice.testing.loyalty_strategies import (
    account_commands,
    programme_policies,
    programme_tables,
)

TABLES = Path(__file__).parent.parent / "cases" / "loyalty"
DECIDED = {
    "authorised",
    "posted",
    "posted-many",
    "refunded",
    "rerated",
    "reserved",
    "redeemed",
    "adjusted",
    "bought",
    "sent",
}
"""What a programme decides; the rest is stated, or told by time."""

MONTHLY = {"code": "monthly", "title": titled("monthly"), "limit": 70, "dated_by": "transaction"}
RICH: Mapping[str, Any] = {
    "cap": [MONTHLY],
    "reward": [
        reward("kettle", points=10),
        {
            "code": "part-paid",
            "title": titled("part-paid"),
            "kind": "points-plus-cash",
            "points": 1,
            "value": "0.50",
            "most_share": "0.50",
        },
    ],
    "limits": {"posts_a_day": 9, "most_a_day": 90},
    "purchase": {"price": "10.00", "points": 1000, "most_a_year": 900},
    "transfer": {"allowed": True},
    "refunds": {"unknown_original": "park", "shortfall": "arrears"},
}


def lived(policy: Policy[Any]) -> Bank:
    """Return an account with which nearly everything was done that a programme decides."""
    bank = Bank(policy)
    bank.ok("enrol", on=date(2026, 3, 1))
    bank.ok("authorise", ref="p-1", amount="40.00")
    bank.ok("post", ref="p-2", amount="50.00", on=date(2026, 3, 2))
    bank.ok("refund", ref="r-1", original_ref="p-1", amount="5.00")
    # It comes late, uses the cap before the other, and finds a refund that waited for it.
    bank.ok("post", ref="p-1", amount="40.00", on=date(2026, 3, 1))
    bank.ok("reserve", ref="h-1", points=10)
    bank.ok("redeem", ref="k-1", reward="kettle", quantity=2)
    bank.ok("redeem", ref="k-2", reward="part-paid", amount="10.00")
    bank.wait("2026-03-04T09:00")
    bank.ok("confirm", ref="h-1", at=at("2026-03-02T09:10"))
    bank.ok("refund", ref="r-2", original_ref="p-2")
    bank.ok("adjust", ref="a-1", points=30, reason="care", component="promo", qualifying=True)
    bank.ok("adjust", ref="a-2", points=9, reason="care", expires_on=date(2026, 3, 9))
    bank.ok("adjust", ref="a-3", points=-1, reason="care")
    bank.ok("buy", ref="b-1", points=100, amount="1.00")
    bank.ok("enrol", subject="bob")
    bank.ok("transfer", ref="t-1", to="bob", points=4)
    return bank


class TestAccounts:
    """What a programme made of a transaction, a refund or a redemption comes out the same."""

    def test_a_life(self) -> None:
        """Late purchases, refunds that waited, prices and draws: every entry is equal."""
        bank = lived(programme(**RICH))
        found = counted(office_of(ACCOUNT, [bank.policy], bank.journal))

        assert DECIDED - {"posted-many"} == {kind for kind, told in found if told == "equal"}
        assert {kind for kind, told in found if told == "not-decided"} >= {"enrolled", "released"}

    @given(programme_policies(programme_tables(), programme_tables()), account_commands())
    @settings(max_examples=some(25))
    def test_any_commands(self, policy: Policy[Any], commands: tuple[Command, ...]) -> None:
        """Whatever the programme and the commands: no entry comes out otherwise."""
        bank = Bank(policy, now=commands[-1].at or at("2026-03-02T09:00"))
        for command in commands:
            bank.give(command)
        found = counted(office_of(ACCOUNT, [policy], bank.journal))

        assert {kind for kind, told in found if told == "equal"} <= DECIDED

    @given(st.lists(st.integers(1, 9_000), min_size=1, max_size=8))
    @settings(max_examples=some(15))
    def test_a_book(self, amounts: list[int]) -> None:
        """Many transactions in one entry are decided each, with what those before used of caps."""
        policy = programme(cap=[{**MONTHLY, "dated_by": "posting"}])
        accounts = Accounts(MemoryJournal(), [policy], now=lambda: at("2026-03-09T09:00"))
        accounts.enrol("e", "ann")
        rows = [
            ("ann", post(place, minor), at("2026-03-02T09:00"))
            for place, minor in enumerate(amounts)
        ]
        accounts.post_book("b", rows)

        assert {("enrolled", "not-decided"): 1, ("posted-many", "equal"): 1} == counted(
            accounts.office
        )

    def test_the_case_tables(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Every entry of the scenarios is equal, or nothing was decided of it."""
        found = of_tables(TABLES, ACCOUNT, monkeypatch)

        assert {kind for kind, told in found if told == "equal"} <= DECIDED
        assert found["posted", "equal"] > 20

    @pytest.mark.parametrize(
        ("kind", "path", "lie", "told"),
        [
            ("authorised", "projected", 41, "projected"),
            ("posted", "grants/0/granted", 51, "grants.[0].granted"),
            ("posted", "grants/0/expires_at", 1, "grants.[0].expires_at"),
            ("posted", "uses/0/used", "51", "uses.[0].used"),
            ("refunded", "clawed", 4, "clawed"),
            ("rerated", "granted", 26, "granted"),
            ("redeemed", "draws/0/points", 19, "draws.[0].points"),
            ("adjusted", "grants/0/expires_at", 1, "grants.[0].expires_at"),
            ("bought", "paid_minor", 99, "paid_minor"),
            ("sent", "draws/0/lot", 9, "draws.[0].lot"),
        ],
    )
    def test_an_entry_that_lies(self, kind: str, path: str, lie: Any, told: str) -> None:
        """What does not follow from the facts and the programme is told, with its path."""
        bank = lived(programme(**RICH))
        version = bank.kinds().index(kind) + 1
        journal = Altered(
            bank.journal,
            lambda entry: with_data(entry, path, lie) if entry.version == version else entry,
        )
        found = office_of(ACCOUNT, [bank.policy], journal).repeat("ann", version)

        assert Repetition.DIFFERENT is found.outcome
        assert told in [difference[0] for difference in found.differences]

    def test_a_redemption_that_could_not_be(self) -> None:
        """What is asked and was never there comes out as a refusal."""
        bank = lived(programme(**RICH))
        version = bank.kinds().index("redeemed") + 1
        journal = Altered(
            bank.journal,
            lambda entry: (
                with_data(entry, "asked/quantity", "99") if entry.version == version else entry
            ),
        )
        found = office_of(ACCOUNT, [bank.policy], journal).repeat("ann", version)

        assert ("code", None, "not-enough") in found.differences

    def test_without_facts(self) -> None:
        """Where facts are gone, nothing is made up."""
        bank = lived(programme(**RICH))
        (version,) = bank.policy.versions
        seen = Hindsight(lambda policy, held: version, bank.now, bank.now)
        bare = [
            attrs.evolve(event, facts=None)
            for event in bank.events()
            if isinstance(event, (Authorised, Posted))
        ]
        assert ACCOUNT.again is not None

        assert {None} == {ACCOUNT.again(ACCOUNT.initial, event, seen)[1] for event in bare}  # type: ignore[index]

    def test_a_book_that_lies(self) -> None:
        """One transaction of many that lies is told by its place."""
        accounts = Accounts(MemoryJournal(), [programme()], now=lambda: at("2026-03-09T09:00"))
        accounts.enrol("e", "ann")
        accounts.post_book("b", [("ann", post(n, 5_000), at("2026-03-02T09:00")) for n in (1, 2)])
        rows = accounts.office.journal.read(accounts.desk.stream("acme/points:ann"))[1].data["rows"]
        journal = Altered(
            accounts.office.journal, lying(2, rows=str(rows).replace("\t50,", "\t51,", 1))
        )
        found = office_of(ACCOUNT, accounts.desk.policies, journal).repeat("acme/points:ann", 2)

        assert ("[0].granted", 51, 50) in found.differences

    def test_an_edited_programme(self) -> None:
        """Other rates and lives under the same dates change nothing: the kept text decides."""
        bank = lived(programme(**RICH))
        edited = programme(
            **{**RICH, "earn": [row(points=9)], "expiry": {"mode": "never"}, "reward": []}
        )

        assert counted(office_of(ACCOUNT, [bank.policy], bank.journal)) == counted(
            office_of(ACCOUNT, [edited], bank.journal)
        )

    def test_lost_and_erased(self) -> None:
        """Without the kept text, or without the facts, nothing can be decided; it is said which."""
        bank = lived(programme(**RICH))
        lost = office_of(ACCOUNT, [bank.policy], Altered(bank.journal, lost=True))
        version = bank.kinds().index("posted") + 1

        assert Repetition.POLICY_MISSING is lost.repeat("ann", version).outcome
        with open_bank(
            "memory:",
            loyalty=[programme(**RICH)],
            now=lambda: at("2026-03-05T09:00"),
            keys=MemoryKeys(),
        ) as sealed:
            held = sealed.loyalty
            held.post("c-1", "al", ref="p-2", amount="50.00", on=date(2026, 3, 2))
            held.post("c-2", "al", ref="p-1", amount="40.00", on=date(2026, 3, 1))
            name = "loyalty.account/acme/points:al"
            before = [sealed.repeat(f"{name}@{place}").outcome.value for place in (1, 2, 3, 4)]
            sealed.erase("al")
            after = [sealed.repeat(f"{name}@{place}").outcome.value for place in (1, 2, 3, 4)]

        assert ["not-decided", "equal", "equal", "equal"] == before
        assert ["not-decided", "erased", "erased", "erased"] == after

    def test_what_a_household_pays(self) -> None:
        """Of a redemption by several accounts, the lots each draws on are decided again."""
        bank = Bank(programme(reward=[reward(points=50)]))
        for who in ("ann", "bob"):
            bank.ok("post", subject=who, ref=f"p-{who}", amount="30.00")
        bank.ok("redeem", ref="k-1", reward="kettle", household=("bob",))
        found = counted(office_of(ACCOUNT, [bank.policy], bank.journal))

        assert 2 == found["redeemed", "equal"]


def post(place: int, minor: int) -> Any:
    """Return a transaction of a book."""
    return ACCOUNT.command("post", {"ref": f"p-{place}", "amount": f"{minor / 100:.2f}"})


class TestBenefits:
    """What an event got comes out the same."""

    def test_the_case_tables(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Every claim of the scenarios is equal; joining and undoing is decided by nobody."""
        found = of_tables(TABLES, BENEFITS, monkeypatch)

        assert {"claimed"} == {kind for kind, told in found if told == "equal"}
        assert {"joined", "reversed"} >= {kind for kind, told in found if told == "not-decided"}

    def test_limits_lies_edits_and_losses(self) -> None:
        """What was used before counts as it did; lies are told; the text that was kept decides."""
        clock = OfferClock(shanghai(2026, 6, 1, 12))
        policy = offering(waiver(most=2, period="month"), bonus("join", enrolment=True))
        bank = benefits(policy, clock)
        bank.enrol("c-0", "wu", campaign="join")
        for place in range(3):
            clock.now += timedelta(hours=1)
            bank.claim(f"c-{place + 1}", "wu", ref=f"w-{place}", **WIRE)
        journal = bank.office.journal
        subject = journal.feed(limit=1)[0].entry.stream.key
        edited = office_of(BENEFITS, [offering(waiver(most=1, period="month"))], journal)
        lie = office_of(BENEFITS, [policy], Altered(journal, lying(2, benefits=[])))
        lost = office_of(BENEFITS, [policy], Altered(journal, lost=True))

        assert {("joined", "not-decided"): 1, ("claimed", "equal"): 3} == counted(edited)
        assert Repetition.DIFFERENT is lie.repeat(subject, 2).outcome
        assert "benefits" in lie.repeat(subject, 2).differences[0][0]
        assert Repetition.POLICY_MISSING is lost.repeat(subject, 2).outcome

    def test_erased(self) -> None:
        """Without its facts an event cannot be decided again, and that is said."""
        with open_bank(
            "memory:",
            offers=offering(waiver()),
            now=lambda: shanghai(2026, 6, 1, 12),
            keys=MemoryKeys(),
        ) as bank:
            bank.benefits.claim("c-1", "wu", ref="w-1", **WIRE)
            (subject,) = {held.entry.stream.key for held in bank.journal.feed(limit=9)}
            before = bank.repeat(f"loyalty.benefits/{subject}@1").outcome
            bank.erase("wu")

            assert Repetition.EQUAL is before
            assert Repetition.ERASED is bank.repeat(f"loyalty.benefits/{subject}@1").outcome


def feasts(*days: date) -> Policy[Any]:
    """Return holidays of a bank's own."""
    named = [{"on": day, "name": titled("Feast")} for day in days]
    source = {"text": "Acme", "checked": "own"}
    raw = {
        "id": "holidays/acme",
        "kind": "worktime.holidays",
        "version": [{"since": date(2026, 1, 1), "source": source, "days": named}],
    }
    return read_policy(raw, "feasts", SHELF.kinds, SHELF)


def doubling(held: Policy[Any]) -> Policy[Any]:
    """Return a programme that doubles points on those holidays."""
    window = {"calendar": held.id, "holidays": ["Feast"]}
    twice = {"code": "feast", "title": titled("feast"), "factor": 2, "window": window}
    raw = {
        "id": "acme/points",
        "kind": "loyalty.programme",
        "version": [version(multiplier=[twice])],
    }
    return read_policy(raw, "doubling", SHELF.kinds, SHELF.with_policies([held]))


class TestCalendars:
    """An entry names the calendars its windows were judged by, and they are kept as they were."""

    @pytest.mark.parametrize("together", [False, True])
    def test_holidays_that_were_moved(self, together: bool) -> None:
        """A holiday that was moved since changes nothing of what was posted or given back."""
        then, now = at("2026-03-11T09:00"), at("2026-03-12T09:00")
        feast, moved = feasts(then.date()), feasts(now.date())
        journal = MemoryJournal()
        with Door(journal, now=lambda: now, loyalty=[doubling(feast)], policies=[feast]) as bank:
            bank.loyalty.enrol("e", "ann", on=date(2026, 3, 1))
            if together:
                rows = [("ann", post(place, 5_000), then) for place in (1, 2)]
                assert 2 == bank.loyalty.post_book("b", rows).posted
            else:
                bank.loyalty.do("a", "ann", "authorise", ref="p-0", amount="9.00", at=then)
                bank.loyalty.post("p", "ann", ref="p-1", amount="50.00", at=then)
            answer = bank.loyalty.refund("r", "ann", ref="r", original_ref="p-1", amount="5.00")
            points = bank.loyalty.view("ann").balance
        with Door(journal, now=lambda: now, loyalty=[doubling(moved)], policies=[moved]) as bank:
            found = [again.outcome for _, _, again in bank.repeat_all()]  # type: ignore[union-attr]

        assert answer.accepted
        assert points == (190 if together else 90)
        assert {Repetition.EQUAL, Repetition.NOT_DECIDED} == set(found)
