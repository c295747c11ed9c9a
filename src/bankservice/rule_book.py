"""
Where the rule book has its page of a thing: addresses that never change.

    from bankservice import complaints, rule_book
    decision = complaints.deadlines("complaints/us-reg-e", received_on=date(2014, 11, 3))
    rule_book.permalinks(decision)  # ('r/complaints.deadlines.html', 'p/complaints-us-reg-e/2011-12-30.html', …)

Addresses are relative: they stand below the place where a bank serves the book. Only what the
package ships has a page there; a bank's own policy has none.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from bankservice import policies
from bankservice.core import wording
from bankservice.core.decision import Decision, Explanation, Reason
from bankservice.core.errors import UnknownNameError
from bankservice.core.policy import Policy, PolicyRef

__all__ = [
    "entry_permalinks",
    "in_locale",
    "jurisdiction_address",
    "kind_address",
    "page_list",
    "permalinks",
    "place_address",
    "policy_address",
    "record_address",
    "rule_address",
    "version_address",
]


def rule_address(rule_id: str) -> str:
    """
    Return the address of a rule.

    Examples:
        >>> rule_address("complaints.deadlines")
        'r/complaints.deadlines.html'
    """
    return f"r/{rule_id}.html"


def record_address(kind: str) -> str:
    """Return the address of a record, by its kind."""
    return f"d/{kind}.html"


def kind_address(name: str) -> str:
    """Return the address of a kind of policy."""
    return f"k/{name}.html"


def jurisdiction_address(code: str) -> str:
    """
    Return the address of a jurisdiction, by its ISO 3166 code or `EU`.

    Examples:
        >>> jurisdiction_address("GB")
        'j/gb.html'
    """
    return f"j/{code.lower()}.html"


def place_address(place: str) -> str:
    """Return the address of a place in the source texts, such as `K6.2`."""
    return f"t/{place}.html"


def policy_address(policy_id: str) -> str:
    """
    Return the address of a policy.

    Examples:
        >>> policy_address("complaints/us-reg-e")
        'p/complaints-us-reg-e.html'
    """
    return f"p/{policy_id.replace('/', '-')}.html"


def version_address(ref: PolicyRef, policy: Policy[Any]) -> str:
    """
    Return the address of a version of *policy*.

    The version that was known first of a day is named by that day alone; a correction, which has
    the same day, by the day it became known too. So no correction moves what was there before.

    Args:
        ref: The version.
        policy: The policy with all its versions.
    """
    folder = policy_address(ref.policy).removesuffix(".html")
    first = min(held.ref.known_on for held in policy.versions if held.ref.since == ref.since)
    known = "" if ref.known_on == first else f".{ref.known_on}"
    return f"{folder}/{ref.since}{known}.html"


def in_locale(address: str, locale: str | wording.Wording) -> str:
    """
    Return the address of the same page in the language of *locale*.

    Readers of a bank's own wording are led to the English pages, unless it is Chinese.

    Raises:
        UnknownNameError: If the book is not written in that language.

    Examples:
        >>> in_locale("j/gb.html", "zh_CN")
        'zh/j/gb.html'
    """
    held = wording.locale_of(locale) if isinstance(locale, str) else locale.locale
    return f"zh/{address}" if held.language == "zh" else address


def permalinks(decision: Decision[Any], locale: str | wording.Wording = "en") -> tuple[str, ...]:
    """
    Return where the book shows a decision's rule and the policy versions it used.

    A version that the package does not ship, or not with these parameters, has no page and is left
    out.

    Args:
        decision: What was decided.
        locale: Language of the pages.

    Raises:
        UnknownNameError: If the book is not written in that language.

    Examples:
        >>> from bankservice import segmentation
        >>> decision = segmentation.tier_band(
        ...     "cn-retail-shape", measure={"average": "620000.00"}, on="2026-03-31"
        ... )
        >>> permalinks(decision, "zh_CN")
        ('zh/r/segmentation.tier-band.html', 'zh/p/segmentation-cn-retail-shape/2020-01-01.html')
    """
    found = (rule_address(decision.rule.id), *_shipped(decision.policies))
    return tuple(in_locale(address, locale) for address in found)


def entry_permalinks(
    kind: str, why: Explanation, locale: str | wording.Wording = "en"
) -> tuple[str, ...]:
    """
    Return where the book shows a record and the policy versions an entry of it rests on.

    Args:
        kind: Kind of the record, such as `segmentation.standing`.
        why: What `bank.explain` gave for the entry.
        locale: Language of the pages.

    Raises:
        UnknownNameError: If the book is not written in that language.
    """
    found = (record_address(kind), *_shipped(ref for ref, _ in why.sources))
    return tuple(in_locale(address, locale) for address in found)


def page_list(
    addresses: Iterable[str], locale: str | wording.Wording = "en", book: str = ""
) -> str:
    """
    Return addresses as lines below a heading.

    Args:
        addresses: The addresses.
        locale: Language of the heading.
        book: Where the book is served; the addresses stay relative without it.

    Raises:
        UnknownNameError: If there is no wording in that language.

    Examples:
        >>> print(page_list(["j/gb.html"], book="https://rules.example/book"))
        In the rule book:
          https://rules.example/book/j/gb.html
    """
    resolved = wording.locale_of(locale) if isinstance(locale, str) else locale
    heading = wording.sentence(Reason("rule-book"), resolved, "bankservice.core")
    front = f"{book.rstrip('/')}/" if book else ""
    return "\n".join([heading, *(f"  {front}{address}" for address in addresses)])


def _shipped(refs: Iterable[PolicyRef]) -> list[str]:
    """Return the addresses of the versions that are shipped as they were used, each once."""
    found: dict[str, None] = {}
    for ref in refs:
        try:
            policy = policies.shelf().get(ref.policy)
        except UnknownNameError:
            continue  # a bank's own policy
        # One of the same name may hide a shipped one, or the shipped one may have been another.
        if any(held.ref == ref for held in policy.versions):
            found[version_address(ref, policy)] = None
    return list(found)
