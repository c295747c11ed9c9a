"""The policies at hand: a bank's own, those of a domain, the shipped ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Final

from bankservice.core.errors import Fault, PolicyError, UnknownNameError
from bankservice.core.policy import Kind, Policy
from bankservice.core.policy_file import POLICY_ID, parse_toml, read_policy

__all__ = ["LINKS", "PolicyShelf"]

LINKS: Final = ("calendar", "items")
"""What a policy may name as a file beside it, as `calendar_file` and so on."""


class PolicyShelf:
    """
    The policies at hand: those given or loaded from files, then the shipped ones.

    Shipped policies lie as `policies/<name>.toml` in the package that owns the first part of
    their id. Each is read once, when first asked for.
    """

    def __init__(
        self, kinds: Iterable[Kind[Any, Any]], packages: Mapping[str, str], *, home: str = ""
    ) -> None:
        """
        Build a shelf.

        Args:
            kinds: The kinds of policy it can read.
            packages: First part of an id → package with the shipped files.
            home: First part that may be left out.
        """
        self.kinds = {kind.name: kind for kind in kinds}
        self.packages = dict(packages)
        self._home = home
        self._own: dict[str, Policy[Any]] = {}
        self._held: dict[str, Policy[Any]] = {}
        # The shelf with nothing of anybody's own, and which ids each of its policies asked for.
        self._plain = self
        self._asked: dict[str, frozenset[str]] = {}

    def with_policies(self, policies: Iterable[Policy[Any]]) -> PolicyShelf:
        """Return a shelf that also holds *policies*, which hide shipped ones of the same id."""
        shelf = PolicyShelf(self.kinds.values(), self.packages, home=self._home)
        shelf._own = {**self._own, **{policy.id: policy for policy in policies}}
        shelf._held = dict(shelf._own)
        shelf._plain = self._plain
        return shelf

    def shipped(self) -> tuple[str, ...]:
        """Return the ids of the shipped policies."""
        return tuple(
            f"{prefix}/{entry.name.removesuffix('.toml')}"
            for prefix, package in sorted(self.packages.items())
            for entry in sorted(
                (files(package) / "policies" / prefix).iterdir(),
                key=lambda e: e.name.removesuffix(".toml"),
            )
            if entry.name.endswith(".toml")
        )

    def ids(self) -> tuple[str, ...]:
        """Return all ids there are, shipped or held."""
        return tuple(sorted({*self._held, *self.shipped()}))

    def get(self, policy_id: str) -> Policy[Any]:
        """
        Return the policy called *policy_id*; the home part of the id may be left out.

        Raises:
            UnknownNameError: If there is none.
            PolicyError: If its file has faults.
        """
        for candidate in (policy_id, f"{self._home}/{policy_id}"):
            if candidate in self._held:
                return self._held[candidate]
            prefix, _, name = candidate.partition("/")
            if prefix in self.packages and POLICY_ID.fullmatch(candidate):
                entry = files(self.packages[prefix]) / "policies" / prefix / f"{name}.toml"
                if entry.is_file():
                    self._held[candidate] = self._shipped(candidate, entry)
                    return self._held[candidate]
        raise UnknownNameError("policy", policy_id, self.ids())

    def _shipped(self, policy_id: str, entry: Traversable) -> Policy[Any]:
        """Read a shipped policy, or take it as it was read before anybody's own were given."""
        if self._plain is not self:
            with suppress(PolicyError):
                policy = self._plain.get(policy_id)
                # It serves unless what it links, or might have linked, is hidden by one given here.
                if self._plain._asked[policy_id].isdisjoint(self._own):
                    return policy
        noting = _Noting(self)
        raw = parse_toml(entry.read_text("utf-8"), policy_id)
        policy = read_policy(raw, policy_id, self.kinds, noting)
        self._asked[policy_id] = frozenset(noting.asked)
        return policy

    def read(self, text: str, where: str) -> Policy[Any]:
        """Return the policy written in *text*; it is not kept on the shelf."""
        return read_policy(parse_toml(text, where), where, self.kinds, self)

    def load(self, source: str | Path) -> Policy[Any]:
        """
        Return a policy by id or from a file.

        Args:
            source: An id such as `segmentation/cn-retail-shape`, or the path of a TOML file.

        Raises:
            UnknownNameError: If there is no such policy.
            PolicyError: If the file is missing, unreadable or has faults.
        """
        if isinstance(source, str) and not source.endswith(".toml"):
            return self.get(source)
        path = Path(source)
        try:
            text = path.read_text("utf-8")
        except (OSError, ValueError) as error:
            raise PolicyError(
                str(path), (Fault("", type(error).__name__, "a readable UTF-8 file"),)
            ) from error
        raw = parse_toml(text, str(path))
        linked = self._beside(raw, path)
        shelf = self.with_policies(linked) if linked else self
        return read_policy(raw, str(path), shelf.kinds, shelf)

    def _beside(self, raw: dict[str, Any], path: Path) -> list[Policy[Any]]:
        """
        Load the files a policy links as `calendar_file` or `items_file`, and write their ids in
        their place.

        A kept version is read without its folder, so it names what it links by id.
        """
        found: list[Policy[Any]] = []
        versions = raw.get("version")
        for place, table in enumerate(versions if isinstance(versions, list) else ()):
            for key in LINKS if isinstance(table, dict) else ():
                name = table.pop(f"{key}_file", None)
                if name is None:
                    continue
                where = f"version[{place}].{key}_file"
                if not isinstance(name, str) or key in table:
                    wanted = f"the name of a file beside this one, and no {key}"
                    raise PolicyError(str(path), (Fault(where, repr(name), wanted),))
                if not (path.parent / name).is_file():
                    wanted = f"a file in {path.parent}"
                    raise PolicyError(str(path), (Fault(where, repr(name), wanted),))
                found.append(self.load(path.parent / name))
                table[key] = found[-1].id
        return found


class _Noting:
    """A shelf that notes which ids it was asked for, and those that what it gave asked for."""

    def __init__(self, shelf: PolicyShelf) -> None:
        self._shelf = shelf
        self.asked: set[str] = set()

    def get(self, policy_id: str) -> Policy[Any]:
        self.asked |= {policy_id, f"{self._shelf._home}/{policy_id}"}
        policy = self._shelf.get(policy_id)
        self.asked |= self._shelf._asked.get(policy.id, frozenset())
        return policy
