"""Legal wealth and investor classes, by the law of the day."""

__all__: tuple[str, ...] = ()
