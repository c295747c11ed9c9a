"""
Public holidays and business days of places, year by year: data, and the tool that writes it.

    from bankservice import policies
    policies.load("holidays/gb-eng").on(date(2026, 8, 31)).parameters.days
    policies.load("calendars/gb-eng")

`regions.toml` says which places there are and how far their days are announced, `announced.toml`
which days were announced late, `names.toml` what holidays are called in Chinese. From these and
the library `holidays` (extra `calendars`) `writing.py` writes the policies, `bankservice calendars
refresh`. What is written stays: a release of the library may add years, never move a past deadline.
"""

from bankservice.calendars.regions import Region, region, regions

__all__ = ["Region", "region", "regions"]
