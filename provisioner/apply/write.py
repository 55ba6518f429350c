"""Create and update one resource, read it back, compare, repair (docs/alice-api.md#writes).

the value sent                      done
the old value                       the server ignored the field: fails once, recorded, a finding from then on
another text                        the server's form of it, recorded, equal from then on
anything else                       a failure
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from provisioner.apply.create import create_object
from provisioner.apply.record import remember
from provisioner.apply.update import put_fields
from provisioner.apply.work import StepDeferred, StepFailed, StepUnknown, Unverified, Work, explain, target_id
from provisioner.encoding import canonical
from provisioner.errors import ProvisionerError
from provisioner.language import gettext
from provisioner.model import Address, LiveObject, Unknown
from provisioner.plan.decision import Decision
from provisioner.plan.diff import made_by_start, unshown
from provisioner.plan.secrets import sensitive_fields
from provisioner.resources import KINDS, Kind, Password, Text, Update

Fields = dict[str, Any]
ATTEMPTS = 3


def write(work: Work, address: Address) -> str:
    """Carry out the write step of an address, and say what of it the server does not show.

    Raises StepFailed, StepUnknown or StepDeferred.
    """
    decision = work.decision(address)
    try:
        if decision.match.live is None:
            return _create(work, decision)
        return _update(work, decision)
    except (StepFailed, StepUnknown, StepDeferred):
        raise
    except ProvisionerError as error:
        raise StepFailed(explain(work, error, decision.resource), id=error.id) from error


def _create(work: Work, decision: Decision) -> str:
    kind = KINDS[decision.address.kind]
    fields = fields_ready(work, decision)
    as_sent: list[LiveObject] = []  # recorded so already

    def record(found: LiveObject, entry: int) -> None:
        as_sent.extend([] if differing(kind, fields, found) else [found])
        remember(work, decision.address, found, entry=entry, unlike=_overwritten(kind, fields, found))

    shown = create_object(work, decision, kind, fields, record)
    work.learn(decision.address, shown)
    _verify_later(work, decision, fields, None, shown)
    if shown not in as_sent:
        _compare_new(work, decision, kind, fields, shown)
    return _not_verified(work, kind, fields, shown)


def _update(work: Work, decision: Decision) -> str:
    kind, address = KINDS[decision.address.kind], decision.address
    before = work.current(address)
    assert before is not None
    wanted = fields_ready(work, decision, only=decision.changed)
    done = put_fields(work, address, kind, before, {**_declared(work, decision, before), **wanted}, wanted)
    work.learn(address, done.live)
    _verify_later(work, decision, wanted, before, done.live)
    compare(work, decision, kind, wanted, before, done.live, done.trouble)
    return _not_verified(work, kind, wanted, done.live)


def _verify_later(
    work: Work, decision: Decision, sent: Mapping[str, Any], before: LiveObject | None, shown: LiveObject
) -> None:
    """Note what was written and believed of an answer, instead of an earlier write of the same address."""
    address = decision.address
    waiting = work.unverified[address in work.ringing]
    with work.lock:
        waiting.pop(address, None)
        if work.read_back.believed(KINDS[address.kind], shown.id):
            waiting[address] = Unverified(decision, sent, before, shown.id)


def verify(work: Work, *, ringing: bool) -> None:
    """Compare what was believed of answers with one reading of each list, of what rings only if that is asked for.

    What the server shows otherwise is recorded as after any write; why one is not as it was sent is in `mistaken`.
    """
    with work.verifying:
        by_kind: dict[str, list[Unverified]] = {}
        with work.lock:
            for waiting in (work.unverified[rings] for rings in ([False, True] if ringing else [False])):
                for address, written in waiting.items():
                    by_kind.setdefault(address.kind, []).append(written)
                waiting.clear()
        for name, writes in by_kind.items():
            _verify(work, KINDS[name], writes)


def _verify(work: Work, kind: Kind, writes: Sequence[Unverified]) -> None:
    shown: dict[int, LiveObject] = {}
    trouble = "is not shown by the server any more"
    try:
        shown = {live.id: live for live in work.reader.fresh(kind).objects}
        for each in writes:  # a list may be refused, or be late, where one object is shown
            if each.remote_id not in shown and (live := work.reader.one(kind, each.remote_id)):
                shown[each.remote_id] = live
    except ProvisionerError as error:
        trouble = f"could not be read back: {error}"
    for each in writes:
        live = shown.get(each.remote_id)
        if live is None:
            work.mistaken[each.decision.address] = f"was written, and {trouble}"
        elif differing(kind, each.sent, live):
            _told(work, kind, each, live)


def _told(work: Work, kind: Kind, written: Unverified, live: LiveObject) -> None:
    """As after any write that was read back; an answer that was not true is the last one of its kind believed.

    What may ring by now gets no other write.
    """
    work.read_back.disbelieve(kind)
    try:
        if written.before is None and written.decision.address not in work.ringing:
            _compare_new(work, written.decision, kind, written.sent, live)
        else:
            compare(work, written.decision, kind, written.sent, written.before, live)
    except (StepFailed, StepUnknown) as failure:
        work.mistaken[written.decision.address] = str(failure)
    except ProvisionerError as error:
        work.mistaken[written.decision.address] = explain(work, error, written.decision.resource)


def _not_verified(work: Work, kind: Kind, sent: Mapping[str, Any], shown: LiveObject) -> str:
    """What was sent and the server does not show, though it shows the object."""
    names = [field.name for field in unshown(kind, sent, shown)] if work.executable.live.readable(kind.name) else []
    if not names:
        return ""
    return gettext(
        "the server does not show {fields}: whether it took it cannot be verified, look in Alice's web page",
        fields=", ".join(names),
    )


def _declared(work: Work, decision: Decision, live: LiveObject) -> Fields:
    """What a PUT carries beside the change; as read: what is ignored, and a copy that nobody has made yet."""
    kind, ignored = KINDS[decision.address.kind], set(decision.resource.lifecycle.ignore_changes) & live.fields.keys()
    waiting = {f.name for f in kind.relations() if made_by_start(f, decision.desired.get(f.name))}
    return {n: target_id(work, value) for n, value in decision.desired.items() if n not in ignored | waiting}


def _compare_new(work: Work, decision: Decision, kind: Kind, sent: Mapping[str, Any], shown: LiveObject) -> None:
    """After a POST: what the server overwrote is put right with one PUT (docs/alice-api.md#surveys-and-sections)."""
    wrong = differing(kind, sent, shown)
    if not _overwritten(kind, sent, shown):
        compare(work, decision, kind, {n: sent[n] for n in wrong}, None, shown)
        return
    wanted = {name: sent[name] for name in wrong}
    done = put_fields(work, decision.address, kind, shown, sent, wanted)
    work.learn(decision.address, done.live)
    _verify_later(work, decision, sent, None, done.live)
    overwritten = LiveObject(kind.name, shown.id, {n: shown.fields[n] for n in wrong if _overwrite(n, shown)})
    compare(work, decision, kind, wanted, overwritten, done.live, done.trouble)


def _overwritten(kind: Kind, sent: Mapping[str, Any], shown: LiveObject) -> set[str]:
    """What differs and can be put right."""
    return {name for name in differing(kind, sent, shown) if kind.field(name).update is Update.DOCUMENTED}


def _overwrite(name: str, shown: LiveObject) -> bool:
    """The value of another field of the same object is no form of ours."""
    return any(value == shown.fields[name] for other, value in shown.fields.items() if other != name)


def differing(kind: Kind, sent: Mapping[str, Any], shown: LiveObject) -> set[str]:
    """Fields that the server shows with another value than was sent; what nobody can read is no other value."""
    unseen = {f.name for f in kind.fields if isinstance(f, Password) or f.update is Update.STATUS}
    unseen |= {name for name, value in shown.fields.items() if isinstance(value, Unknown)}
    return {n for n, value in sent.items() if n not in unseen and n in shown.fields and shown.fields[n] != value}


def compare(
    work: Work,
    decision: Decision,
    kind: Kind,
    wanted: Mapping[str, Any],
    before: LiveObject | None,
    after: LiveObject,
    trouble: str = "",
) -> None:
    """Record the outcome field by field; StepFailed when one was ignored or came back as something else.

    `trouble` is what else went wrong with the write, to be told once it is recorded.
    """
    ignored, forms, failed = {}, {}, [trouble] if trouble else []
    hidden = sensitive_fields(decision.address, decision.resource)
    for name in sorted(differing(kind, wanted, after)):
        field, received, declared = kind.field(name), after.fields[name], decision.resource.fields.get(name)
        kept = work.digester.of if name in hidden else canonical
        pair = {"sent": kept(declared), "received": kept(received)}
        if before is not None and before.fields.get(name, ...) == received and not field.alike(declared, received):
            ignored[name] = pair
            failed.append(_message(decision, name, "the server keeps the old value and ignores the new one"))
        elif isinstance(field, Text) and received is not None:
            forms[name] = pair
        else:
            failed.append(_message(decision, name, "the server changed the value"))
    remember(work, decision.address, after, ignored=ignored, forms=forms)
    if failed:
        raise StepFailed("\n".join(failed))


def _message(decision: Decision, name: str, text: str) -> str:
    return f"{decision.resource.position(name)}: {name}: {text}"


def fields_ready(work: Work, decision: Decision, only: Iterable[str] | None = None) -> Fields:
    """The desired fields with every target an id; waits for sealed copies that a start is making."""
    names = decision.desired if only is None else only
    return {name: _wait_for(work, decision, name) for name in names}


def _wait_for(work: Work, decision: Decision, name: str) -> Any:
    target = decision.desired[name]
    for field in KINDS[decision.address.kind].relations():
        if field.name == name and made_by_start(field, target):
            return sealed_copy(work, target, field.to)
    return target_id(work, target)


def sealed_copy(work: Work, maker: Address, kind_name: str) -> int:
    """The id of the copy a start makes; StepDeferred if it does not come in time (docs/alice-api.md#sealed-copies)."""
    waited = 0.0
    while (copy := _listed_copy(work, maker, kind_name)) is None:
        if waited >= work.patience.sealed:
            raise StepDeferred(
                gettext(
                    "the copy that starting {campaign} makes has not appeared yet: the next run does it", campaign=maker
                )
            )
        pause = min(2.0, max(work.patience.poll, waited / 4))
        work.sleep(pause)
        waited += pause
    return copy


def _listed_copy(work: Work, maker: Address, kind_name: str) -> int | None:
    """Of several the latest. What was listed for another's sake is not listed again: nothing seals twice.

    A list that the server does not show will not show it later: StepDeferred.
    """
    known, made_by = work.copies.get(kind_name, {}), work.ids[maker]
    if made_by not in known:
        startable = KINDS[maker.kind].as_startable
        relation, listing = startable.made_by, work.reader.fresh(KINDS[kind_name])
        if listing.unreadable and not listing.objects:
            raise StepDeferred(
                gettext(
                    "the copy that starting {campaign} makes cannot be looked up ({reason}): the next run tries again, "
                    "or write its id into the manifest",
                    campaign=maker,
                    reason=listing.unreadable,
                )
            )
        listed = sorted(listing.objects, key=lambda copy: copy.id)
        known = work.copies[kind_name] = {copy.fields.get(relation): copy.id for copy in listed}
    return known.get(made_by)
