"""Membership: which groups a customer is in, as a record with two time axes."""

__all__: tuple[str, ...] = ()
