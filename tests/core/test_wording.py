"""Wording: every reason has a sentence in both languages, and values read as people write them."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal, localcontext
from enum import Enum
from fractions import Fraction
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bankservice import policies
from bankservice.core.calendar import Period
from bankservice.core.citation import Citation
from bankservice.core.decision import Check, Counted, Explanation, Reason, Rule, Says
from bankservice.core.errors import UnknownNameError
from bankservice.core.money import Money
from bankservice.core.policy import PolicyRef, Title
from bankservice.core.unknown import UNKNOWN
from bankservice.core.wording import (
    LOCALES,
    cite,
    explain,
    locale_of,
    placeholders,
    sentence,
    templates,
    value,
)
from bankservice.segmentation import tier_band

EN, ZH = locale_of("en"), locale_of("zh_CN")
POINTS = Title(en="points", zh="积分")
SAID: list[tuple[Rule[Any, Any, Any], Says]] = [
    (rule, says) for rule in policies.rules() for says in rule.says
]


class TestTemplates:
    """The catalogues and the rules agree."""

    @pytest.mark.parametrize("locale", LOCALES)
    @pytest.mark.parametrize(
        ("rule", "says"), SAID, ids=[f"{rule.id}-{says.code}" for rule, says in SAID]
    )
    def test_every_reason_is_worded(
        self, rule: Rule[Any, Any, Any], says: Says, locale: str
    ) -> None:
        """Each reason a rule may give has a sentence whose placeholders are its facts."""
        held = templates(rule.package, locale)

        assert says.code in held
        assert held[says.code].strip()
        assert frozenset(says.names) == placeholders(held[says.code])

    @pytest.mark.parametrize(
        "package", sorted({"bankservice.core", *(rule.package for rule in policies.rules())})
    )
    def test_both_languages_have_the_same_codes_and_names(self, package: str) -> None:
        """No code is worded in one language only, and both want the same facts."""
        first, second = (templates(package, locale) for locale in LOCALES)

        assert {code: placeholders(text) for code, text in first.items()} == {
            code: placeholders(text) for code, text in second.items()
        }

    def test_no_two_codes_of_a_rule_differ_in_their_facts(self) -> None:
        """A code that several rules give asks for the same facts everywhere in its package."""
        names: dict[tuple[str, str], set[tuple[str, ...]]] = {}
        for rule, says in SAID:
            names.setdefault((rule.package, says.code), set()).add(says.names)

        assert {} == {code: held for code, held in names.items() if len(held) > 1}

    def test_chinese_is_chinese(self) -> None:
        """Every Chinese sentence that has words has Chinese in it; no English one has."""
        for package in {rule.package for rule in policies.rules()}:
            for locale, wanted in (("zh_CN", True), ("en", False)):
                held = templates(package, locale)
                assert {} == {
                    code: text
                    for code, text in held.items()
                    if (words := re.sub(r"\{\w+\}|\W", "", text))
                    and any("\u4e00" <= sign <= "\u9fff" for sign in words) is not wanted
                }

    def test_placeholders(self) -> None:
        """The names between braces, each once."""
        assert {"tier", "on"} == placeholders("{tier} since {on}, still {tier}")
        assert frozenset() == placeholders("nothing to fill")


class TestLocales:
    """Which language is spoken."""

    @pytest.mark.parametrize("name", ["zh", "zh_CN", "zh-CN", "zh_Hans_CN", "zh-TW"])
    def test_chinese(self, name: str) -> None:
        """Every Chinese locale is served in simplified Chinese."""
        assert ZH == locale_of(name)

    @pytest.mark.parametrize(
        ("name", "day"), [("en", "Mar 1, 2026"), ("en-GB", "1 Mar 2026"), ("en_US", "Mar 1, 2026")]
    )
    def test_english(self, name: str, day: str) -> None:
        """English locales share the sentences and keep their own dates."""
        locale = locale_of(name)

        assert day == value(date(2026, 3, 1), locale)
        assert "yes" == value(True, locale)

    @pytest.mark.parametrize(
        ("name", "near"),
        [("fr", ()), ("eng", ("en",)), ("zn_CN", ("zh_CN",)), ("en_", ("en",)), ("en-!!", ())],
    )
    def test_unknown(self, name: str, near: tuple[str, ...]) -> None:
        """A language that is not shipped, or no locale at all, is an error with the near names."""
        with pytest.raises(UnknownNameError) as caught:
            locale_of(name)

        assert ("wording for locale", name) == (caught.value.kind, caught.value.name)
        assert near == caught.value.near[: len(near)]


class Shade(Enum):
    """A value that policies name."""

    DARK = "dark"


NOON = datetime(2026, 3, 1, 12, 5, tzinfo=ZoneInfo("Asia/Shanghai"))


class TestValues:
    """Values are formatted by their type."""

    @pytest.mark.parametrize(
        ("held", "english", "chinese"),
        [
            (True, "yes", "是"),
            (False, "no", "否"),
            (None, "nothing", "无"),
            (UNKNOWN, "not known", "未知"),
            (Shade.DARK, "dark", "dark"),
            (0, "0", "0"),
            (-1234567, "-1,234,567", "-1,234,567"),
            (Decimal("1234.50"), "1,234.5", "1,234.5"),
            (Decimal("0.0005"), "0.0005", "0.0005"),
            (Fraction(1, 3), "0.33", "0.33"),
            (Fraction(-7, 2), "-3.5", "-3.5"),
            (Money(123456789, "CNY"), "CN¥1,234,567.89", "¥1,234,567.89"),
            (Money(100, "JPY"), "¥100", "JP¥100"),
            (Counted(5, POINTS), "5 points", "5 积分"),
            (Counted(Fraction(5, 2), POINTS), "2.5 points", "2.5 积分"),
            (date(2026, 3, 1), "Mar 1, 2026", "2026年3月1日"),
            (Period(months=6), "6 months", "6个月"),
            (Period(months=1, days=1), "1 month, 1 day", "1个月1天"),
            (Period(days=14), "14 days", "14天"),
            (Period(), "0", "0"),
            (POINTS, "points", "积分"),
            ((), "", ""),
            (("A",), "A", "A"),
            ((1, Period(days=1), POINTS), "1, 1 day, and points", "1、1天和积分"),
            ("GOLD", "GOLD", "GOLD"),
        ],
        ids=repr,
    )
    def test_by_type(self, held: object, english: str, chinese: str) -> None:
        """Each type reads as people of the language write it."""
        assert (english, chinese) == (value(held, EN), value(held, ZH))

    @pytest.mark.parametrize("digits", [3, 28])
    def test_no_ambient_context_matters(self, digits: int) -> None:
        """
        A number has all its digits, however many and whatever the host set for its own arithmetic.
        """
        with localcontext(prec=digits):
            told = [
                value(held, EN)
                for held in (
                    10**30,
                    Decimal("12345.678"),
                    Fraction(10**30, 3),
                    Money(123456789012, "CNY"),
                )
            ]

        thirds = f"{10**30 // 3:,}.33"
        assert [f"{10**30:,}", "12,345.678", thirds, "CN¥1,234,567,890.12"] == told

    def test_instants_keep_their_zone(self) -> None:
        """An instant is shown in the zone it carries, not in the machine's."""
        assert "2026年3月1日 12:05:00" == value(NOON, ZH)
        assert "2026年3月1日 04:05:00" == value(NOON.astimezone(UTC), ZH)
        assert value(NOON, EN).startswith("Mar 1, 2026, 12:05:00")


REF = PolicyRef("acme/fee", date(2020, 1, 1), date(2020, 1, 1), "0" * 32)


class TestCitations:
    """How far a source was read is said wherever it speaks."""

    @pytest.mark.parametrize(
        ("checked", "warned"), [("text", False), ("own", False), ("secondary", True)]
    )
    def test_secondary_sources_say_so(self, checked: Any, warned: bool) -> None:
        """A source of which only a description was read says 未核对原文."""
        source = Citation(text="办法", issuer="银保监会", clause="第七条", checked=checked)
        chinese, english = cite(REF, source, ZH), cite(REF, source, EN)

        assert chinese.startswith("依据：acme/fee，2020年1月1日起的版本：银保监会, 办法, 第七条。")
        assert english.startswith(
            "Policy acme/fee, version of Jan 1, 2020: 银保监会, 办法, 第七条."
        )
        assert warned is chinese.endswith("（未核对原文）")
        assert warned is english.endswith("(a description was read, not the rule's own text)")

    def test_a_shipped_policy_says_so(self) -> None:
        """A decision under a policy that was read second-hand says so in both languages."""
        decision = tier_band(
            "cn-city-bank-shape", measure={"average": "620000.00"}, on=date(2026, 3, 31)
        )

        assert "secondary" == decision.versions[0].source.checked
        assert "未核对原文" in decision.explain("zh_CN")
        assert "a description was read" in decision.explain()


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Give a package of a bank's own, with its sentences."""
    folder = tmp_path_factory.mktemp("words")
    wording = folder / "acme_words" / "wording"
    wording.mkdir(parents=True)
    (folder / "acme_words" / "__init__.py").write_text("", "utf-8")
    for locale, reached, step, short in (
        ("en", "Reached {name}.", "{amount} of {wanted} for {name}", " (missing {short})"),
        ("zh_CN", "已达{name}。", "{name}：{amount}/{wanted}", "（缺{short}）"),
    ):
        _write(wording / f"{locale}.po", locale, REACHED=reached, STEP=step, short=short)
    sys.path.insert(0, str(folder))
    yield "acme_words"
    sys.path.remove(str(folder))
    sys.modules.pop("acme_words", None)


def _write(path: Path, locale: str, **messages: str) -> None:
    head = f'msgid ""\nmsgstr "Language: {locale}\\n"\n'
    rows = (f'msgid "{code}"\nmsgstr "{text}"\n' for code, text in messages.items())
    path.write_text("\n".join((head, *rows)), "utf-8")


def step(name: str, **check: Any) -> Check:
    """Return a check of the toy rule."""
    reason = Reason("STEP", (("name", name), ("amount", 70), ("wanted", 1000)))
    return Check(reason, **check)


class TestExplain:
    """An explanation as text: the main reason, the checks with their marks, the sources."""

    SECOND_HAND = Citation(text="Hearsay", checked="secondary")

    def explanation(self, package: str) -> Explanation:
        """Return an explanation with a check of every sort."""
        return Explanation(
            Reason("REACHED", (("name", "SILVER"),)),
            (
                step(
                    "SILVER", held=True, short=20, source=Citation(text="Own words", checked="text")
                ),
                step("GOLD", held=False, short=930),
                step("VIP", held=False, source=self.SECOND_HAND),
                step("RUBY", held=None, short=5),
            ),
            ((REF, Citation(text="Acme tariff", checked="own")),),
            package,
        )

    def test_english(self, package: str) -> None:
        """Held, failed with the miss, failed without one, unknown; second-hand rows say so."""
        assert (
            "Reached SILVER.\n"
            "  ✓ 70 of 1,000 for SILVER\n"
            "  ✗ 70 of 1,000 for GOLD — short by 930\n"
            "  ✗ 70 of 1,000 for VIP (a description was read, not the rule's own text)\n"
            "  ? 70 of 1,000 for RUBY — not known\n"
            "Policy acme/fee, version of Jan 1, 2020: Acme tariff."
        ) == self.explanation(package).text()

    def test_chinese(self, package: str) -> None:
        """The same in Chinese."""
        assert (
            "已达SILVER。\n"
            "  ✓ SILVER：70/1,000\n"
            "  ✗ GOLD：70/1,000，尚差 930\n"
            "  ✗ VIP：70/1,000 （未核对原文）\n"
            "  ? RUBY：70/1,000（未知）\n"
            "依据：acme/fee，2020年1月1日起的版本：Acme tariff。"
        ) == explain(self.explanation(package), "zh")

    def test_core_words_serve_every_package(self, package: str) -> None:
        """A code the package does not word itself is taken from the core."""
        reason = Reason("yes")

        assert ("yes", "是") == (sentence(reason, EN, package), sentence(reason, ZH, package))

    def test_a_package_may_word_a_core_code_itself(self, package: str) -> None:
        """A package's own sentence comes before the core's."""
        reason = Reason("short", (("short", 5),))

        assert " (missing 5)" == sentence(reason, EN, package)

    def test_an_unworded_code(self, package: str) -> None:
        """A code without a sentence anywhere is our own mistake, and names the code."""
        with pytest.raises(KeyError, match="NOWHERE"):
            sentence(Reason("NOWHERE"), EN, package)

    def test_values_are_not_read_as_templates(self, package: str) -> None:
        """Braces in a fact stay as they are; nothing is filled twice."""
        reason = Reason("REACHED", (("name", "{wanted}"),))

        assert "Reached {wanted}." == sentence(reason, EN, package)
