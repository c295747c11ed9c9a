"""Asking a sample: campaigns, invitations, answers."""

__all__: tuple[str, ...] = ()
