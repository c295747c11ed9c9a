"""The books: statement, liability, and the export for a general ledger."""

__all__: tuple[str, ...] = ()
