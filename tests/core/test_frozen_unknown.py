"""Frozen mappings obey the laws of values; the unknown fact is never true, false or equal."""

from __future__ import annotations

import copy
import operator
import os
import pickle
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bankservice.core.frozen import FrozenMapping
from bankservice.core.unknown import UNKNOWN, Unknown

keys = st.text(max_size=4)
tables = st.dictionaries(keys, st.integers() | st.text(max_size=4) | st.none(), max_size=6)


class TestFrozenMapping:
    """A mapping that cannot change; ordered as given, equal whatever the order."""

    @given(tables)
    def test_it_holds_what_it_was_given_in_that_order(self, table: dict[str, object]) -> None:
        """Every reading gives what the table gives."""
        held = FrozenMapping(table)

        assert list(table.items()) == list(held.items())
        assert (len(table), list(table), list(table.values())) == (
            len(held),
            list(held),
            list(held.values()),
        )
        assert all(table[key] == held[key] and key in held for key in table)

    @given(tables)
    def test_what_is_mutable_is_a_copy(self, table: dict[str, object]) -> None:
        """Whoever changes the dict it gives changes nothing of it."""
        held = FrozenMapping(table)
        copy = held.mutable()
        assert table == copy
        copy["a name more"] = 1

        assert table == held.mutable()

    @given(tables, st.randoms())
    def test_order_does_not_matter_for_sameness(
        self, table: dict[str, object], random: Any
    ) -> None:
        """Equal content is equal and hashes equally, whatever the order."""
        items = list(table.items())
        random.shuffle(items)
        one, two = FrozenMapping(table), FrozenMapping(dict(items))

        assert one == two
        assert hash(one) == hash(two)
        assert 1 == len({one, two})

    @given(tables, tables)
    def test_it_is_equal_exactly_when_the_tables_are(
        self, one: dict[str, object], two: dict[str, object]
    ) -> None:
        """Sameness is that of the tables, and it equals a plain mapping of the same content."""
        a, b = FrozenMapping(one), FrozenMapping(two)

        assert (one == two) == (a == b)
        assert (one == two) <= (hash(a) == hash(b))
        assert a == one
        assert one == a

    @given(tables)
    def test_it_keeps_its_own_copy(self, table: dict[str, object]) -> None:
        """Changing the table it was made from changes nothing, also the hash."""
        before = dict(table)
        held = FrozenMapping(table)
        table["later"] = "added"

        assert before == held
        assert hash(FrozenMapping(before)) == hash(held)

    @given(tables)
    def test_a_frozen_mapping_of_a_frozen_mapping_is_equal(self, table: dict[str, object]) -> None:
        """Freezing twice changes nothing."""
        assert FrozenMapping(table) == FrozenMapping(FrozenMapping(table))

    @given(tables)
    def test_it_survives_copying_and_pickling(self, table: dict[str, object]) -> None:
        """Content, order and hash are the same after the trip, hashed before it or not."""
        for held in (FrozenMapping(table), FrozenMapping(table)):
            for back in (copy.copy(held), copy.deepcopy(held), pickle.loads(pickle.dumps(held))):
                assert isinstance(back, FrozenMapping)
                assert list(held.items()) == list(back.items())
                assert hash(held) == hash(back)

    def test_a_hash_does_not_travel_to_another_process(self) -> None:
        """Text hashes differ by process, so the kept hash must not be pickled."""
        held = FrozenMapping({"GOLD": "金卡"})
        hash(held)
        code = (
            "import pickle, sys\n"
            "from bankservice.core.frozen import FrozenMapping\n"
            "back = pickle.loads(sys.stdin.buffer.read())\n"
            "sys.exit(0 if hash(back) == hash(FrozenMapping({'GOLD': '金卡'})) else 1)\n"
        )
        for seed in ("1", "2"):
            done = subprocess.run(
                [sys.executable, "-X", "utf8", "-c", code],
                input=pickle.dumps(held),
                env={"PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)},
                check=False,
            )

            assert 0 == done.returncode

    def test_nothing_can_be_written(self) -> None:
        """There is no assignment, no removal, no new attribute and no merging in place."""
        held: Any = FrozenMapping({"GOLD": 1})
        with pytest.raises(TypeError):
            held["GOLD"] = 2
        with pytest.raises(TypeError):
            del held["GOLD"]
        with pytest.raises(AttributeError):
            held.name = "tiers"
        for word in ("update", "pop", "clear", "setdefault", "popitem"):
            assert not hasattr(held, word)

        assert {"GOLD": 1} == held

    def test_a_missing_key_is_a_key_error(self) -> None:
        """It reads as any mapping: errors, defaults and membership."""
        held = FrozenMapping({"GOLD": 1})
        with pytest.raises(KeyError, match="SILVER"):
            held["SILVER"]

        assert "SILVER" not in held
        assert held.get("SILVER") is None
        assert isinstance(held, Mapping)

    def test_empty_is_empty(self) -> None:
        """Nothing, None and an empty table are the same mapping, and it is false."""
        empty: FrozenMapping[str, int] = FrozenMapping()

        assert empty == FrozenMapping(None) == FrozenMapping({})
        assert not empty
        assert hash(empty) == hash(FrozenMapping({}))

    def test_a_value_that_can_change_cannot_be_hashed(self) -> None:
        """A list inside is found when a hash is asked for, again and again."""
        held = FrozenMapping({"GOLD": [1]})
        for _ in range(2):
            with pytest.raises(TypeError, match="unhashable"):
                hash(held)

        assert held == {"GOLD": [1]}

    def test_it_shows_what_it_holds(self) -> None:
        """The text can be pasted back."""
        assert "FrozenMapping({'GOLD': 1})" == repr(FrozenMapping({"GOLD": 1}))


class TestUnknown:
    """An unknown fact is an outcome of its own."""

    def test_it_is_neither_true_nor_false(self) -> None:
        """Using it as a condition is a mistake that shows at once."""
        for misuse in (bool, operator.not_, lambda fact: fact and 1):
            with pytest.raises(TypeError, match="neither true nor false"):
                misuse(UNKNOWN)

    @pytest.mark.parametrize("other", ["unknown", "", 0, None, False, "UNKNOWN"])
    def test_it_equals_only_itself(self, other: object) -> None:
        """No text, zero or nothing is taken for it."""
        assert UNKNOWN != other
        assert UNKNOWN == Unknown.UNKNOWN

    def test_it_has_no_order_and_no_arithmetic(self) -> None:
        """Nothing is computed with what is not known."""
        fact: Any = UNKNOWN
        for misuse in (operator.lt, operator.ge, operator.add, operator.mul):
            with pytest.raises(TypeError):
                misuse(fact, 1)
            with pytest.raises(TypeError):
                misuse(fact, fact)

    def test_there_is_one(self) -> None:
        """Copies and pickles are the very same object, so `is UNKNOWN` always works."""
        for same in (
            copy.copy(UNKNOWN),
            copy.deepcopy(UNKNOWN),
            pickle.loads(pickle.dumps(UNKNOWN)),
        ):
            assert UNKNOWN is same

        assert [UNKNOWN] == list(Unknown)
        assert "UNKNOWN" == repr(UNKNOWN)
        assert "unknown" == UNKNOWN.value
