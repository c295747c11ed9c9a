"""The case as a record: its state, commands and entries, its clocks, and what people see."""

__all__: list[str] = []
