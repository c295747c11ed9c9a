"""The programme: how points are earned, dated, capped and spent, as data."""

__all__: tuple[str, ...] = ()
