"""The points account: lots, draws, holds, and everything that may be done with them."""

__all__: tuple[str, ...] = ()
