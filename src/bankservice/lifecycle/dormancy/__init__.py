"""Account dormancy as law says it, by jurisdiction; never merged with a customer's inactivity."""

__all__: tuple[str, ...] = ()
