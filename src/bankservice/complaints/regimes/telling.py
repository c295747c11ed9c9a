"""Terms and conditions as people read them, in both languages, for explanations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bankservice.complaints.regimes.articles import BILLING_CYCLES
from bankservice.complaints.regimes.law import Length
from bankservice.core.conditions import AllOf, AnyOf, Comparison, Condition, Scalar
from bankservice.core.policy import Title
from bankservice.core.ruler import Unit

__all__ = ["amount_told", "condition_told"]

_SIGNS: Final[Mapping[str, str]] = {
    "equals": "=",
    "at_least": "≥",
    "at_most": "≤",
    "more_than": ">",
    "less_than": "<",
}
_HOUR: Final = 3_600_000_000


def _both(text: str) -> Title:
    return Title(en=text, zh=text)


def _counted(number: int, one: str) -> str:
    return f"{number} {one}" if number == 1 else f"{number} {one}s"


def amount_told(length: Length) -> Title:
    """Return how long a term runs, in its own unit."""
    if length.unit == BILLING_CYCLES:
        count = length.cycles
        return Title(en=_counted(count, "complete billing cycle"), zh=f"{count}个完整账单周期")
    target = length.target
    assert target is not None, "only billing cycles have none"
    if target.unit is Unit.BUSINESS_DAYS:
        return Title(en=_counted(target.amount, "business day"), zh=f"{target.amount}个工作日")
    if target.unit is Unit.ELAPSED:
        hours, rest = divmod(target.amount, _HOUR)
        if rest:
            return _both(length.amount)
        return Title(en=_counted(hours, "hour"), zh=f"{hours}小时")
    if length.amount.endswith("W") and not target.months:
        weeks = target.amount // 7
        return Title(en=_counted(weeks, "week"), zh=f"{weeks}周")
    parts = (
        (target.months, _counted(target.months, "month"), f"{target.months}个月"),
        (target.amount, _counted(target.amount, "calendar day"), f"{target.amount}个自然日"),
    )
    return Title(
        en=" and ".join(en for number, en, _ in parts if number),
        zh="零".join(zh for number, _, zh in parts if number),
    )


def condition_told(condition: Condition) -> Title:
    """Return a condition as people read it; the facts keep their names."""
    match condition:
        case Comparison():
            return _comparison(condition)
        case AllOf(parts):
            told = [condition_told(part) for part in parts]
            return Title(
                en=" and ".join(part.en for part in told), zh="且".join(part.zh for part in told)
            )
        case AnyOf(parts):
            told = [condition_told(part) for part in parts]
            return Title(
                en=f"({' or '.join(part.en for part in told)})",
                zh=f"（{'或'.join(part.zh for part in told)}）",
            )
        case _:
            inner = condition_told(condition.part)
            return Title(en=f"not ({inner.en})", zh=f"并非（{inner.zh}）")


def _comparison(condition: Comparison) -> Title:
    fact, wanted = condition.fact, condition.wanted
    values = wanted if isinstance(wanted, tuple) else (wanted,)
    en, zh = [_scalar(value).en for value in values], [_scalar(value).zh for value in values]
    if condition.operator == "in":
        return Title(en=f"{fact} one of {', '.join(en)}", zh=f"{fact}为{'、'.join(zh)}之一")
    if condition.operator == "between":
        return Title(
            en=f"{fact} from {en[0]} to before {en[1]}", zh=f"{fact}自{zh[0]}起、{zh[1]}前"
        )
    if condition.operator == "within":
        return Title(en=f"{fact} within {en[0]}", zh=f"{fact}属于{zh[0]}")
    sign = _SIGNS[condition.operator]
    return Title(en=f"{fact} {sign} {en[0]}", zh=f"{fact} {sign} {zh[0]}")


def _scalar(value: Scalar) -> Title:
    if isinstance(value, bool):
        return Title(en="yes" if value else "no", zh="是" if value else "否")
    return _both(str(value))
