"""What customers say in their own words: notes, forums, interviews."""

__all__: tuple[str, ...] = ()
