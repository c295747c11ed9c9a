"""Keys: the value, and what the port asks of whoever keeps them."""

from __future__ import annotations

import pickle

import attrs

from bankservice.core.keys import Key, Keys


def test_a_secret_is_not_shown() -> None:
    """A key that gets into a log or an error shows its id and not its secret."""
    key = Key("k-1", b"\x01" * 32)

    assert "k-1" in repr(key)
    assert "x01" not in repr(key)
    assert ["secret"] == [field.name for field in attrs.fields(Key) if not field.repr]


def test_a_key_is_a_value() -> None:
    """Keys compare by what they hold, and travel between processes."""
    key = Key("k-1", b"\x01" * 32)

    assert key == Key("k-1", b"\x01" * 32) == pickle.loads(pickle.dumps(key))
    assert key != Key("k-1", b"\x02" * 32)


def test_the_port_is_three_methods() -> None:
    """A bank with a key service of its own writes these, and no others."""
    assert {"current", "find", "destroy"} == {
        name for name in vars(Keys) if not name.startswith("_")
    }
