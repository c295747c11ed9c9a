"""Errors: what each one says, what it is, and that all of them survive a trip between processes."""

from __future__ import annotations

import builtins
import copy
import pickle
from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bankservice.core import errors
from bankservice.core.errors import (
    BankServiceError,
    CommandConflictError,
    Fault,
    FaultsError,
    HeldError,
    IdentifierError,
    IntegrityError,
    NotInForceError,
    OperationalError,
    PastIsReadOnlyError,
    PolicyError,
    PurgedError,
    RaceLostError,
    SchemaVersionError,
    StoreError,
    UnknownKindError,
    UnknownNameError,
    near_names,
)
from bankservice.core.policy import UndecidedVersionError

FAULTS = (
    Fault("version[0].tier[1].enter", "float 1.5", "an amount as text", ("entry", "center")),
    Fault("", "nothing", "a table"),
)
DAY = date(2026, 3, 2)

# One error of every class, as the package raises it.
EXAMPLES: tuple[BankServiceError, ...] = (
    BankServiceError("something"),
    FaultsError("acme/tiers", FAULTS),
    PolicyError("acme/tiers", FAULTS),
    NotInForceError("acme/tiers has no version on 2026-03-02."),
    UnknownNameError("currency", "cny", ("CNY", "CNH", "USD")),
    UnknownNameError("currency", "?", ()),
    IdentifierError("the customer id is too long."),
    CommandConflictError("cmd-1", "with.on"),
    StoreError("the store broke."),
    OperationalError("the store is locked."),
    IntegrityError("two receipts."),
    RaceLostError("bank/test/x", 3, 4),
    RaceLostError("bank/test/x", 3),
    PurgedError("bank/test/x", "2036-03-02", "kept ten years"),
    HeldError("customer-7", ("case-12", "case-13")),
    SchemaVersionError("schema 9."),
    UnknownKindError("kind 'x'."),
    PastIsReadOnlyError("the journal as known then is looked at, not written."),
    UndecidedVersionError("acme/tiers", DAY, ("age", "region")),
)

# What a caller who knows only the built-ins, or the names of PEP 249, may catch.
CAUGHT_AS: dict[type[BankServiceError], tuple[type[Exception], ...]] = {
    BankServiceError: (Exception,),
    FaultsError: (ValueError,),
    PolicyError: (FaultsError, ValueError),
    NotInForceError: (LookupError,),
    UnknownNameError: (LookupError,),
    IdentifierError: (ValueError,),
    CommandConflictError: (ValueError,),
    StoreError: (BankServiceError,),
    OperationalError: (StoreError,),
    IntegrityError: (StoreError,),
    RaceLostError: (IntegrityError, StoreError),
    PurgedError: (StoreError,),
    HeldError: (ValueError,),
    SchemaVersionError: (StoreError,),
    UnknownKindError: (StoreError,),
    PastIsReadOnlyError: (TypeError,),
    UndecidedVersionError: (LookupError,),
}

# As many protocols as this Python has.
TRIPS: list[Callable[[BankServiceError], BankServiceError]] = [
    copy.copy,
    copy.deepcopy,
    *(
        (lambda error, p=protocol: pickle.loads(pickle.dumps(error, p)))
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1)
    ),
]


class TestEveryError:
    """One base, the built-in a caller expects, and fields that survive pickling."""

    def test_every_class_of_the_module_has_an_example_here(self) -> None:
        """A new error class must be added to these tests."""
        public = {getattr(errors, name) for name in errors.__all__}
        classes = {c for c in public if isinstance(c, type) and issubclass(c, Exception)}

        assert {*classes, UndecidedVersionError} == {type(error) for error in EXAMPLES}
        assert set(CAUGHT_AS) == {type(error) for error in EXAMPLES}

    @pytest.mark.parametrize("error", EXAMPLES, ids=lambda error: type(error).__name__)
    def test_it_survives_copying_and_pickling(self, error: BankServiceError) -> None:
        """Type, fields, arguments and message are the same after every trip."""
        for trip in TRIPS:
            back = trip(error)

            assert type(error) is type(back)
            assert (error.args, vars(error), str(error)) == (back.args, vars(back), str(back))

    @pytest.mark.parametrize("error", EXAMPLES, ids=lambda error: type(error).__name__)
    def test_it_is_caught_as_what_it_is(self, error: BankServiceError) -> None:
        """It has the package's base and the families it is promised to belong to."""
        families = CAUGHT_AS[type(error)]

        assert isinstance(error, BankServiceError)
        assert all(isinstance(error, family) for family in families)

    @pytest.mark.parametrize("kind", CAUGHT_AS, ids=lambda kind: kind.__name__)
    def test_machine_trouble_is_no_caller_s_mistake(self, kind: type[BankServiceError]) -> None:
        """A `StoreError` is none of the built-in mistakes, and no mistake is a `StoreError`."""
        mistake = issubclass(kind, (ValueError, TypeError, LookupError))

        assert not (mistake and issubclass(kind, StoreError))
        assert not hasattr(builtins, kind.__name__)

    @given(
        st.text(max_size=8),
        st.text(max_size=8),
        st.lists(st.text(max_size=8), max_size=12),
    )
    def test_near_names_survive_any_trip(self, kind: str, name: str, known: list[str]) -> None:
        """Only the near names travel, and on arrival they are the same, in the same order."""
        error = UnknownNameError(kind, name, known)
        back = pickle.loads(pickle.dumps(error))

        assert (error.near, str(error)) == (back.near, str(back))


class TestMessages:
    """A message says what, got, wanted and what to do."""

    def test_faults_are_listed_line_by_line(self) -> None:
        """Every fault is told with its path; the root is called `here`."""
        assert (
            "acme/tiers has 2 faults:\n"
            "  version[0].tier[1].enter: got float 1.5, wanted an amount as text; "
            "did you mean entry or center?\n"
            "  here: got nothing, wanted a table"
        ) == str(PolicyError("acme/tiers", FAULTS))

    def test_one_fault_is_one_fault(self) -> None:
        """The plural is used for several only."""
        assert str(FaultsError("row", FAULTS[1:])).startswith("row has 1 fault:\n")

    def test_the_fields_stay_at_hand(self) -> None:
        """What was wrong can be read without taking the message apart."""
        error = FaultsError("row", FAULTS)
        conflict = CommandConflictError("cmd-1", "with.on")
        race = RaceLostError("bank/test/x", 3, 4)
        undecided = UndecidedVersionError("acme/tiers", DAY, ("age",))

        assert ("row", FAULTS) == (error.what, error.faults)
        assert ("cmd-1", "with.on") == (conflict.command_id, conflict.difference)
        assert ("bank/test/x", 3, 4) == (race.stream, race.expected, race.found)
        assert ("age",) == undecided.facts

    @pytest.mark.parametrize(
        ("error", "wanted"),
        [
            (
                UnknownNameError("currency", "cny", ("CNY", "USD")),
                "there is no currency 'cny'; did you mean CNY?",
            ),
            (UnknownNameError("currency", "?", ("CNY",)), "there is no currency '?'."),
            (
                CommandConflictError("cmd-1", "with.on"),
                (
                    "command 'cmd-1' was already given with other content: with.on. "
                    "The first one stands; give the new content its own id."
                ),
            ),
            (
                RaceLostError("bank/x", 3, 4),
                (
                    "stream bank/x is at version 4, the commit expected version 3. "
                    "Nothing was written; read again and decide again."
                ),
            ),
            (
                RaceLostError("bank/x", 3, 0),
                (
                    "stream bank/x is at version 0, the commit expected version 3. "
                    "Nothing was written; read again and decide again."
                ),
            ),
            (
                RaceLostError("bank/x", 3),
                (
                    "stream bank/x is at another version, the commit expected version 3. "
                    "Nothing was written; read again and decide again."
                ),
            ),
            (
                UndecidedVersionError("acme/tiers", DAY, ("age", "region")),
                "acme/tiers on 2026-03-02 depends on age, region, which is unknown; state it.",
            ),
        ],
        ids=lambda value: type(value).__name__,
    )
    def test_what_the_others_say(self, error: BankServiceError, wanted: str) -> None:
        """The wording is fixed: people search for it."""
        assert wanted == str(error)

    def test_a_fault_without_near_names_asks_nothing(self) -> None:
        """`did you mean` stands only where there is something to offer."""
        assert "code: got nothing, wanted a value" == str(Fault("code", "nothing", "a value"))


class TestNearNames:
    """Unknown names offer the near ones."""

    @given(st.text(max_size=8), st.lists(st.text(max_size=8), max_size=12))
    def test_at_most_three_known_names_each_once(self, name: str, known: list[str]) -> None:
        """Only names that are known are offered."""
        near = near_names(name, known)

        assert len(near) <= 3
        assert len(set(near)) == len(near)
        assert set(near) <= set(known)

    @given(st.text(min_size=1, max_size=8), st.lists(st.text(max_size=8), max_size=8))
    def test_the_name_itself_in_other_case_comes_first(self, name: str, known: list[str]) -> None:
        """Case is no distance."""
        near = near_names(name.swapcase(), [*known, name])

        assert name.casefold() == near[0].casefold() or (
            name.swapcase().casefold() != name.casefold()
        )

    def test_best_first(self) -> None:
        """The nearest name leads, and what is far is not offered."""
        assert ("retain",) == near_names("retian", ["retain", "enter", "grace"])
        assert ("tier", "tiers", "tears") == near_names("tier", ["tears", "tiers", "tier"])
        assert () == near_names("xyz", ["enter", "retain"])
        assert () == near_names("enter", [])

    def test_never_more_than_three(self) -> None:
        """A long list helps nobody."""
        assert ("tier1", "tier2", "tier3") == tuple(
            sorted(near_names("tier", ["tier1", "tier2", "tier3"]))
        )
        assert 3 == len(near_names("tier", [f"tier{number}" for number in range(9)]))
