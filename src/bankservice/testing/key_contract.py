"""
The contract suite for keys: one test for each promise, in the order the port states them.

A bank that keeps its keys in a service of its own derives a class and says how to get fresh ones:

    class TestOurKeys(KeysContract):
        @pytest.fixture
        def keys(self):
            return OurKeys()
"""

# These are tests, and tests in this house say `expected == actual`.
# ruff: noqa: SIM300

from __future__ import annotations

import pytest

from bankservice.core.keys import Keys

__all__ = ["KeysContract"]

TENANT = "bank-a"
OTHER_TENANT = "bank-b"


class KeysContract:
    """
    The promises of `Keys`. Override `keys` with a fixture that gives fresh ones.

    Where several writers can reach the same keys, override `other_keys` too, with another one of
    them; the promises hold between the two.
    """

    @pytest.fixture
    def keys(self) -> Keys:
        """Give fresh keys, of nobody yet."""
        raise NotImplementedError("override the fixture `keys` with one of yours.")

    @pytest.fixture
    def other_keys(self, keys: Keys) -> Keys:
        """Give the same keys as another writer reaches them; the same object where left out."""
        return keys

    def test_one_key_for_each_customer(self, keys: Keys, other_keys: Keys) -> None:
        """`current` gives each customer asked one key, making it where there is none; asked
        again, by whichever writer, the same one."""
        first = dict(keys.current(TENANT, ["客户-1", "c-2"]))
        subjects = [*(f"c-{number}" for number in range(123)), "客户-1"]

        many = dict(other_keys.current(TENANT, [*subjects, "c-2"]))

        assert {"客户-1", "c-2"} == set(first)
        assert set(subjects) == set(many)
        assert first == {subject: many[subject] for subject in first}
        assert many == dict(keys.current(TENANT, subjects))
        assert {} == dict(keys.current(TENANT, []))
        assert {32} == {len(key.secret) for key in many.values()}

    def test_keys_differ(self, keys: Keys, other_keys: Keys) -> None:
        """Keys of different customers, and of different tenants, differ."""
        subjects = [f"c-{number}" for number in range(20)]

        ours = keys.current(TENANT, subjects)
        theirs = other_keys.current(OTHER_TENANT, subjects)

        secrets = {key.secret for held in (ours, theirs) for key in held.values()}
        assert 2 * len(subjects) == len(secrets)
        assert len(subjects) == len({key.id for key in ours.values()})

    def test_keys_are_found(self, keys: Keys, other_keys: Keys) -> None:
        """`find` gives the keys there are among the ids asked, and None for those that were
        destroyed; unknown ones are missing."""
        made = keys.current(TENANT, ["c-1", "c-2", "c-3"])
        keys.destroy(TENANT, "c-2")
        ids = [made[subject].id for subject in ("c-1", "c-2")]

        found = other_keys.find(TENANT, ["unknown", *ids, ids[0]])

        assert {ids[0]: made["c-1"], ids[1]: None} == dict(found)
        assert {} == dict(keys.find(OTHER_TENANT, [*ids, "unknown"]))
        assert {} == dict(keys.find(TENANT, []))

    def test_destroyed_keys_are_gone(self, keys: Keys, other_keys: Keys) -> None:
        """After `destroy` none of the customer's keys is given again; other customers' keys
        stay."""
        first = keys.current(TENANT, ["c-1"])["c-1"]
        keys.destroy(TENANT, "c-1")
        made = keys.current(TENANT, ["c-1", "c-2"])
        same = keys.current(OTHER_TENANT, ["c-1"])["c-1"]
        keys.current(TENANT, [f"d-{number}" for number in range(3)])

        assert 1 == other_keys.destroy(TENANT, "c-1")
        assert 0 == keys.destroy(TENANT, "c-1")
        assert 0 == keys.destroy(TENANT, "unknown")

        for held in (keys, other_keys):
            gone = held.find(TENANT, [first.id, made["c-1"].id])
            assert [] == [key for key in gone.values() if key is not None]
            assert made["c-2"] == held.find(TENANT, [made["c-2"].id])[made["c-2"].id]
            assert made["c-2"] == held.current(TENANT, ["c-2"])["c-2"]
            assert same == held.current(OTHER_TENANT, ["c-1"])["c-1"]

    def test_new_key_after_destruction(self, keys: Keys, other_keys: Keys) -> None:
        """A customer whose key was destroyed gets a new key, under a new id, when one is next
        needed."""
        before = keys.current(TENANT, ["c-1"])["c-1"]
        other_keys.destroy(TENANT, "c-1")

        after = keys.current(TENANT, ["c-1"])["c-1"]

        assert before.id != after.id
        assert before.secret != after.secret
        assert {"c-1": after} == dict(other_keys.current(TENANT, ["c-1"]))
        assert after == other_keys.find(TENANT, [after.id])[after.id]
