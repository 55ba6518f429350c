"""The status of what can be started: when to start, stop or leave alone (docs/guides/start-pause-stop.md).

A stop made outside wins, and so does one that `stop` left a mark of, whether or not it was ever started. Whether it was
is known from its status, from the copies and subscribers that a start leaves behind, or from our record.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from provisioner.language import Message, gettext
from provisioner.messages import argument
from provisioner.model import Address, Finding, LiveObject, Recorded, Resource, Unknown
from provisioner.plan.live import Live
from provisioner.plan.match import Match
from provisioner.resources import KINDS
from provisioner.resources.startable import Startable
from provisioner.sensitive import content
from provisioner.stop_marks import Mark, Marks, StopTarget

UNKNOWN_STATUS = "unknown-status"


@dataclass(frozen=True, slots=True)
class Status:
    """What to do about a status: the one to post (None: nothing), and whether that resumes an earlier run."""

    post: str | None = None
    resumes: bool = False
    finding: Finding | None = None


NO_STATUS = Status()


def started_before(match: Match, live: Live) -> bool:
    """Whether the live object of a match may ever have been started; False only where that is certain."""
    return match.live is not None and was_started(match.live, match.record, live) is not False


def was_started(found: LiveObject, record: Recorded | None, live: Live) -> bool | Unknown:
    """Whether an object has ever been started: by its status, our record, or what a start leaves behind.

    Where what a start leaves behind cannot be read, only our own record of having made it and never started it says no.
    """
    startable = KINDS[found.kind].startable
    if startable is None:
        return False
    if found.fields.get(startable.field) not in (None, startable.initial):
        return True
    if record and record.fields.get(startable.field) == startable.running:
        return True
    if (found.kind, found.id) in live.dialled:
        return True
    pointing, unreadable = live.once("evidence", found.kind, lambda: _evidence(startable, live))
    if found.id in pointing:
        return True
    if record and record.created and record.fields.get(startable.field) in (None, startable.initial):
        return False
    doubts = (live.doubtful.get((found.kind, found.id)), live.unread(startable.sealed))
    unclear = next((each for each in (*doubts, unreadable) if isinstance(each, Unknown)), None)
    return unclear if unclear is not None else False


def _evidence(startable: Startable, live: Live) -> tuple[frozenset[Any], Unknown | None]:
    """What the things point at that starts leave behind, and why it is not known of some."""
    pointing = [copy.fields.get(relation) for kind, relation in startable.evidence for copy in live.objects(kind)]
    return frozenset(pointing), next((each for each in pointing if isinstance(each, Unknown)), None)


def stop_target_of(match: Match) -> StopTarget:
    """All that a resource is known by, for whoever asks whether it was stopped."""
    resource, record = match.resource, match.record
    kind = KINDS[resource.address.kind]
    former = {Address(kind.name, resource.renamed_from)} if resource.renamed_from else set()
    addresses = frozenset({resource.address, *former, *({record.address} if record else ())})
    found = match.live.id if match.live else record.remote_id if record else resource.pin
    name = resource.fields.get(kind.label)
    return StopTarget(kind.name, addresses, found, None if name is None else content(name))


def sets_status(match: Match) -> bool:
    """Whether the declared status is ours to bring about; one that is ignored is until it has been, on creation.

    What we made and did not get started is still ours to start, as long as it is as it was made.
    """
    startable, record = KINDS[match.resource.address.kind].startable, match.record
    if startable is None or match.resource.fields.get(startable.field) is None:
        return False
    if match.live is None or startable.field not in match.resource.lifecycle.ignore_changes:
        return True
    made = match.made or (record is not None and record.created and startable.field not in record.fields)
    return made and match.live.fields.get(startable.field) in (None, startable.initial)


def status_of(match: Match, live: Live, restart: bool, marks: Marks) -> Status:
    """The status change a declared status asks for."""
    startable = KINDS[match.resource.address.kind].startable
    if startable is None or not sets_status(match):
        return NO_STATUS
    wanted = match.resource.fields[startable.field]
    if match.live is None:
        return _first(match, startable, str(wanted), () if restart else marks.on(stop_target_of(match)))
    current = match.live.fields.get(startable.field, _recorded_status(match, startable))
    if current == wanted or current in startable.finished:
        return NO_STATUS
    if wanted != startable.running:
        return Status(str(wanted))
    return _start(match, startable, current, restart, was_started(match.live, match.record, live), marks)


def _first(match: Match, startable: Startable, wanted: str, stops: tuple[Mark, ...]) -> Status:
    """Of something that is yet to be made: it begins with the initial status."""
    if wanted == startable.running and stops:
        return Status(finding=_marked(match.resource, startable, stops[0]))
    return Status(None if wanted == startable.initial else wanted)


def _start(
    match: Match, startable: Startable, current: object, restart: bool, started: bool | Unknown, marks: Marks
) -> Status:
    """A start, unless somebody stopped it, or may have, since the manifests began to ask for it."""
    stops = marks.on(stop_target_of(match))
    newer = _asked_since(match, startable) and not any(mark.asked for mark in stops)
    if restart or newer or (started is False and not stops):
        return Status(startable.running, resumes=started is not False)
    if stops and not isinstance(current, Unknown):
        return Status(finding=_marked(match.resource, startable, stops[0]))
    return Status(finding=_left_alone(match.resource, startable, current, started))


def _recorded_status(match: Match, startable: Startable) -> str | None:
    return match.record.fields.get(startable.field) if match.record else None


def _asked_since(match: Match, startable: Startable) -> bool:
    """The manifest said something else, or expressly nothing, when it was last applied."""
    if match.record is None or startable.field not in match.record.fields:
        return False
    return bool(match.record.fields[startable.field] != startable.running)


def _left_alone(resource: Resource, startable: Startable, current: object, started: bool | Unknown) -> Finding:
    """Why it is not started, though the manifest wants it to run: whoever stopped it, or may have, wins."""
    name = UNKNOWN_STATUS if isinstance(current, Unknown) else "stopped-outside"
    message = _why_left_alone(startable.field, current, started, f"--restart {argument(resource.address)}")
    return Finding(name, "warning", message, resource.address, resource.position(startable.field))


def _why_left_alone(field: str, current: object, started: bool | Unknown, restart: str) -> Message:
    if isinstance(current, Unknown):
        return gettext(
            "has a {field} that this version does not know ({reason}): it counts as running and is not started. "
            "Look in Alice's web page; {restart} starts it anyway",
            field=field,
            reason=current.reason,
            restart=restart,
        )
    if isinstance(started, Unknown):
        return gettext(
            "is {status}, and whether it was started before is not known ({reason}): it stays as it is. Start it "
            "with {restart} if nobody stopped it",
            status=current,
            reason=started.reason,
            restart=restart,
        )
    return gettext(
        "was started before and is now {status}, not by apply: it stays as it is. Declare `{field}: "
        "{status}`, or resume it with {restart}",
        status=current,
        field=field,
        restart=restart,
    )


def _marked(resource: Resource, startable: Startable, mark: Mark) -> Finding:
    """That `stop` stopped it, whether it was ever started or not."""
    message = gettext(
        "{stopped}: it is not started. Declare `{field}: {status}`, or start it with --restart {address}",
        stopped=stopped_by(mark),
        field=startable.field,
        status=startable.pause,
        address=argument(resource.address),
    )
    return Finding("stopped-outside", "warning", message, resource.address, resource.position(startable.field))


def stopped_by(mark: Mark) -> str:
    """That it was stopped, and when."""
    return gettext("was stopped with `stop` at {moment} UTC", moment=f"{mark.at:%Y-%m-%d %H:%M:%S}")
