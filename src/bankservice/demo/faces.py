"""
Who the customers are, and when some of them are quiet for months.

Drawn apart from what they earn and spend: with or without it, everybody else's money is the same.
"""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import Final

import attrs

from bankservice.demo.people import Person

__all__ = ["AGREED", "GENDERS", "INDUSTRIES", "KINDS", "REGIONS", "Face", "Faces"]

KINDS: Final = {"个人": "person", "个体工商户": "business_owner"}
"""Kinds as the extract writes them → codes of `vocabulary/customer-kinds`."""

GENDERS: Final = {"女": "female", "男": "male"}

REGIONS: Final = {
    "上海": "CN-SH",
    "江苏": "CN-JS",
    "浙江": "CN-ZJ",
    "广东": "CN-GD",
    "四川": "CN-SC",
    "湖北": "CN-HB",
}
"""Provinces as the extract writes them → codes of `vocabulary/regions`."""

INDUSTRIES: Final = {
    "餐饮": "catering",
    "零售": "retail",
    "制造": "manufacturing",
    "运输": "transport",
}
"""Industries as the extract writes them → codes of `vocabulary/industries`."""

AGREED: Final = {"是": "yes", "否": "no"}
MARKETING: Final = ("是", "是", "是", "否", "")
"""Whether somebody agreed to marketing, as often as it stands here; nobody asked the last."""

_OCCUPATIONS: Final = {
    "salaried": ("职员", "教师", "工程师", "医务"),
    "family": ("职员", "公务员", "工程师"),
    "retired": ("退休",),
    "owner": ("经营者",),
    "wealthy": ("高管", "经营者"),
    "student": ("学生",),
}
_AGES: Final = {
    "salaried": (22, 59),
    "family": (28, 55),
    "retired": (60, 86),
    "owner": (22, 62),
    "wealthy": (35, 70),
    "student": (18, 25),
}
_WHERE: Final = (*("上海",) * 5, *("江苏",) * 3, *("浙江",) * 3, "广东", "广东", "四川", "湖北")


@attrs.frozen(kw_only=True)
class Face:
    """
    One customer as the bank knows them.

    Attributes:
        known_on: Day the bank first spoke with them.
        born_on: Day of birth; None where nobody asked.
        gender: As the extract writes it.
        occupation: As the extract writes it.
        region: Province.
        industry: Of the business; empty for who has none.
        marketing: Whether they agreed to marketing, as the extract writes it.
        quiet: (first month, month after the last) in which nothing is done; None for most.
    """

    known_on: date
    born_on: date | None
    gender: str
    occupation: str
    region: str
    industry: str
    marketing: str
    quiet: tuple[int, int] | None

    @property
    def line(self) -> str:
        """The columns of the extract."""
        born = "" if self.born_on is None else str(self.born_on)
        rest = (self.gender, self.occupation, self.region, self.industry, self.marketing)
        return ",".join((str(self.known_on), born, *rest))


class Faces:
    """Draws faces, one after the other."""

    def __init__(self, months: int, last: date, seed: int) -> None:
        """Start with nobody drawn; *last* is the day that ages are reckoned on."""
        self._months = months
        self._last = last
        self._rng = Random(f"{seed} faces")

    def draw(self, person: Person) -> Face:
        """Return the face of a customer."""
        roll = self._rng.random
        youngest, oldest = _AGES[person.group.name]
        age = (youngest + int(roll() * (oldest - youngest))) * 365 + int(roll() * 365)
        words = _OCCUPATIONS[person.group.name]
        word = words[int(roll() * len(words))]
        industry = tuple(INDUSTRIES)[int(roll() * len(INDUSTRIES))]
        opened = person.main.opened_on
        before = 5 + int(roll() * 55)
        return Face(
            known_on=opened - timedelta(days=before) if person.starts else opened,
            born_on=self._last - timedelta(days=age) if roll() < 0.99 else None,
            gender="女" if roll() < 0.5 else "男",
            occupation=word,
            region=_WHERE[int(roll() * len(_WHERE))],
            industry=industry if person.group.shop else "",
            marketing=MARKETING[int(roll() * len(MARKETING))],
            quiet=self._quiet(person, roll(), roll()),
        )

    def _quiet(self, person: Person, luck: float, when: float) -> tuple[int, int] | None:
        """Return when somebody is quiet: some for good, some come back early, some late."""
        if person.starts is not None or person.ends is not None or luck >= 0.03:
            return None
        first = 1 + int(when * max(self._months - 4, 1))
        length = self._months if luck < 0.012 else 4 + int(luck * 1000) % 6
        return first, first + length
