"""
Settings: what the example needs, and no more.

With PGDATABASE in the environment the host is on PostgreSQL, and libpq reads the rest of the address
from there (PGHOST, PGUSER, …); else it is on a SQLite file.
"""

from __future__ import annotations

import os

INSTALLED_APPS = ["accounts"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True

if "PGDATABASE" in os.environ:
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": os.environ["PGDATABASE"],
        }
    }
else:
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": os.environ.get("HOST_DATABASE", "host.db"),
            # A transaction that reads first and writes later would be refused beside another writer.
            "OPTIONS": {"transaction_mode": "IMMEDIATE"},
        }
    }
