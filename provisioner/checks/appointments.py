"""Alarms that ring when nobody wants them to: too late, at night, or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time
from typing import Any

from provisioner.checks.context import Context
from provisioner.errors import Severity
from provisioner.language import gettext, term
from provisioner.model import Fields, Finding
from provisioner.plan.decision import Decision
from provisioner.resources import KINDS

ID = "content"
EVENING, MORNING = time(22), time(7)  # in the project's zone


def run(context: Context) -> Iterator[Finding]:
    """Of every declared alarm that has not rung."""
    for decision in context.situation.decisions.values():
        moment = decision.after.get(KINDS[decision.address.kind].timing.notice)
        if isinstance(moment, datetime) and decision.chosen:
            yield from (_finding(decision, message) for message in _said(context, decision, moment))


def _said(context: Context, decision: Decision, moment: datetime) -> Iterator[str]:
    kind, subject = KINDS[decision.address.kind], _subject(context, decision)
    local, begins = context.zones.local(moment), subject.get(kind.timing.about[1])
    ahead = isinstance(begins, datetime) and begins > context.situation.now
    if decision.late:
        if decision.match.live is None and ahead:
            yield gettext("is in the past, so it would remind nobody: correct it")
        return
    if isinstance(begins, datetime) and moment > begins:
        yield gettext(
            "is after the {kind} has begun ({moment}): correct it",
            kind=term(_to(decision)),
            moment=f"{context.zones.local(begins):%Y-%m-%d %H:%M}",
        )
    if local.time() >= EVENING or local.time() < MORNING:
        yield gettext(
            "rings at {time}, when people sleep (22:00 to 07:00 in {zone}): move it",
            time=f"{local:%H:%M}",
            zone=context.settings.timezone,
        )


def _subject(context: Context, decision: Decision) -> Fields:
    """The fields of what an alarm is about, as they will be; nothing where they are not known."""
    relation, situation = KINDS[decision.address.kind].timing.about[0], context.situation
    target: Any = decision.after.get(relation)
    if target is None:
        return {}
    address = situation.matches.targets.address(_to(decision), target)
    if address in situation.decisions:
        return situation.decisions[address].after
    found = situation.live.find(address.kind, target) if isinstance(target, int) else None
    return found.fields if found else {}


def _to(decision: Decision) -> str:
    kind = KINDS[decision.address.kind]
    return kind.points_at(kind.timing.about[0])


def _finding(decision: Decision, message: str) -> Finding:
    path = KINDS[decision.address.kind].timing.notice
    return Finding(ID, Severity.WARNING, message, decision.address, decision.resource.position(path))
