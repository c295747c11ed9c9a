"""
Journals and quotas: in memory, and in a SQLite database.

The database ones live in `bankservice.journals.sql` and `bankservice.journals.sql_quota`, which
need the `sql` extra and are imported only when named.
"""

from bankservice.journals.memory import MemoryJournal, MemoryQuota

__all__ = ["MemoryJournal", "MemoryQuota"]
