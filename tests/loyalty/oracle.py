"""
A points ledger too simple to be wrong: lists of dicts, linear scans, all worked out every time.

It shares no line with the ledger it proves. It holds the commands that were accepted, and plays
them from the first on for every question, with what time brings (holds that end) in between.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

FAR = datetime(9999, 1, 1, tzinfo=UTC)


class No(Exception):
    """The command cannot be."""


def need(held: object, why: str) -> None:
    """Refuse the command unless something holds."""
    if not held:
        raise No(why)


class Oracle:
    """Every account of a bank, under terms that a dict states."""

    def __init__(self, **terms: Any) -> None:
        self.terms = terms
        self.zone = ZoneInfo(terms["zone"])
        self.now = FAR
        self.accepted: list[dict[str, Any]] = []
        self.clear()

    def clear(self) -> None:
        """Forget all but the commands."""
        self.members: list[str] = []
        self.lots: list[dict[str, Any]] = []
        self.buys: list[dict[str, Any]] = []
        self.holds: list[dict[str, Any]] = []
        self.spends: list[dict[str, Any]] = []
        self.forfeits: list[dict[str, Any]] = []
        self.waiting: list[dict[str, Any]] = []
        self.owed: dict[str, int] = {}

    def give(self, **command: Any) -> str:
        """Play all that was accepted and then this; keep it where it can be, else say why not."""
        self.play()
        try:
            self.act(command)
        except No as no:
            self.play()
            return str(no)
        self.accepted.append(command)
        return ""

    def play(self) -> None:
        """Work everything out from nothing."""
        self.clear()
        for command in self.accepted:
            self.act(command)

    def act(self, command: dict[str, Any]) -> None:
        """Do one command."""
        self.now = command["now"]
        self.pass_time(command["who"], self.now)
        need(command["do"] == "enrol" or command["who"] in self.members, "not enrolled")
        getattr(self, command["do"])(**{k: v for k, v in command.items() if k not in ("do", "now")})

    def day(self, t: datetime) -> date:
        """Return the local day."""
        return t.astimezone(self.zone).date()

    def start(self, day: date) -> datetime:
        """Return the first instant of a local day."""
        return datetime.combine(day, time(), self.zone).astimezone(UTC)

    def pass_time(self, who: str, t: datetime) -> None:
        """End the holds whose time is over, the first to end first."""
        for hold in sorted(self.holds, key=lambda h: h["until"]):
            if hold["who"] == who and hold["open"] and hold["until"] <= t:
                hold["open"] = False
                self.back(who, hold["drawn"], hold["until"])

    def lives(self, lot: dict[str, Any], t: datetime) -> bool:
        """Tell whether a lot can be spent."""
        return bool(lot["left"] > 0 and lot["from"] <= t < lot["ends"])

    def of(self, who: str) -> list[dict[str, Any]]:
        """Return a member's lots in the order they are drawn."""
        keys = {
            "earliest-expiry": lambda x: (x["ends"], x["from"], x["on"], x["number"]),
            "earned-first": lambda x: (x["on"], x["number"]),
            "last-in-first-out": lambda x: (-x["on"].toordinal(), -x["number"]),
        }
        mine = [lot for lot in self.lots if lot["who"] == who]
        return sorted(mine, key=keys[self.terms["burn_order"]])

    def available(self, who: str, t: datetime) -> int:
        """Return what can be spent."""
        return sum(lot["left"] for lot in self.of(who) if self.lives(lot, t))

    def take(self, lots: Iterable[dict[str, Any]], points: int) -> list[tuple[int, int]]:
        """Draw up to so many points from lots in turn."""
        drawn = []
        for lot in lots:
            part = min(points, lot["left"])
            if part > 0:
                lot["left"] -= part
                points -= part
                drawn.append((lot["id"], part))
        return drawn

    def spend(self, who: str, points: int, t: datetime) -> list[tuple[int, int]]:
        """Draw from what can be spent, all of it or nothing."""
        need(points > 0, "no points")
        need(not (self.owed.get(who) and self.terms["blocks"]), "in arrears")
        need(self.available(who, t) >= points, "too few")
        return self.take([lot for lot in self.of(who) if self.lives(lot, t)], points)

    def lot(self, who: str, points: int, on: date, **more: Any) -> None:
        """Make a lot with the programme's dates; what is owed is repaid from it."""
        wait = self.terms["pending"]
        ends = FAR
        if self.terms["expires"]:
            ends = self.start(on + timedelta(self.terms["expires"] + 1))
        number = 1 + sum(lot["who"] == who for lot in self.lots)
        made = {"who": who, "id": len(self.lots), "number": number, "on": on, "ends": ends}
        made |= {"granted": points, "left": points, "ref": "", "at": self.start(on)} | more
        if "from" not in made:
            waits = wait == "action" and made.get("earned")
            later = self.start(on + timedelta(wait)) if isinstance(wait, int) and wait else None
            first = later if later and made.get("earned") else made["at"]
            made["from"] = FAR if waits else first
        self.lots.append(made)
        self.repay(who, [made], made["at"])

    def repay(self, who: str, lots: list[dict[str, Any]], t: datetime) -> None:
        """Repay what is owed from lots that came in or back."""
        drawn = self.take([x for x in lots if t < x["ends"]], self.owed.get(who, 0))
        self.owed[who] = self.owed.get(who, 0) - sum(part for _, part in drawn)

    def back(self, who: str, drawn: list[tuple[int, int]], t: datetime) -> None:
        """Give points back to their lots, the last drawn first; repay what is owed from them."""
        for place, part in reversed(drawn):
            lot = self.lots[place]
            lot["left"] += part
            if t < lot["ends"] and self.owed.get(who):
                due = min(part, self.owed[who])
                lot["left"] -= due
                self.owed[who] -= due

    def worth(self, minor: int, on: date, used: int) -> int:
        """Return the points of an amount after the cap."""
        points, block = next(
            (points, block) for since, points, block in reversed(self.terms["rates"]) if since <= on
        )
        cap = self.terms["cap"]
        whole = minor // block * points
        return int(whole if cap is None else min(whole, max(0, cap - used)))

    def enrol(self, who: str, at: datetime) -> None:
        """Open an account."""
        need(who not in self.members, "open already")
        self.members.append(who)

    def bought(self, who: str, ref: str, part: int) -> list[dict[str, Any]]:
        """Return the purchase of that name, if there is one."""
        return [b for b in self.buys if (b["who"], b["ref"], b["part"]) == (who, ref, part)]

    def post(self, who: str, at: datetime, ref: str, part: int, minor: int) -> None:
        """Post a purchase."""
        on = self.day(at)
        for known in self.bought(who, ref, part):
            need(known["minor"] == minor, "ref conflict")
            return
        month = [
            b for b in self.buys if b["who"] == who and b["on"].replace(day=1) == on.replace(day=1)
        ]
        used = sum(b["granted"] - b["clawed"] for b in month)
        points = self.worth(minor, on, used)
        key = ref if part == 1 else f"{ref}#{part}"
        buy = {"who": who, "ref": ref, "part": part, "minor": minor, "on": on, "key": key}
        self.buys.append(buy | {"used": used, "granted": points, "clawed": 0, "back": 0})
        if points:
            self.lot(who, points, on, at=at, ref=key, earned=True)
        for refund in [w for w in self.waiting if w["of"] == (who, ref, part)]:
            self.waiting.remove(refund)
            if refund["minor"] <= minor - self.buys[-1]["back"] and self.day(refund["at"]) >= on:
                self.unbuy(self.buys[-1], refund["minor"], max(at, refund["at"]))

    def refund(self, who: str, at: datetime, ref: str, part: int, minor: int) -> None:
        """Give back a part of a purchase, or keep the refund until its purchase comes."""
        for buy in self.bought(who, ref, part):
            need(self.day(at) >= buy["on"], "before the purchase")
            need(0 < minor <= buy["minor"] - buy["back"], "over the original")
            return self.unbuy(buy, minor, at)
        need(self.terms["park"] and minor > 0, "unknown purchase")
        self.waiting.append({"of": (who, ref, part), "at": at, "minor": minor})
        return None

    def unbuy(self, buy: dict[str, Any], minor: int, t: datetime) -> None:
        """Take back what the rest of a purchase does not earn."""
        buy["back"] += minor
        rest = self.worth(buy["minor"] - buy["back"], buy["on"], buy["used"])
        claw = buy["granted"] - buy["clawed"] - rest
        buy["clawed"] += claw
        who = buy["who"]
        own = [lot for lot in self.of(who) if lot["ref"] == buy["key"]]
        others = [x for x in self.of(who) if x not in own]
        stages = [[x for x in own if t < x["from"]], [x for x in own if self.lives(x, t)]]
        stages.append([x for x in own if x["ends"] <= t])
        mode = self.terms["shortfall"]
        if mode in ("within-balance", "arrears"):
            stages.append([x for x in others if self.lives(x, t)])
            stages.append([x for x in others if t < x["from"]])
        for lots in stages:
            claw -= sum(part for _, part in self.take(lots, claw))
        if mode == "arrears":
            self.owed[who] = self.owed.get(who, 0) + claw

    def redeem(self, who: str, at: datetime, ref: str, points: int) -> None:
        """Spend points at once."""
        drawn = self.spend(who, points, at)
        self.spends.append({"who": who, "ref": ref, "drawn": drawn})

    def reserve(self, who: str, at: datetime, ref: str, points: int) -> None:
        """Hold points."""
        drawn = self.spend(who, points, at)
        until = at + self.terms["lasts"]
        self.holds.append({"who": who, "ref": ref, "drawn": drawn, "until": until, "open": True})

    def held_as(self, who: str, ref: str) -> dict[str, Any]:
        """Return an open hold."""
        found = [h for h in self.holds if (h["who"], h["ref"], h["open"]) == (who, ref, True)]
        need(found, "no such hold")
        return found[0]

    def confirm(self, who: str, at: datetime, ref: str, points: int) -> None:
        """Spend what is held, or the first part of it."""
        hold = self.held_as(who, ref)
        need(0 < points <= sum(part for _, part in hold["drawn"]), "more than held")
        hold["open"] = False
        spent, rest = self.split(hold["drawn"], points)
        self.spends.append({"who": who, "ref": ref, "drawn": spent})
        self.back(who, rest, at)

    def split(
        self, drawn: list[tuple[int, int]], points: int
    ) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
        """Split draws after so many points."""
        first, rest = [], []
        for place, part in drawn:
            here = min(points, part)
            points -= here
            first += [(place, here)] if here else []
            rest += [(place, part - here)] if part > here else []
        return first, rest

    def release(self, who: str, at: datetime, ref: str) -> None:
        """End a hold; one that time has ended stays so."""
        if any((h["who"], h["ref"], h["open"]) == (who, ref, False) for h in self.holds):
            return
        hold = self.held_as(who, ref)
        hold["open"] = False
        self.back(who, hold["drawn"], at)

    def cancel(self, who: str, at: datetime, ref: str, points: int) -> None:
        """Give back what was spent, or the last part of it."""
        found = [s for s in self.spends if (s["who"], s["ref"]) == (who, ref)]
        need(found, "no such redemption")
        whole = sum(part for _, part in found[0]["drawn"])
        need(0 < points <= whole, "more than was spent")
        found[0]["drawn"], returned = self.split(found[0]["drawn"], whole - points)
        for place, part in reversed(returned):
            lot = self.lots[place]
            if at < lot["ends"] or self.terms["lapsed"] == "lost":
                self.back(who, [(place, part)], at)
            else:
                # Only what comes back lives on; what had lapsed in the same lot stays so.
                ends = self.start(self.day(at) + timedelta(self.terms["grace"]))
                self.lot(who, part, lot["on"], at=at, ends=ends, **{"from": at})

    def adjust(self, who: str, at: datetime, points: int) -> None:
        """Add or take points by hand."""
        need(points, "no points")
        if points > 0:
            self.lot(who, points, self.day(at), at=at)
        else:
            need(self.available(who, at) >= -points, "too few")
            self.take([lot for lot in self.of(who) if self.lives(lot, at)], -points)

    def buy(self, who: str, at: datetime, ref: str, points: int) -> None:
        """Sell points to a member."""
        need(points > 0, "no points")
        self.lot(who, points, self.day(at), at=at, ref=ref)

    def transfer(self, who: str, at: datetime, to: str, points: int) -> None:
        """Move points to another member, with their dates."""
        need(to in self.members and to != who, "nobody to give them to")
        self.pass_time(to, self.now)
        for place, part in self.spend(who, points, at):
            lot = self.lots[place]
            self.lot(to, part, lot["on"], at=at, ends=lot["ends"], **{"from": lot["from"]})

    def household(self, who: str, at: datetime, ref: str, points: int, others: list[str]) -> None:
        """Spend together in proportion, by largest remainder."""
        members = [who, *others]
        need(points > 0, "no points")
        for member in members:
            need(member in self.members, "not enrolled")
            self.pass_time(member, self.now)
            need(not (self.owed.get(member) and self.terms["blocks"]), "in arrears")
        have = {member: self.available(member, at) for member in members}
        total = sum(have.values())
        need(total >= points, "too few")
        shares = {m: points * have[m] // total for m in members}
        most = sorted(members, key=lambda m: (-(points * have[m] % total), m))
        for member in most[: points - sum(shares.values())]:
            shares[member] += 1
        for member in members:
            if shares[member]:
                drawn = self.spend(member, shares[member], at)
                self.spends.append({"who": member, "ref": ref, "drawn": drawn})

    def cancel_family(self, who: str, at: datetime, ref: str, others: list[str]) -> None:
        """Give back all that a household spent together."""
        for member in [who, *others]:
            self.pass_time(member, self.now)
            for spend in [s for s in self.spends if (s["who"], s["ref"]) == (member, ref)]:
                whole = sum(part for _, part in spend["drawn"])
                if whole:
                    self.cancel(member, at, ref, whole)

    def extend(self, who: str, at: datetime, until: date) -> None:
        """Let what lives, live longer."""
        ends = self.start(until + timedelta(1))
        for lot in self.of(who):
            if lot["left"] and at < lot["ends"] < ends:
                lot["ends"] = ends

    def reinstate(self, who: str, at: datetime) -> None:
        """Give back what lapsed not long ago."""
        ends = self.start(self.day(at) + timedelta(self.terms["reinstated"]))
        found = [x for x in self.of(who) if x["left"] and x["ends"] <= at]
        for lot in found:
            if self.day(at) <= self.day(lot["ends"]) + timedelta(self.terms["within"]):
                lot["ends"], lot["from"] = ends, min(lot["from"], at)
                self.repay(who, [lot], at)

    def forfeit(self, who: str, at: datetime, ref: str) -> None:
        """Take away all that lives."""
        drawn = []
        for lot in self.of(who):
            if lot["left"] and at < lot["ends"]:
                drawn.append((lot["id"], lot["left"]))
                lot["left"] = 0
        self.forfeits.append({"who": who, "ref": ref, "drawn": drawn})

    def unforfeit(self, who: str, at: datetime, ref: str) -> None:
        """Give back what was taken away; what would have lapsed since, lives on for a while."""
        ends = self.start(self.day(at) + timedelta(self.terms["reinstated"]))
        for forfeit in [f for f in self.forfeits if (f["who"], f["ref"]) == (who, ref)]:
            for lot in [self.lots[place] for place, _ in forfeit["drawn"]]:
                lot["ends"] = ends if lot["ends"] <= at else lot["ends"]
            self.back(who, forfeit["drawn"], at)
            forfeit["drawn"] = []

    def unbuy_points(self, who: str, at: datetime, ref: str) -> None:
        """Take bought points back, while none of them was drawn."""
        found = [x for x in self.of(who) if x["ref"] == ref]
        need(found and found[0]["left"] in (found[0]["granted"], 0), "drawn")
        found[0]["left"] = 0

    def meet(self, who: str, at: datetime) -> None:
        """Let what waited be spent."""
        for lot in self.of(who):
            if lot["from"] == FAR:
                lot["from"] = at

    def look(self, who: str, *moments: datetime) -> list[dict[str, int]]:
        """Return what a member has at instants, the earliest first."""
        self.play()
        return [self.seen(who, t) for t in moments]

    def seen(self, who: str, t: datetime) -> dict[str, int]:
        """Return what a member has once time has passed up to an instant."""
        self.pass_time(who, t)
        held = [h for h in self.holds if h["who"] == who and h["open"]]
        return {
            "balance": self.available(who, t),
            "pending": sum(x["left"] for x in self.of(who) if t < x["from"] and t < x["ends"]),
            "held": sum(part for hold in held for _, part in hold["drawn"]),
            "arrears": self.owed.get(who, 0),
        }
