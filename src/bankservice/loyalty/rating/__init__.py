"""What a transaction earns, in integers: its lines, the rows that hold, caps, one rounding."""

__all__: tuple[str, ...] = ()
