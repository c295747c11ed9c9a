"""What a release does and why it is refused, over policies and records as values."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bankservice import policies, release
from bankservice.core import wording
from bankservice.core.citation import Approval
from bankservice.core.decision import Says
from bankservice.core.errors import IdentifierError
from bankservice.core.policy import Policy
from bankservice.release import (
    Act,
    Asked,
    Figures,
    Plan,
    Proof,
    Record,
    Refusal,
    plan,
    problems,
    saying,
)
from bankservice.release.judging import four_eyes, judge_book, judge_cases, judge_days
from bankservice.release.telling import plan_told

JUNE = date(2026, 6, 15)
ASKED = Asked(by="li", asked_by="wang", document="minutes 7", on=JUNE)
LI = Approval(by="li", on=JUNE, document="minutes 7")
HEAD = 'id = "acme/tiers"\nkind = "segmentation.tiers"\n'
TIERS = """
source = {{ text = "Acme manual", clause = "2", checked = "own" }}
zone = "Asia/Shanghai"
currency = "CNY"
[[version.tier]]
code = "BASE"
[[version.tier]]
code = "GOLD"
enter = "{enter}"
retain = "{enter}"
"""


def tiers(*versions: str) -> Policy[Any]:
    """Return a policy; each version is its days (TOML keys, one a line) and Gold's level."""
    parts = (version.partition(" | ") for version in versions)
    texts = (f"[[version]]\n{head}\n{TIERS.format(enter=enter)}" for head, _, enter in parts)
    return policies.shelf().read(HEAD + "\n".join(texts), "a file")


OLD = "since = 2020-01-01 | 500000.00"
NEXT = "since = 2027-01-01 | 300000.00"
AFTER = "since = 2028-01-01 | 250000.00"
VIP = 'since = 2027-01-01\napplies_to = { fact = "branch", equals = "east" }\nfact = [{ name = "branch", type = "text" }] | 1.00'


def recorded(found: Plan, number: int = 1) -> Record:
    """Return the record of a plan that was approved."""
    return Record(
        format=1,
        policy=found.policy.id,
        kind=found.policy.kind.name,
        number=number,
        previous="",
        file="tiers.policy.toml",
        file_digest="",
        asked_by="wang",
        approval=LI,
        versions=found.items(),
        differences=found.differences,
    )


def days(found: Plan) -> tuple[list[str], list[str], list[str]]:
    """Return since when what is new, ends otherwise and is adopted begins."""
    parts = (found.new, found.repealed, found.adopted)
    new, repealed, adopted = ([str(version.since) for version in part] for part in parts)
    return new, repealed, adopted


def codes(reasons: Iterator[Any]) -> list[str]:
    """Return the codes of reasons."""
    return [reason.code for reason in reasons]


class TestWhatIsNew:
    """A version that no release and no policy in use has is new."""

    def test_the_first_release_adopts_what_is_in_force(self) -> None:
        """
        Without a record, versions in force by the day are adopted and those to come are new.
        """
        found = plan(tiers(OLD, NEXT, AFTER), (), None, JUNE)

        assert (["2027-01-01", "2028-01-01"], [], ["2020-01-01"]) == days(found)
        assert ["2020-01-01"] == [str(version.since) for version in found.before.versions]

    def test_of_versions_in_force_the_newest_is_new(self) -> None:
        """
        Where nothing is to come, the newest version is released: nobody approved it yet.
        """
        assert (["2020-01-01"], [], []) == days(plan(tiers(OLD), (), None, JUNE))

    def test_what_was_released_is_not_new(self) -> None:
        """
        After a release only what it does not hold is new.
        """
        first = plan(tiers(OLD, NEXT), (), None, JUNE)

        assert plan(tiers(OLD, NEXT), [recorded(first)], None, JUNE).empty
        assert (["2028-01-01"], [], []) == days(
            plan(tiers(OLD, NEXT, AFTER), [recorded(first)], None, JUNE)
        )

    def test_the_policy_in_use_tells_what_is_new(self) -> None:
        """
        A policy of the same id in use is held, and adopted by the first record.
        """
        found = plan(tiers(OLD, NEXT, AFTER), (), tiers(OLD, NEXT), JUNE)

        assert (["2028-01-01"], [], ["2020-01-01", "2027-01-01"]) == days(found)

    def test_a_cohort_is_a_version_of_its_own(self) -> None:
        """
        A version of the same days for a cohort is new beside the one for everybody.
        """
        first = recorded(plan(tiers(OLD, NEXT), (), None, JUNE))
        found = plan(tiers(OLD, NEXT, VIP), [first], None, JUNE)

        assert [True] == [bool(version.cohort) for version in found.new]
        assert [] == list(problems(tiers(OLD, NEXT, VIP), [first]))

    def test_an_end_is_released(self) -> None:
        """
        A version that ends on another day than was released is a repeal; before it, it went on.
        """
        first = recorded(plan(tiers(OLD), (), None, JUNE))
        ended = OLD.replace(" |", "\nends_on = 2029-01-01 |")
        found = plan(tiers(ended), [first], None, JUNE)

        assert ([], ["2020-01-01"], []) == days(found)
        assert [None] == [version.ends_on for version in found.before.versions]
        assert [("ends_on", None, "2029-01-01")] == [
            (change.path, change.before, change.after) for change in found.differences
        ]
        again = plan(tiers(OLD), [first, recorded(found, 2)], None, JUNE)

        assert plan(tiers(ended), [first, recorded(found, 2)], None, JUNE).empty
        assert date(2029, 1, 1) == found.first_day == again.first_day
        assert [] == codes(judge_cases(Proof(passed=1, touching=1), found))

    def test_differences_are_against_the_version_before(self) -> None:
        """
        Each new version is compared with the one that would be in force without it.
        """
        found = plan(tiers(OLD, NEXT), (), None, JUNE)

        assert [
            ("tier.GOLD.enter", "500000.00", "300000.00"),
            ("tier.GOLD.retain", "500000.00", "300000.00"),
        ] == [(change.path, change.before, change.after) for change in found.differences]
        assert [Act.ADOPTED, Act.NEW] == [item.act for item in found.items()]

    def test_versions_released_together_are_compared_in_turn(self) -> None:
        """
        Of two new versions the later one is compared with the earlier one, not with what is in use.
        """
        found = plan(tiers(OLD, NEXT, AFTER), (), None, JUNE)

        assert [
            ("2027-01-01", "500000.00", "300000.00"),
            ("2028-01-01", "300000.00", "250000.00"),
        ] == [
            (str(change.since), change.before, change.after)
            for change in found.differences
            if change.path == "tier.GOLD.enter"
        ]
        told = [release.said(reason) for reason in plan_told(found, ASKED)]
        assert "  In the version of Jan 1, 2028, known Jan 1, 2028, beside the one before it:" in (
            told
        )

    def test_a_correction_to_come_is_not_adopted(self) -> None:
        """
        On the first release, a correction of the past that becomes known on the day of approval or
        later is new, and so retroactive; one that was known is adopted.
        """
        for known, new in (("2026-06-14", 1), ("2026-06-15", 2), ("2026-06-20", 2)):
            correction = f"since = 2020-01-01\nknown_on = {known} | 400000.00"
            found = plan(tiers(OLD, NEXT, correction), (), None, JUNE)
            wanted = ["retroactive"] * (new - 1)

            assert new == len(found.new)
            assert wanted == codes(judge_days(found, ASKED, JUNE))

    def test_the_newest_known_is_new(self) -> None:
        """
        A correction is newer than a later version that was known before it.
        """
        correction = "since = 2020-01-01\nknown_on = 2026-06-15 | 400000.00"
        later = "since = 2025-01-01 | 300000.00"
        found = plan(tiers(OLD, later, correction), (), None, JUNE)

        assert [date(2026, 6, 15)] == [version.ref.known_on for version in found.new]


class TestSides:
    """What a book is asked under."""

    def test_one_version_is_asked_by_itself(self) -> None:
        """
        One new version is asked beside the one before it, on no day: the book has its own.
        """
        found = plan(tiers(OLD, NEXT), (), None, JUNE)
        before, after, day = found.sides(JUNE)

        assert (found.before.versions[0], found.new[0], None) == (before, after, day)

    def test_several_are_asked_by_their_days(self) -> None:
        """
        Several new versions, one for a cohort, and a repeal are asked as policies, on the first
        day that matters.
        """
        first = recorded(plan(tiers(OLD), (), None, JUNE))
        ended = OLD.replace(" |", "\nends_on = 2029-01-01 |")
        for versions, day in (
            ((OLD, NEXT, AFTER), date(2027, 1, 1)),
            ((OLD, VIP), date(2027, 1, 1)),
            ((ended,), date(2029, 1, 1)),
        ):
            found = plan(tiers(*versions), [first], None, JUNE)

            assert (found.base, found.policy, day) == found.sides(JUNE)

    def test_a_first_version_has_nothing_beside_it(self) -> None:
        """
        A first version is a side alone; the policy before it has no version.
        """
        before, _, day = plan(tiers(OLD), (), None, JUNE).sides(JUNE)

        assert isinstance(before, Policy)
        assert ((), JUNE) == (before.versions, day)


class TestProblems:
    """A version that was released stays as it was."""

    FIRST = recorded(plan(tiers(OLD, NEXT), (), None, JUNE))

    def test_a_changed_version(self) -> None:
        """
        Another number under the same days is refused, and named with its path.
        """
        (reason,) = problems(tiers(OLD, NEXT.replace("300", "310")), [self.FIRST])
        facts = dict(reason.facts)

        assert Refusal.VERSION_CHANGED.value == reason.code
        assert ("tier.GOLD.enter", "300000.00", "310000.00") == (
            facts["path"],
            facts["before"],
            facts["after"],
        )

    def test_an_adopted_version_does_not_change_either(self) -> None:
        """
        What was in use before the first release must not change after it.
        """
        found = problems(tiers(OLD.replace("500", "510"), NEXT), [self.FIRST])

        assert [Refusal.VERSION_CHANGED.value] == codes(found)

    def test_a_version_taken_out(self) -> None:
        """
        A released version that is no longer there is refused.
        """
        assert [Refusal.VERSION_GONE.value] == codes(problems(tiers(OLD), [self.FIRST]))

    def test_the_policy_in_use_counts_as_well(self) -> None:
        """
        What differs from the policy in use, of the same id, is refused without any record.
        """
        changed = tiers(OLD.replace("500", "510"), NEXT)

        assert [Refusal.VERSION_CHANGED.value] == codes(problems(changed, (), tiers(OLD)))
        assert [Refusal.VERSION_GONE.value] == codes(problems(tiers(NEXT), (), tiers(OLD)))

    def test_another_approval(self) -> None:
        """
        An approval in the file that is not the one recorded is refused.
        """
        approved = NEXT.replace(" |", '\napproval = { by = "zhao", on = 2026-06-15 } |')

        assert [Refusal.APPROVAL_DIFFERS.value] == codes(
            problems(tiers(OLD, approved), [self.FIRST])
        )

    def test_a_correction_is_a_version_of_its_own(self) -> None:
        """
        The same day with a later known_on is no change of what was released.
        """
        correction = NEXT.replace(" |", "\nknown_on = 2027-02-01 |").replace("300", "310")
        corrected = tiers(OLD, NEXT, correction)

        assert [] == list(problems(corrected, [self.FIRST]))
        assert ["2027-01-01"] == days(plan(corrected, [self.FIRST], None, JUNE))[0]


class TestJudging:
    """Refusals by the people, the days, the cases and the book."""

    def days_of(self, version: str, **asked: Any) -> list[str]:
        """Return what is wrong with the days of a version that is new."""
        first = recorded(plan(tiers(OLD), (), None, JUNE))
        found = plan(tiers(OLD, version), [first], None, JUNE)
        return codes(judge_days(found, attrs.evolve(ASKED, **asked), JUNE))

    def test_an_honest_day(self) -> None:
        """
        A version that takes effect on the day of approval is neither late nor known too early.
        """
        assert [] == self.days_of("since = 2026-06-15 | 1.00")

    def test_known_before_it_is_approved(self) -> None:
        """
        A version that says it was known before the approval would falsify what was known then.
        """
        assert ["known-before-approval"] == self.days_of(
            "since = 2027-01-01\nknown_on = 2026-06-14 | 1.00"
        )

    def test_retroactive(self) -> None:
        """
        A version that takes effect before its approval needs a reason, and with one it goes.
        """
        late = "since = 2026-06-14\nknown_on = 2026-06-15 | 1.00"

        assert ["retroactive"] == self.days_of(late)
        assert [] == self.days_of(late, retroactive="ordered by the supervisor")

    def test_an_end_in_the_past_is_retroactive(self) -> None:
        """
        A version that is made to end before the approval needs a reason as well.
        """
        first = recorded(plan(tiers(OLD), (), None, JUNE))
        ended = tiers(OLD.replace(" |", "\nends_on = 2026-06-14 |"))
        found = plan(ended, [first], None, JUNE)

        assert ["retroactive"] == codes(judge_days(found, ASKED, JUNE))

    @pytest.mark.parametrize("name", ["li", "LI", " li ", "l i", "\uff4c\uff49"])
    def test_four_eyes(self, name: str) -> None:
        """
        Who approves is not who asks, however the name is written.
        """
        asked = attrs.evolve(ASKED, asked_by=name)

        assert ["approver-is-actor"] == codes(four_eyes(asked))
        assert [] == list(four_eyes(ASKED))

    @pytest.mark.parametrize(
        ("proof", "wanted"),
        [
            (Proof(), ["no-case"]),
            (Proof(passed=1, astray=1), ["no-case"]),
            (Proof(passed=2, touching=2), ["change-unseen"]),
            (Proof(passed=2, touching=2, seeing=1), []),
            (Proof(passed=2, touching=2, seeing=1, unseen=(JUNE,)), ["version-unseen"]),
            (Proof(touching=1, seeing=1, failed=(("a", "b"),)), ["case-failed"]),
            (Proof(touching=1, seeing=1, bad=(("a", "b"),)), ["case-bad"]),
        ],
    )
    def test_cases(self, proof: Proof, wanted: list[str]) -> None:
        """
        A case must be decided by the policy, all must pass, and one must see the change.
        """
        found = plan(tiers(OLD, NEXT), (), None, JUNE)

        assert wanted == codes(judge_cases(proof, found))

    def test_a_book_that_nobody_can_decide(self) -> None:
        """
        A book of which neither side could decide anything proves nothing.
        """
        mute = Figures(rule="r", asked=3, changed=0, moved=0, mute=3)

        assert ["book-empty"] == codes(judge_book(mute, ASKED))
        assert [] == codes(judge_book(attrs.evolve(mute, mute=2), ASKED))

    @given(asked=st.integers(0, 50), changed=st.integers(0, 50), most=st.fractions(0, 1))
    def test_moves(self, asked: int, changed: int, most: Fraction) -> None:
        """
        A book is in the way where it is empty, or where more than the share set comes out
        otherwise; exactly the share is let through, and so is more where it is accepted.
        """
        changed = min(asked, changed)
        figures = Figures(rule="r", asked=asked, changed=changed, moved=0)
        limited = attrs.evolve(ASKED, most_moves=most)
        over = asked > 0 and changed > most * asked

        found = codes(judge_book(figures, limited))
        accepted = codes(judge_book(figures, attrs.evolve(limited, accept_moves=True)))

        assert (["book-empty"] if not asked else ["too-many-moves"] if over else []) == found
        assert ([] if asked else ["book-empty"]) == accepted
        assert accepted == codes(judge_book(figures, ASKED))


class TestAsked:
    """What is asked for is checked where it is made."""

    @pytest.mark.parametrize(
        ("wrong", "message"),
        [
            ({"document": "  "}, "needs the document"),
            ({"document": "a\nb"}, "in one line"),
            ({"retroactive": "x" * 301}, "up to 300"),
            ({"most_moves": Fraction(3, 2)}, "a share from 0 to 1"),
            ({"accept_moves": True}, "belongs to most_moves"),
            ({"asked_by": " "}, "asked_by is blank"),
            ({"by": "  "}, "by is blank"),
        ],
    )
    def test_what_cannot_be_asked(self, wrong: dict[str, Any], message: str) -> None:
        """
        A release without a document, or with a share that is none, is refused with what is wanted.
        """
        with pytest.raises(ValueError, match=message):
            attrs.evolve(ASKED, **wrong)

    @pytest.mark.parametrize("name", ["", "4111 1111 1111 1111", "a\tb"])
    def test_people_are_named_by_ids(self, name: str) -> None:
        """
        Who asks and who approves is named by an id that is no card number and can be printed.
        """
        with pytest.raises(IdentifierError):
            attrs.evolve(ASKED, by=name)


class TestWording:
    """Whatever a release tells is worded in both languages."""

    @pytest.mark.parametrize("locale", wording.LOCALES)
    def test_release_speaks(self, locale: str) -> None:
        """
        Every reason has a sentence with exactly its facts, and no sentence is left over.
        """
        held = wording.templates("bankservice.release", locale)
        told = [part for part in vars(saying).values() if isinstance(part, Says)]

        assert {says.code: frozenset(says.names) for says in told} == {
            code: wording.placeholders(text) for code, text in held.items()
        }

    def test_refusals_are_worded(self) -> None:
        """
        Every refusal is told by a reason of its own code.
        """
        told = {part.code for part in vars(saying).values() if isinstance(part, Says)}

        assert {refusal.value for refusal in Refusal} <= told
