"""Identifiers say nothing about a person: look-alikes of card and identity numbers are refused."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bankservice.core.errors import IdentifierError
from bankservice.core.identifiers import (
    MAX_LENGTH,
    checked_id,
    looks_like_card,
    looks_like_identity,
)

FULL_WIDTH = {ord(sign): ord(sign) + 0xFEE0 for sign in "0123456789Xx"}
digit_texts = st.text("0123456789", min_size=12, max_size=18)
identity_stems = st.text("0123456789", min_size=17, max_size=17)


def with_luhn(stem: str) -> str:
    """Return *stem* and its check digit, found by trying all ten against the definition."""
    for last in "0123456789":
        total = 0
        for place, sign in enumerate(reversed(stem + last)):
            value = int(sign) * (2 if place % 2 else 1)
            total += value // 10 + value % 10
        if total % 10 == 0:
            return stem + last
    raise AssertionError("one of ten check digits is right")


def with_check(stem: str) -> str:
    """Return *stem* and its check sign by ISO 7064 MOD 11-2, from its own recurrence."""
    total = 0
    for sign in stem:
        total = (total + int(sign)) * 2 % 11
    check = (12 - total) % 11
    return stem + ("X" if check == 10 else str(check))


class TestCards:
    """13 to 19 digits that pass the Luhn check look like a card."""

    @given(digit_texts)
    def test_of_ten_last_digits_exactly_one_passes(self, stem: str) -> None:
        """The right check digit is caught and the nine others are not."""
        right = with_luhn(stem)

        assert [right] == [stem + last for last in "0123456789" if looks_like_card(stem + last)]

    @given(digit_texts, st.data())
    def test_spaces_and_dashes_hide_nothing(self, stem: str, data: st.DataObject) -> None:
        """Single blanks or dashes between digits are seen through."""
        card = with_luhn(stem)
        gaps = data.draw(
            st.lists(
                st.sampled_from(["", " ", "-"]), min_size=len(card) - 1, max_size=len(card) - 1
            )
        )
        text = "".join(sign + gap for sign, gap in zip(card, [*gaps, ""], strict=True))

        assert looks_like_card(text)

    @given(digit_texts)
    def test_full_width_digits_hide_nothing(self, stem: str) -> None:
        """Digits of another width are digits to a reader."""
        assert looks_like_card(with_luhn(stem).translate(FULL_WIDTH))

    @pytest.mark.parametrize(
        "text",
        ["4111 1111 1111 1111", "5500-0000-0000-0004", "6222020000000000005"[:-1] + "4"],
    )
    def test_known_numbers(self, text: str) -> None:
        """Test numbers of card schemes are caught exactly where their check digit is right."""
        plain = text.replace(" ", "").replace("-", "")

        assert (with_luhn(plain[:-1]) == plain) == looks_like_card(text)

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "0",
            "411111111111",
            with_luhn("1" * 19),
            with_luhn("1" * 11),
            "4111  1111 1111 1111",
            "c-4111111111111111",
            "4111111111111111a",
            "²²²²²²²²²²²²²²²²",
        ],
    )
    def test_other_text_is_no_card(self, text: str) -> None:
        """Too short, too long, doubled blanks or letters: no card."""
        assert not looks_like_card(text)


class TestIdentity:
    """18 signs with a right check sign look like a resident identity number."""

    @given(identity_stems)
    def test_of_eleven_last_signs_exactly_one_passes(self, stem: str) -> None:
        """The right check sign is caught and the ten others are not."""
        right = with_check(stem)

        assert [right] == [
            stem + last for last in "0123456789X" if looks_like_identity(stem + last)
        ]

    @given(identity_stems)
    def test_a_small_x_and_full_width_signs_hide_nothing(self, stem: str) -> None:
        """`x` is as good as `X`, and wide signs as narrow ones."""
        right = with_check(stem)

        assert looks_like_identity(right.lower())
        assert looks_like_identity(right.translate(FULL_WIDTH))

    @pytest.mark.parametrize(
        "text", ["", "11010519491231002", "110105194912310021", "X10105194912310021", "1" * 19]
    )
    def test_other_text_is_no_identity_number(self, text: str) -> None:
        """A wrong length, a wrong check sign or an X elsewhere: no identity number."""
        assert not looks_like_identity(text)


class TestCheckedId:
    """An identifier is 1 to 120 printable characters that look like neither."""

    @given(st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=MAX_LENGTH))
    def test_an_opaque_id_passes_unchanged(self, text: str) -> None:
        """Any script and any sign will do, up to the longest."""
        assume(not looks_like_card(text) and not looks_like_identity(text))

        assert text == checked_id(text, "customer")

    @pytest.mark.parametrize("text", ["x", "客户-17", "4111111111111112", "x" * MAX_LENGTH, "a b"])
    def test_ids_in_use(self, text: str) -> None:
        """One sign, another script, digits without a right check digit, the longest."""
        assert text == checked_id(text, "customer")

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "x" * (MAX_LENGTH + 1),
            "a\nb",
            "a\tb",
            "a\0",
            "a\u202eb",
            "\ud800",
            "a\xa0b",
            "\u200b",
        ],
    )
    def test_empty_long_or_unprintable_text_is_refused(self, text: str) -> None:
        """Line breaks, direction marks and other unseen signs do not pass."""
        with pytest.raises(
            IdentifierError, match="customer id must be 1 to 120 printable"
        ) as caught:
            checked_id(text, "customer")

        assert f"of length {len(text)}." in str(caught.value)

    @pytest.mark.parametrize("value", [None, 17, 4111111111111111, b"c-1", ["c-1"], True])
    def test_what_is_not_text_is_refused(self, value: Any) -> None:
        """A number is not turned into text; the message names the type, not the value."""
        with pytest.raises(
            IdentifierError, match=f"got {type(value).__name__} of length"
        ) as caught:
            checked_id(value, "customer")

        assert "4111" not in str(caught.value)

    @given(digit_texts)
    def test_a_card_number_is_refused_and_never_repeated(self, stem: str) -> None:
        """The message says why, and the number stands neither in it nor in the error."""
        card = with_luhn(stem)
        with pytest.raises(IdentifierError, match="looks like a card number") as caught:
            checked_id(card, "account")

        assert card not in repr(caught.value)

    @given(identity_stems)
    def test_an_identity_number_is_refused_and_never_repeated(self, stem: str) -> None:
        """A number that also passes the card's check is refused as a card; both are refused."""
        number = with_check(stem)
        with pytest.raises(IdentifierError, match="looks like a") as caught:
            checked_id(number, "customer")

        assert number not in repr(caught.value)

    def test_an_identity_number_is_named_as_such(self) -> None:
        """Where it is no card too, the message says identity number."""
        with pytest.raises(IdentifierError, match="resident identity number"):
            checked_id("11010519491231002X", "customer")
