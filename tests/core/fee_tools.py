"""A toy rule with a record that decides by it: a fee on an amount, by the policy of the day."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any

import attrs

from bankservice.core.decision import Explanation, Reason, Rule, Says, Trace
from bankservice.core.desk import ref_json
from bankservice.core.errors import UnknownNameError
from bankservice.core.frozen import FrozenMapping
from bankservice.core.policy import Kind, Policy, Version
from bankservice.core.policy_file import read_policy
from bankservice.core.record import Accepted, Command, Context, Events, Record, Refused
from bankservice.core.shelf import PolicyShelf
from bankservice.core.trial import Question, Seen, Told, Trial, Unasked

NOW = datetime(2026, 3, 31, 9, 0, tzinfo=UTC)

TAKEN = Says("FEE_TAKEN", ("amount",))


@attrs.frozen(kw_only=True)
class Fee:
    """Parameters of the toy policy: a fee for each hundred, and the words it knows."""

    percent: int
    words: tuple[str, ...] = ("plain",)


FEE: Kind[Fee, Fee] = Kind("toy.fee", Fee, lambda written, faults, library: written)
SHELF = PolicyShelf([FEE], {})


def fee(*percents: int, **table: Any) -> Policy[Fee]:
    """Return a toy policy with a version for each percentage, from 2020 on, a year each."""
    versions = [
        {
            "since": date(2020 + index, 1, 1),
            "source": {"text": "Acme", "checked": "own"},
            "percent": percent,
            **table,
        }
        for index, percent in enumerate(percents)
    ]
    raw = {"id": "acme/fee", "kind": FEE.name, "version": versions}
    return read_policy(raw, "fee.toml", SHELF.kinds, SHELF)


@attrs.frozen(kw_only=True)
class FeeFacts:
    """Facts of the toy rule."""

    on: date
    amount: int
    word: str = "plain"
    customer: FrozenMapping[str, Any] = FrozenMapping()


@attrs.frozen(kw_only=True)
class Taken:
    """Outcome of the toy rule: the fee, and when it is due."""

    fee: int
    due: date | None


def _evaluate(facts: FeeFacts, parameters: Fee, trace: Trace | None) -> Taken:
    """Decide the fee."""
    if facts.word not in parameters.words:
        raise UnknownNameError("word", facts.word, parameters.words)
    taken = facts.amount * parameters.percent // 100
    if trace is not None:
        trace.check(Reason("percent", (("percent", parameters.percent),)), True)
    due = date.fromordinal(facts.on.toordinal() + parameters.percent) if taken else None
    return Taken(fee=taken, due=due)


FEE_RULE: Rule[FeeFacts, Fee, Taken] = Rule(
    id="toy.fee",
    facts=FeeFacts,
    outcome=Taken,
    evaluate=_evaluate,
    headline=lambda facts, parameters, outcome: TAKEN(amount=outcome.fee),
    says=(TAKEN,),
    package="bankservice.core",
    kind=FEE,
    day=lambda facts: facts.on,
)


@attrs.frozen(kw_only=True)
class Charge:
    """Take the fee of a day."""

    on: date
    amount: int


@attrs.frozen(kw_only=True)
class Note:
    """Write something down that no policy decides."""

    text: str = ""


@attrs.frozen(kw_only=True)
class Charged:
    """The fee of a day was taken."""

    on: date
    fee: int
    version: FrozenMapping[str, str]
    amount: int | None = attrs.field(default=None, metadata={"sealed": True})


class No(Enum):
    """Why the toy refuses."""

    NOT_IN_FORCE = "not-in-force"


def _decide(states: Mapping[str, int], command: Command, context: Context) -> Accepted | Refused:
    body = command.body
    if isinstance(body, Note):
        return Accepted({command.subject: (body,)})
    version = context.policies[0].on(body.on)
    outcome = FEE_RULE.decide(FeeFacts(on=body.on, amount=body.amount), version).outcome
    ref = FrozenMapping(ref_json(version.ref))
    event = Charged(on=body.on, fee=outcome.fee, version=ref, amount=body.amount)
    return Accepted({command.subject: (event,)}, (version,))


def _again(
    state: int, event: Any, find: Callable[[str, str], Version[Any]]
) -> tuple[Any, Any] | None:
    if isinstance(event, Note):
        return None
    version = find(event.version["policy"], event.version["digest"])
    decided = FEE_RULE.decide(FeeFacts(on=event.on, amount=event.amount), version)
    return {"fee": event.fee}, {"fee": decided.outcome.fee}


COUNTER: Record[int] = Record(
    kind="toy.counter",
    initial=0,
    commands={"charge": Charge, "note": Note},
    events=Events({"charged": Charged, "noted": Note}),
    decide=_decide,
    evolve=lambda state, event: state + getattr(event, "fee", 0),
    view=lambda state, as_of, policies: state,
    due=lambda state: {},
    refusals=No,
    policies=(FEE.name,),
    explain=lambda state, event, find: Explanation(Reason("x"), (), (), "bankservice.core"),
    again=_again,
)


def _asked(told: Told[int]) -> Iterator[Question[FeeFacts] | Unasked]:
    for version, erased, event in told.events:
        ref = f"toy.counter/{told.subject}@{version}"
        if isinstance(event, Note):
            continue
        if erased:
            yield Unasked(told.subject, "erased", ref)
        elif told.policy in ("", event.version["policy"]):
            on = told.on or event.on
            yield Question(told.subject, FeeFacts(on=on, amount=event.amount), ref)


def _seen(facts: FeeFacts, parameters: Fee, outcome: Taken) -> Seen:
    return Seen(
        "free" if not outcome.fee else "charged",
        FrozenMapping({"due": outcome.due}),
        FrozenMapping({"fee": outcome.fee}),
    )


TRIAL: Trial[FeeFacts, Fee, Taken] = Trial(rule=FEE_RULE, seen=_seen, record=COUNTER, asked=_asked)


def question(subject: str, amount: int, on: date = date(2020, 6, 1), **more: Any) -> Any:
    """Return a question of the toy rule."""
    return Question(subject, FeeFacts(on=on, amount=amount, **more))
