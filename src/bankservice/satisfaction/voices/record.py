"""
A voice, as a record: what customers say in their own words, what it is about, and the answer to it.

Notes from the opinion box, forums, depth interviews, ratings in words and what staff collect are
told by theme and never enter a score. The version in force on the day of receipt holds for a voice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from enum import Enum
from typing import Any, Final

import attrs

from bankservice.core.calendar import in_utc, instant, local_day
from bankservice.core.clock import Clock
from bankservice.core.decision import Explanation, Says
from bankservice.core.desk import ref_json
from bankservice.core.errors import near_names
from bankservice.core.frozen import FrozenMapping
from bankservice.core.hindsight import Hindsight
from bankservice.core.plain import to_json
from bankservice.core.policy import Policy, Version
from bankservice.core.record import Accepted, Command, Context, Record, Refused
from bankservice.core.structure import FACTS
from bankservice.satisfaction.follow_up import timing
from bankservice.satisfaction.follow_up.kind import FOLLOW_UP, FollowUpRules
from bankservice.satisfaction.follow_up.telling import PACKAGE, clock_checks, step_title
from bankservice.satisfaction.voices.commands import (
    COMMANDS,
    AnswerVoice,
    CodeVoice,
    LinkVoice,
    NoticeVoice,
    ReceiveVoice,
)
from bankservice.satisfaction.voices.entries import (
    EVENTS,
    Voice,
    VoiceAnswered,
    VoiceCoded,
    VoiceLink,
    VoiceLinked,
    VoiceNoticed,
    VoiceReceived,
    evolve,
)
from bankservice.satisfaction.voices.views import due, view

__all__ = [
    "SAYS",
    "VOICE",
    "VoiceRefusal",
    "VoiceSet",
]

RECEIVED: Final = Says("VOICE_RECEIVED", ("channel", "at"))
CODED: Final = Says("VOICE_CODED", ("themes",))
ANSWERED: Final = Says("VOICE_ANSWERED", ("channel", "at"))
LINKED: Final = Says("VOICE_LINKED", ("to",))
NOTICED: Final = Says("VOICE_NOTICED", ("step", "at"))

SAYS: Final = (RECEIVED, CODED, ANSWERED, LINKED, NOTICED)
"""What is said of entries of a voice."""


class VoiceRefusal(Enum):
    """Why a command on a voice is refused; the first that applies wins."""

    IN_FUTURE = "in-future"
    NOT_RECEIVED = "not-received"
    RECEIVED_BEFORE = "received-before"
    BEFORE_RECEIPT = "before-receipt"
    NOT_IN_FORCE = "not-in-force"
    VERSION_NOT_HELD = "version-not-held"
    NOT_TRUE_YET = "not-true-yet"
    UNKNOWN_CODE = "unknown-code"
    OTHER_CHANNEL = "other-channel"
    ANSWERED = "answered"


@attrs.frozen(kw_only=True)
class VoiceSet:
    """
    What an entry of a voice says the policy decided.

    Attributes:
        clocks: The clocks after it.
        to: Roles that are told.
    """

    clocks: tuple[Clock, ...] = ()
    to: tuple[str, ...] = ()


def _refused(code: VoiceRefusal, **told: object) -> Refused:
    return Refused(code, FrozenMapping({name: str(held) for name, held in told.items()}))


def _decide(states: Mapping[str, Voice], command: Command, context: Context) -> Accepted | Refused:
    state, body = states[command.subject], command.body
    at = in_utc(context.effective_at)
    if at > in_utc(context.recorded_at):
        return _refused(VoiceRefusal.IN_FUTURE, at=at, now=context.recorded_at)
    policy: Policy[FollowUpRules] = context.policy(FOLLOW_UP.name)
    if isinstance(body, ReceiveVoice):
        return _receive(state, command.subject, body, at, context, policy)
    held = state.received
    if held is None:
        return _refused(VoiceRefusal.NOT_RECEIVED, voice=command.subject)
    if at < held.at:
        return _refused(VoiceRefusal.BEFORE_RECEIPT, at=at, received=held.at)
    version = timing.version_held(policy, held.version)
    if version is None:
        return _refused(VoiceRefusal.VERSION_NOT_HELD, **dict(held.version))
    found = _act(state, held, body, at, version)
    if isinstance(found, Refused):
        return found
    used = (version,) if hasattr(found, "version") else ()
    return Accepted({} if found is None else {command.subject: (found,)}, used)


def _receive(
    state: Voice,
    subject: str,
    body: ReceiveVoice,
    at: datetime,
    context: Context,
    policy: Policy[FollowUpRules],
) -> Accepted | Refused:
    if state.received is not None:
        return _refused(VoiceRefusal.RECEIVED_BEFORE, at=state.received.at)
    zone = policy.versions[-1].parameters.zone
    on, today = local_day(at, zone), local_day(context.recorded_at, zone)
    version = policy.as_known(today).select(on)
    if not isinstance(version, Version):
        return _refused(VoiceRefusal.NOT_IN_FORCE, policy=policy.id, on=on)
    rules: FollowUpRules = version.parameters
    if body.held_on is not None and body.held_on > on:
        return _refused(VoiceRefusal.IN_FUTURE, held_on=body.held_on, on=on)
    no = _unknown(rules, {"channel": (body.channel,), "product": (body.product,)})
    if no is not None:
        return no
    ruler = rules.ruler(today)
    clocks = timing.begun(rules, ruler, at, ("answer",))
    used = (version, *timing.linked(ruler, clocks, on))
    event = VoiceReceived(
        at=at,
        held_on=body.held_on or on,
        channel=body.channel,
        kind=body.kind,
        language=body.language,
        people=body.people,
        customer=body.customer or None,
        product=body.product,
        zone=rules.zone,
        known_on=today,
        clocks=clocks,
        version=FrozenMapping(ref_json(version.ref)),
        older=timing.refs(used),
        text=body.text,
    )
    return Accepted({subject: (event,)}, used)


def _unknown(rules: FollowUpRules, codes: Mapping[str, tuple[str, ...]]) -> Refused | None:
    trees = {"channel": rules.sources, "product": rules.products, "themes": rules.themes}
    for name, told in codes.items():
        for code in filter(None, told):
            if code not in trees[name]:
                near = ", ".join(near_names(code, trees[name]))
                return _refused(VoiceRefusal.UNKNOWN_CODE, field=name, got=code, near=near)
    return None


def _act(
    state: Voice, held: VoiceReceived, body: Any, at: datetime, version: Version[FollowUpRules]
) -> Any:
    """Return the event an act leads to, None where nothing changes, or why it is refused."""
    rules = version.parameters
    match body:
        case CodeVoice():
            no = _unknown(rules, {"themes": body.themes, "product": (body.product,)})
            if no is not None:
                return no
            themes, product = tuple(dict.fromkeys(body.themes)), body.product or state.product
            if (themes, product, body.about) == (state.themes, state.product, state.about):
                return None
            return VoiceCoded(
                at=at, themes=themes, product=product, about=body.about, version=held.version
            )
        case AnswerVoice():
            return _answered(state, held, body, at, rules)
        case LinkVoice():
            if VoiceLink(body.kind, body.to) in state.links:
                return None
            return VoiceLinked(at=at, kind=body.kind, to=body.to)
        case NoticeVoice():
            return _noticed(state, held, body.key, at, rules)
    raise TypeError(f"{type(body).__name__} is no command of a voice")


def _answered(
    state: Voice, held: VoiceReceived, body: AnswerVoice, at: datetime, rules: FollowUpRules
) -> VoiceAnswered | Refused:
    no = _unknown(rules, {"channel": (body.channel,)})
    if no is not None:
        return no
    if not rules.sources.within(body.channel, held.channel):
        return _refused(VoiceRefusal.OTHER_CHANNEL, channel=body.channel, own=held.channel)
    if state.answered_at is not None:
        return _refused(VoiceRefusal.ANSWERED, at=state.answered_at)
    return VoiceAnswered(
        at=at,
        channel=body.channel,
        clocks=timing.met(state.clocks, rules.ruler(held.known_on), at, ("answer",)),
        version=held.version,
        older=held.older,
        customer=held.customer,
        text=body.text,
    )


def _noticed(
    state: Voice, held: VoiceReceived, key: str, at: datetime, rules: FollowUpRules
) -> VoiceNoticed | Refused | None:
    if key in state.noticed:
        return None
    found = timing.true_by(state.clocks, key, at)
    if found is None:
        return _refused(VoiceRefusal.NOT_TRUE_YET, key=key)
    clock, step, true_at = found
    return VoiceNoticed(
        clock=clock.name,
        step=step,
        key=key,
        true_at=true_at,
        to=rules.promises[clock.name].row.tell,
        version=held.version,
    )


def _explain(
    state: Voice, event: Any, find: Callable[[str, str], Version[Any]]
) -> Explanation | None:
    if isinstance(event, VoiceLinked):
        return Explanation(LINKED(to=event.to), (), (), PACKAGE)
    version = find(event.version["policy"], event.version["digest"])
    rules: FollowUpRules = version.parameters
    zone = rules.zone
    match event:
        case VoiceReceived():
            title = rules.sources[event.channel].title
            reason = RECEIVED(channel=title, at=instant(event.at, zone))
        case VoiceCoded():
            reason = CODED(themes=tuple(rules.themes[code].title for code in event.themes))
        case VoiceAnswered():
            title = rules.sources[event.channel].title
            reason = ANSWERED(channel=title, at=instant(event.at, zone))
        case VoiceNoticed():
            reason = NOTICED(step=step_title(event.step), at=instant(event.true_at, zone))
        case _:
            raise TypeError(f"{type(event).__name__} is no event of a voice")
    checks = tuple(clock_checks(getattr(event, "clocks", ()), rules, zone))
    return Explanation(reason, checks, ((version.ref, version.source),), PACKAGE)


def _again(state: Voice, event: Any, find: Hindsight) -> tuple[VoiceSet, VoiceSet] | None:
    """Return what an entry says was decided, and what comes out now; None where nothing was."""
    if isinstance(event, (VoiceCoded, VoiceLinked)):
        return None
    rules: FollowUpRules = find(event.version["policy"], event.version["digest"]).parameters
    if isinstance(event, VoiceNoticed):
        now = rules.promises[event.clock].row.tell
        return VoiceSet(to=event.to), VoiceSet(to=now)
    if isinstance(event, VoiceReceived):
        clocks = timing.begun(rules, rules.ruler(event.known_on), event.at, ("answer",))
    else:
        assert state.received is not None, "what is answered was received"
        ruler = rules.ruler(state.received.known_on)
        clocks = timing.met(state.clocks, ruler, event.at, ("answer",))
    return VoiceSet(clocks=event.clocks), VoiceSet(clocks=clocks)


VOICE: Final[Record[Voice]] = Record(
    kind="satisfaction.voice",
    initial=Voice(),
    commands=COMMANDS,
    events=EVENTS,
    decide=_decide,
    evolve=evolve,
    view=view,
    due=due,
    refusals=VoiceRefusal,
    policies=(FOLLOW_UP.name,),
    explain=_explain,
    again=_again,
    freeze=(to_json, lambda state: FACTS.read(state, Voice, "snapshot")),
)
"""The record `satisfaction.voice`."""
