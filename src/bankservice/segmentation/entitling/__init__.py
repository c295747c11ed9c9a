"""Entitlements: the services a customer is given, each with its reason."""

__all__: tuple[str, ...] = ()
