"""
Journals, quotas and keys: in memory, and in a SQLite or PostgreSQL database.

The database ones live in `bankservice.journals.sql`, `sql_quota` and `sql_keys`, which need the
`sql` extra (`postgres` for PostgreSQL) and are imported only when named.
"""

from bankservice.journals.memory import MemoryJournal
from bankservice.journals.memory_quota import MemoryQuota

__all__ = ["MemoryJournal", "MemoryQuota"]
