"""Ways on which customers are asked or speak up: in what mode, and what their answers may be used for."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias, get_args

from bankservice.core.vocabulary import Tree

__all__ = ["Mode", "Use", "mode_of", "use_of"]

Mode: TypeAlias = Literal["self", "supervised", "assisted"]
"""Who holds the pen: the customer alone, the customer with staff beside, or staff who ask."""

Use: TypeAlias = Literal["scored", "self-selected", "qualitative"]
"""
What answers may be used for: `scored` where customers were drawn and invited, `self-selected` where
whoever came by answered (reported apart), `qualitative` where there are themes and words only.
"""

_MODES: Final[tuple[Mode, ...]] = get_args(Mode)
_USES: Final[tuple[Use, ...]] = get_args(Use)


def mode_of(channels: Tree, code: str) -> Mode | None:
    """
    Return the mode of a channel, by its tags or those of the channel it stands under.

    Raises:
        UnknownNameError: If there is no such channel.
    """
    tags = _tags(channels, code)
    return next((mode for tag in tags for mode in _MODES if mode == tag), None)


def use_of(channels: Tree, code: str) -> Use | None:
    """
    Return what answers over a channel may be used for, by its tags or those above it.

    Raises:
        UnknownNameError: If there is no such channel.

    Examples:
        >>> from bankservice.satisfaction import SHELF
        >>> channels = SHELF.get("vocabulary/feedback-channels").versions[-1].parameters
        >>> use_of(channels, "sms"), use_of(channels, "opinion_box")
        ('scored', 'qualitative')
    """
    tags = _tags(channels, code)
    return next((use for tag in tags for use in _USES if use == tag), None)


def _tags(channels: Tree, code: str) -> tuple[str, ...]:
    """Return the tags of a channel, its own before those of the ones above."""
    return tuple(tag for held in reversed(channels.path(code)) for tag in channels[held].tags)
