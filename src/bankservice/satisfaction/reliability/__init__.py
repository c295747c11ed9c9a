"""Whether items and raters tell the same."""

__all__: tuple[str, ...] = ()
