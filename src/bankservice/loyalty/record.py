"""
The points account as a record: what a command leads to, or why it is refused.

The version of the programme in force on the day of the transaction rates it; whatever undoes or
ends something works after the programme has ended too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final

from bankservice.core.decision import named_facts
from bankservice.core.policy import Policy, Undecided, Version
from bankservice.core.record import Accepted, Command, Context, Record, Refused
from bankservice.loyalty.account import (
    cancelling,
    commands,
    household,
    lives,
    moving,
    posting,
    refunds,
    spending,
)
from bankservice.loyalty.account.account import Account
from bankservice.loyalty.account.again import again
from bankservice.loyalty.account.entries import CredentialsChanged
from bankservice.loyalty.account.fold import EVENTS, evolve, fold
from bankservice.loyalty.account.instants import micros
from bankservice.loyalty.account.reasons import explain
from bankservice.loyalty.account.refusals import AccountRefusal, refused
from bankservice.loyalty.account.views import due, view
from bankservice.loyalty.account.wanted import in_points
from bankservice.loyalty.account.work import Work
from bankservice.loyalty.programme.dates import day_of
from bankservice.loyalty.programme.programme import PROGRAMME, Programme

__all__ = ["ACCOUNT"]

_OPENING: Final = (
    commands.Authorise,
    commands.Post,
    commands.Refund,
    commands.Adjust,
    commands.Buy,
)
"""Commands that may open an account, where the programme lets them; enrolling always may."""

_IN_FORCE: Final = (
    commands.Enrol,
    commands.Authorise,
    commands.Post,
    commands.Reserve,
    commands.Redeem,
    commands.Adjust,
    commands.Transfer,
    commands.Buy,
)
"""Commands that need a version in force; all others undo or end something."""

_SWEEPING: Final = (commands.Expire, commands.Advance)


def _change_credentials(work: Work) -> Refused | None:
    work.settle()
    work.write(CredentialsChanged(at=work.at))
    return None


def _touches(command: Command) -> tuple[str, ...]:
    body = command.body
    others: tuple[str, ...] = ()
    if isinstance(body, commands.Transfer):
        others = (body.to,)
    elif isinstance(body, (commands.Redeem, commands.CancelRedemption)):
        others = body.household
    return tuple(dict.fromkeys((command.subject, *others)))


def _decide(
    states: Mapping[str, Account], command: Command, context: Context
) -> Accepted | Refused:
    body, account = command.body, states[command.subject]
    at, now = micros(context.effective_at), micros(context.recorded_at)
    if at > now:
        return refused(AccountRefusal.IN_FUTURE, at=context.effective_at, now=context.recorded_at)
    if context.approved_by and context.approved_by == context.actor:
        return refused(AccountRefusal.APPROVER_IS_ACTOR, actor=context.actor)
    policy: Policy[Programme] = context.policy(PROGRAMME.name)
    zone = account.zone or policy.versions[-1].parameters.zone
    stated = getattr(body, "on", None)
    today = day_of(zone, now)
    if stated is not None and stated > today:
        return refused(AccountRefusal.IN_FUTURE, at=stated, now=today)
    version = _version(policy, body, stated or day_of(zone, at), today)
    if isinstance(version, Refused):
        return version
    if not account.opened and not _opens(body, version.parameters):
        if isinstance(body, _SWEEPING):
            return Accepted({})
        return refused(AccountRefusal.NOT_ENROLLED, account=command.subject)
    if account.closed_at is not None and not isinstance(body, (*_SWEEPING, commands.CloseAccount)):
        return refused(AccountRefusal.CLOSED, account=command.subject)
    body = in_points(body, account, version.parameters)
    if _other_currency(body, version.parameters):
        own = version.parameters.currency
        return refused(AccountRefusal.OTHER_CURRENCY, currency=body.currency, programme=own)
    works = {
        subject: Work(
            subject=subject,
            account=states[subject],
            at=at,
            on=day_of(zone, at),
            now=now,
            policy=policy,
            version=version,
            actor=context.actor,
            approved_by=context.approved_by,
        )
        for subject in _touches(command)
    }
    no = _act(works, works[command.subject], body)
    if no is not None:
        return no
    return Accepted(
        {subject: tuple(work.events) for subject, work in works.items() if work.events},
        tuple(dict.fromkeys(held for work in works.values() for held in work.used)),
    )


def _other_currency(body: Any, programme: Programme) -> bool:
    """Tell whether an amount is of a currency in which points are not spent, moved or bought."""
    if isinstance(body, (commands.Adjust, commands.Transfer)):
        return body.points is None
    spending = (
        commands.Reserve,
        commands.Redeem,
        commands.Confirm,
        commands.CancelRedemption,
        commands.Buy,
    )
    return isinstance(body, spending) and body.currency not in ("", programme.currency)


def _version(
    policy: Policy[Programme], body: Any, on: date, today: date
) -> Version[Programme] | Refused:
    """Return the version a command works under."""
    known = policy.as_known(max(on, today))
    found = known.select(on, named_facts(body))
    if isinstance(found, Undecided):
        return refused(AccountRefusal.COHORT_UNKNOWN, facts=", ".join(found.facts))
    if found is not None:
        return found
    if isinstance(body, _IN_FORCE) or not known.versions:
        return refused(AccountRefusal.NOT_IN_FORCE, policy=policy.id, on=on)
    before = [version for version in known.versions if version.since <= on]
    return before[-1] if before else known.versions[0]


def _opens(body: Any, programme: Programme) -> bool:
    """Tell whether a command may open the account; taking points by hand never does."""
    if isinstance(body, commands.Enrol):
        return True
    if isinstance(body, commands.Adjust) and _taking(body):
        return False
    return isinstance(body, _OPENING) and programme.written.enrolment == "automatic"


def _taking(body: commands.Adjust) -> bool:
    return str(body.amount).startswith("-") if body.points is None else body.points < 0


def _act(works: Mapping[str, Work], work: Work, body: Any) -> Refused | None:
    others = {subject: held for subject, held in works.items() if held is not work}
    match body:
        case commands.Transfer():
            return moving.transfer(work, body, works[body.to])
        case commands.Redeem() if body.household:
            if work.subject in body.household:
                return refused(AccountRefusal.TO_ITSELF, account=work.subject)
            return household.redeem_together(work, body, others)
        case commands.CancelRedemption():
            return cancelling.cancel_redemption(work, body, others)
        case commands.Expire():
            return lives.expire(work)
        case commands.Advance():
            return lives.advance(work)
        case commands.ChangeCredentials():
            return _change_credentials(work)
    act = _ACTS.get(type(body))
    if act is None:
        raise TypeError(f"{type(body).__name__} is no command of a points account")
    return act(work, body)


_ACTS: Final[Mapping[type[Any], Callable[[Work, Any], Refused | None]]] = {
    commands.Enrol: posting.enrol,
    commands.Authorise: posting.authorise,
    commands.Void: posting.void,
    commands.Post: posting.post,
    commands.Refund: refunds.refund,
    commands.Reserve: spending.reserve,
    commands.Confirm: spending.confirm,
    commands.Release: spending.give_up,
    commands.Redeem: spending.redeem,
    commands.Adjust: moving.adjust,
    commands.Buy: moving.buy,
    commands.CancelBuy: moving.cancel_buy,
    commands.Forfeit: lives.forfeit,
    commands.Extend: lives.extend,
    commands.Reinstate: lives.reinstate,
    commands.Meet: lives.meet,
    commands.CloseAccount: lives.close,
}


# Without a codec for snapshots: one would hold in the clear what entries seal.
ACCOUNT: Record[Account] = Record(
    kind="loyalty.account",
    initial=Account(),
    commands=commands.COMMANDS,
    events=EVENTS,
    decide=_decide,
    evolve=evolve,
    view=view,
    due=due,
    refusals=AccountRefusal,
    policies=(PROGRAMME.name,),
    touches=_touches,
    fold=fold,
    explain=explain,
    again=again,
)
"""The record `loyalty.account`."""
