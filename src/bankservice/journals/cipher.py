"""
Boxes: AES-256-GCM, bound to what they stand for.

A box is the nonce and the ciphertext with its tag, as base64 text. It opens only with the same
secret and the same label, so a box that was changed, or put in another one's place, does not open.
"""

from __future__ import annotations

import os
from base64 import b64decode, b64encode
from collections.abc import Callable
from typing import TypeAlias

try:
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
except ModuleNotFoundError as missing:
    raise ModuleNotFoundError(
        "sealing needs cryptography, which is not installed; install `bankservice[crypto]`.",
        name="cryptography",
    ) from missing

__all__ = [
    "SECRET_BYTES",
    "Randomness",
    "UnopenedError",
    "box",
    "checked_secret",
    "label",
    "system_random",
    "unbox",
]

Randomness: TypeAlias = Callable[[int], bytes]
"""Gives as many random bytes as asked."""

SECRET_BYTES = 32
system_random: Randomness = os.urandom

_NONCE_BYTES = 12


class UnopenedError(Exception):
    """A box does not open. Whoever asked says which one, and what that means."""


def checked_secret(secret: bytes, what: str) -> bytes:
    """
    Return *secret* if it has the length of a key; it is never named.

    Raises:
        TypeError: If it is no bytes.
        ValueError: If it has another length.
    """
    if not isinstance(secret, bytes):
        raise TypeError(f"{what} is a {type(secret).__name__}; pass {SECRET_BYTES} bytes.")
    if len(secret) != SECRET_BYTES:
        raise ValueError(f"{what} has {len(secret)} bytes; pass {SECRET_BYTES} random ones.")
    return secret


def label(*parts: str | int) -> bytes:
    """
    Return what a box stands for as bytes; other parts give other bytes, wherever they are cut.

    Examples:
        >>> label("bank", "c-1", 12)
        b'4:bank,3:c-1,2:12,'
    """
    texts = map(str, parts)
    return "".join([f"{len(text)}:{text}," for text in texts]).encode("utf-8", "surrogatepass")


def box(secret: bytes, plain: bytes, about: bytes, random: Randomness) -> str:
    """Return *plain* in a box that opens with *secret* and *about* only."""
    nonce = random(_NONCE_BYTES)
    return b64encode(nonce + AESGCM(secret).encrypt(nonce, plain, about)).decode()


def unbox(secret: bytes, boxed: str, about: bytes) -> bytes:
    """
    Return what *boxed* holds.

    Raises:
        UnopenedError: If it is no box, was changed, or belongs to another secret or label.
    """
    try:
        raw = b64decode(boxed, validate=True)
        return AESGCM(secret).decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], about)
    except (InvalidTag, ValueError) as error:
        raise UnopenedError from error
