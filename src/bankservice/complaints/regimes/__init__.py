"""Dated law: how a regime is written, which one governs, and the deadlines it gives."""

__all__: list[str] = []
