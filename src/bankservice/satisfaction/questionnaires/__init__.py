"""Questions as dated data, and the reading of answers to them."""

__all__: tuple[str, ...] = ()
