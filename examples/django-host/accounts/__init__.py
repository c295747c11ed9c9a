"""Accounts, transfers between them, and the tiers of their owners."""
