"""What if: two policies asked the same questions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from typing import Any

import attrs
import pytest
from fee_tools import FEE, FEE_RULE, SHELF, TRIAL, Fee, fee, question
from hypothesis import given
from hypothesis import strategies as st

from bankservice.core.errors import FaultsError
from bankservice.core.frozen import FrozenMapping
from bankservice.core.policy import Kind, Policy
from bankservice.core.policy_file import read_policy
from bankservice.core.simulation import Move, Shift, Simulation
from bankservice.core.trial import Seen, Unasked, questions
from bankservice.core.what_if import DifferentKindsError, simulate

TWO, FIVE = fee(2), fee(5)

BOOKS = st.lists(
    st.tuples(st.sampled_from(("al", "bo", "cy", "di")), st.integers(0, 500)), max_size=12
).map(lambda rows: [question(f"{who}-{place}", much) for place, (who, much) in enumerate(rows)])


def cohort(*pairs: tuple[int, tuple[str, ...]]) -> Policy[Fee]:
    """Return a toy policy of one day with a version for each group of regions."""
    kind: Kind[Fee, Fee] = attrs.evolve(FEE)
    versions = [
        {
            "since": date(2020, 1, 1),
            "source": {"text": "Acme", "checked": "own"},
            "percent": percent,
            "applies_to": {"fact": "region", "in": list(regions)},
            "fact": [{"name": "region", "type": "text"}],
        }
        for percent, regions in pairs
    ]
    raw = {"id": "acme/fee", "kind": FEE.name, "version": versions}
    return read_policy(raw, "fee.toml", {kind.name: kind}, SHELF)


class TestWhatIsTold:
    """A simulation tells places, dates and sums on either side."""

    def test_a_book(self) -> None:
        """Who moves, by how many days, and what is added up."""
        told = simulate(TRIAL, TWO, FIVE, [question("al", 100), question("bo", 40)])

        assert (2, 2, 1) == (told.asked, told.changed, told.moved)
        assert {("charged", "charged"): 1, ("free", "charged"): 1} == told.matrix
        assert {"due": Shift(FrozenMapping({3: 1}), begun=1)} == told.days
        assert {"fee": (2, 7)} == told.amounts
        assert ("charged", "free") == told.places()
        assert (1, 0, 2) == (
            told.days["due"].later,
            told.days["due"].earlier,
            told.days["due"].moved,
        )

    def test_dates_that_go_and_stay(self) -> None:
        """A date that only the first side has is gone; one that both have is the same."""
        told = simulate(TRIAL, FIVE, TWO, [question("bo", 40)])
        same = simulate(TRIAL, FIVE, fee(5), [question("bo", 40), question("cy", 0)])

        assert {"due": Shift(gone=1)} == told.days
        assert {"due": Shift(same=1)} == same.days

    def test_a_date_that_stays_beside_one_that_moves(self) -> None:
        """Of two dates, the one that stays is told as the same."""

        def seen(facts: Any, parameters: Any, outcome: Any) -> Seen:
            return Seen("charged", FrozenMapping({"due": outcome.due, "on": facts.on}))

        told = simulate(attrs.evolve(TRIAL, seen=seen), TWO, FIVE, [question("al", 100)])

        assert {"due": Shift(FrozenMapping({3: 1})), "on": Shift(same=1)} == told.days

    def test_why_side_by_side(self) -> None:
        """A move explains either side by deciding again."""
        (move,) = simulate(TRIAL, TWO, FIVE, [question("al", 100)]).moves
        before, after = move.explanations()

        assert "al" == move.subject
        assert (2, 5) == tuple(why.checks[0].reason.facts[0][1] for why in (before, after))
        assert ("charged", "charged") == (move.before.seen.place, move.after.seen.place)
        assert "toy.fee" in repr(move)

    def test_a_version_decides_on_every_day(self) -> None:
        """A version given in place of a policy decides on days before it is in force, too."""
        early = [question("al", 100, date(2019, 1, 1))]
        told = simulate(TRIAL, TWO.versions[0], FIVE.versions[0], early)

        assert {("charged", "charged"): 1} == told.matrix
        assert {"fee": (2, 5)} == told.amounts

    def test_meters(self) -> None:
        """What else is to be added up is, beside what the trial adds up."""

        def meter(facts: Any, parameters: Any, outcome: Any) -> Mapping[str, int]:
            return {"asked": 1, "fee": outcome.fee}

        told = simulate(TRIAL, TWO, FIVE, [question("al", 100)], meters=[meter])

        assert {"asked": (1, 1), "fee": (4, 10)} == told.amounts

    def test_the_version_beside(self) -> None:
        """What stands beside the rule's policy stands beside both sides."""
        other: Kind[Fee, Fee] = Kind("toy.beside", Fee, lambda written, faults, library: written)
        source = {"text": "Acme", "checked": "own"}
        version = {"since": date(2020, 1, 1), "source": source, "percent": 7}
        raw = {"id": "acme/beside", "kind": other.name, "version": [version]}
        beside = read_policy(raw, "beside.toml", {other.name: other}, SHELF).versions[0]
        rule = attrs.evolve(
            FEE_RULE,
            beside=other,
            filled=lambda facts, held: attrs.evolve(facts, amount=facts.amount + held.percent),
            joined=lambda own, held: attrs.evolve(own, percent=own.percent + held.percent),
        )
        asked = attrs.evolve(question("al", 93), beside=beside)
        told = simulate(attrs.evolve(TRIAL, rule=rule), TWO, FIVE, [asked])

        assert {"fee": (9, 12)} == told.amounts
        assert (9, 12) == tuple(why.headline.facts[0][1] for why in told.moves[0].explanations())

    def test_a_book_of_facts(self) -> None:
        """Facts by subject are read as they stand in case tables; faults name the subject."""
        book = {"al": {"on": "2020-06-01", "amount": 100}}

        assert [question("al", 100)] == list(questions(FEE_RULE, book))
        with pytest.raises(FaultsError, match="facts of bo"):
            list(questions(FEE_RULE, {"bo": {"on": "2020-06-01"}}))


class TestASideThatCannotDecide:
    """Why a side cannot decide is a place of its own, with its reason in both languages."""

    def test_not_in_force(self) -> None:
        """A day before the first version stands as not in force."""
        asked = question("al", 100, date(2019, 1, 1))
        told = simulate(TRIAL, TWO, FIVE.versions[0], [asked])

        assert {("not-in-force", "charged"): 1} == told.matrix
        why = told.moves[0].explanations()[0]
        assert "acme/fee has no version in force on Jan 1, 2019." == why.text()
        assert "没有生效的版本" in why.text("zh_CN")
        assert (0, 1) == (told.mute, simulate(TRIAL, TWO, fee(5), [asked]).mute)

    def test_a_cohort_that_is_not_known(self) -> None:
        """A version that hangs on an unknown fact stands as such."""
        told = simulate(TRIAL, cohort((2, ("N",)), (3, ("S",))), FIVE, [question("al", 100)])

        assert {("cohort-unknown", "charged"): 1} == told.matrix
        assert "hangs on region" in told.moves[0].explanations()[0].text()

    def test_two_cohorts(self) -> None:
        """Two versions of the same days that both apply stand as such."""
        customer = FrozenMapping({"region": "N"})
        asked = question("al", 100, customer=customer)
        told = simulate(TRIAL, cohort((2, ("N",)), (3, ("N", "S"))), FIVE, [asked])

        assert {("two-cohorts", "charged"): 1} == told.matrix
        assert "Two versions of acme/fee" in told.moves[0].explanations()[0].text()

    def test_facts_that_one_side_does_not_know(self) -> None:
        """A code that only one policy knows is told with its name."""
        asked = question("al", 100, word="fancy")
        told = simulate(TRIAL, TWO, fee(5, words=["plain", "fancy"]), [asked])

        assert {("not-askable", "charged"): 1} == told.matrix
        assert (
            "acme/fee cannot be asked with these facts: fancy."
            == told.moves[0].explanations()[0].text()
        )

    def test_both_sides_in_words(self) -> None:
        """Why neither side can decide is told of both, in the language asked."""
        asked = question("al", 100, date(2019, 1, 1), word="fancy")
        (move,) = simulate(TRIAL, TWO, FIVE.versions[0], [asked]).moves
        before, after = move.explain("en")

        assert "acme/fee has no version in force on Jan 1, 2019." == before
        assert "cannot be asked with these facts: fancy" in after
        assert "没有生效的版本" in move.explain("zh_CN")[0]

    def test_facts_with_faults(self) -> None:
        """A fact of the wrong type for a cohort is told by its path."""
        asked = question("al", 100, customer=FrozenMapping({"age": "old"}))
        source = {"text": "Acme", "checked": "own"}
        version = {
            "since": date(2020, 1, 1),
            "source": source,
            "percent": 2,
            "applies_to": {"fact": "age", "at_least": 18},
            "fact": [{"name": "age", "type": "integer"}],
        }
        raw = {"id": "acme/fee", "kind": FEE.name, "version": [version]}
        aged = read_policy(raw, "fee.toml", SHELF.kinds, SHELF)
        told = simulate(TRIAL, aged, FIVE, [asked])

        assert {("not-askable", "charged"): 1} == told.matrix


class TestBadInput:
    """Policies that cannot be compared are refused by name."""

    def test_other_kinds(self) -> None:
        """Policies of another kind than the rule's are named with theirs."""
        other: Kind[Fee, Fee] = Kind("toy.other", Fee, lambda written, faults, library: written)
        source = {"text": "Acme", "checked": "own"}
        version = {"since": date(2020, 1, 1), "source": source, "percent": 2}
        raw = {"id": "acme/other", "kind": other.name, "version": [version]}
        policy = read_policy(raw, "other.toml", {other.name: other}, SHELF)

        with pytest.raises(DifferentKindsError, match=r"toy\.fee is tried.*acme/other of kind toy"):
            simulate(TRIAL, TWO, policy, [])
        with pytest.raises(DifferentKindsError, match="it needs no policy"):
            simulate(attrs.evolve(TRIAL, rule=attrs.evolve(FEE_RULE, kind=None)), TWO, FIVE, [])
        with pytest.raises(DifferentKindsError, match=r"acme/other@2020-01-01"):
            simulate(TRIAL, TWO, policy.versions[0], [])

    @pytest.mark.parametrize("share", [Fraction(0), Fraction(-1, 2), Fraction(11, 10)])
    def test_shares(self, share: Fraction) -> None:
        """A share must be above nothing and at most the whole."""
        with pytest.raises(ValueError, match="above 0 and at most 1"):
            simulate(TRIAL, TWO, FIVE, [], share=share)

    def test_rules_do_not_add_up(self) -> None:
        """What is told of two rules does not add up."""
        with pytest.raises(ValueError, match=r"toy\.fee cannot be added to one of toy\.gift"):
            Simulation(rule="toy.fee") + Simulation(rule="toy.gift")


class TestLaws:
    """What holds whatever the book."""

    @given(BOOKS)
    def test_the_same_policy_changes_nothing(self, book: list[Any]) -> None:
        """A policy tried against itself, or against the same read again, changes nothing."""
        for other in (TWO, fee(2)):
            told = simulate(TRIAL, TWO, other, book)

            assert told.empty
            assert (len(book), 0, ()) == (told.asked, told.moved, told.moves)
            assert all(not shift.moved for shift in told.days.values())

    @given(BOOKS, st.integers(0, 12), st.integers(0, 3))
    def test_parts_add_up(self, book: list[Any], cut: int, keep: int) -> None:
        """A book told in two parts is told as one, kept moves and all; its rows sum to the book."""
        parts = [simulate(TRIAL, TWO, FIVE, part, keep=keep) for part in (book[:cut], book[cut:])]
        whole = simulate(TRIAL, TWO, FIVE, book, keep=keep)

        assert whole == parts[0] + parts[1] == Simulation(keep=0) + whole
        assert len(book) == sum(whole.matrix.values())
        assert min(keep, whole.changed) == len(whole.moves)

    @given(BOOKS, st.randoms(use_true_random=False))
    def test_order_does_not_matter(self, book: list[Any], chance: Any) -> None:
        """The same book in another order tells the same, and keeps the same moves."""
        other = chance.sample(book, len(book))

        assert simulate(TRIAL, TWO, FIVE, book, keep=2) == simulate(TRIAL, TWO, FIVE, other, keep=2)

    def test_samples(self) -> None:
        """A sample is about its share, the same each time, and another with another seed."""
        book = [question(f"c{place}", 100) for place in range(2000)]
        told = simulate(TRIAL, TWO, FIVE, book, share=Fraction(1, 4))
        again = simulate(TRIAL, TWO, FIVE, book, share=Fraction(1, 4))
        other = simulate(TRIAL, TWO, FIVE, book, share=Fraction(1, 4), seed="b")

        assert told == again
        assert told.moves != other.moves
        assert 2000 == told.asked + told.passed_over
        assert 400 < told.asked < 600

    def test_every_move_is_given(self) -> None:
        """Moves that are not kept are given to whoever asks for each."""
        book = [question(f"c{place}", 100) for place in range(300)]
        given: list[Move] = []
        told = simulate(TRIAL, TWO, FIVE, book, keep=3, each=given.append)

        assert 300 == len(given) == told.changed
        assert sorted(given, key=lambda move: move.rank)[:3] == list(told.moves)

    def test_what_cannot_be_asked_is_counted(self) -> None:
        """What could not be asked is counted by why, and not asked."""
        lost = [Unasked("al", "erased"), Unasked("bo", "erased"), Unasked("cy", "purged")]
        told = simulate(TRIAL, TWO, FIVE, lost)

        assert {"erased": 2, "purged": 1} == told.unasked
        assert 0 == told.asked

    def test_places_without_titles(self) -> None:
        """A trial that names no titles leaves the codes to speak."""
        assert TRIAL.title(Fee(percent=2), "free") is None
        assert Seen("free") == Seen("free", FrozenMapping(), FrozenMapping())
