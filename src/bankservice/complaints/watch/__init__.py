"""Many cases at once: statistics, surges, grave cases, crises."""

__all__: list[str] = []
