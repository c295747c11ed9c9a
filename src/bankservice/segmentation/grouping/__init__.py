"""Groups: screening, behaviours and composite segments, as a bank's own tables."""

__all__: tuple[str, ...] = ()
