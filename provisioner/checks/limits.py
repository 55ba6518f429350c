"""What the server is going to refuse: values that it says are too long or too large, more objects than one user gets.

What OPTIONS says of a field is certain. How many objects a user gets, no answer says; the numbers are those of
Newfies-Dialer (docs/alice-api.md#uniqueness-and-limits). An account that has more already has shown that they do not
hold there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from provisioner.checks.context import Context, Limits
from provisioner.errors import Severity
from provisioner.model import Finding, members
from provisioner.plan.decision import Decision
from provisioner.plan.dnc import dialled_anew, is_list
from provisioner.plan.model import Action
from provisioner.resources import KINDS, Field, Kind, row_owner
from provisioner.sensitive import Origin, origins_of

ID = "content"


def run(context: Context) -> Iterator[Finding]:
    """Kind by kind for what is written; then rows."""
    written: dict[str, list[Decision]] = {}
    for decision in context.situation.decisions.values():
        if decision.change is not None and (decision.change.action is Action.CREATE or decision.changed):
            written.setdefault(decision.address.kind, []).append(decision)
    for name, decisions in written.items():
        limits = context.account.limits(name)
        for decision in decisions:
            yield from _fields(decision, limits)
        yield from _objects(context, KINDS[name], decisions)
    yield from rows(context)
    yield from _taken_in(context)


def _fields(decision: Decision, limits: Mapping[str, Limits]) -> Iterator[Finding]:
    """Fields that are sent and break what the server says of them."""
    for field in KINDS[decision.address.kind].fields:
        value, limit = decision.desired.get(field.name), limits.get(field.key, Limits())
        if decision.before is not None and field.name not in decision.changed:
            continue
        if isinstance(value, str) and limit.length is not None and len(value) > limit.length:
            has = "is too long" if _secret(field, value) else f"has {len(value)} characters"
            takes = f"{limit.length} characters" if _secret(field, value) else str(limit.length)
            yield _finding(decision, field.name, f"{field.name} {has}, and this server takes {takes}: shorten it")
        if isinstance(value, int) and not isinstance(value, bool) and limit.value is not None and value > limit.value:
            message = f"{field.name} is {value}, and this server takes at most {limit.value}: lower it"
            yield _finding(decision, field.name, message)


def _secret(field: Field, value: str) -> bool:
    """Whether not even the length of a value is told."""
    return field.sensitive or bool(origins_of(value) - {Origin.PERSON})


def _objects(context: Context, kind: Kind, decisions: list[Decision]) -> Iterator[Finding]:
    """More objects than a user gets; at the limit updates are refused as well."""
    before = len(context.situation.live.owned(kind.name))
    created = [each for each in decisions if each.before is None]
    changed = [each for each in decisions if each.before is not None]
    most = kind.api.most
    if not most or before > most:
        return
    if created and before + len(created) > most:
        message = f"with it the account has {before + len(created)} {kind.plural}, and a user gets {most}"
        yield _finding(created[-1], "", f"{message}: delete some first")
    elif changed and before == most:
        message = f"the account has all {most} {kind.plural} that a user gets, and then refuses updates too"
        yield _finding(changed[0], "", f"{message}: delete one first")


def rows(context: Context) -> Iterator[Finding]:
    """More contacts than a user gets, as far as they are known here."""
    situation = context.situation
    before = sum(count for address, count in situation.rows.live.items() if not is_list(address))
    adding = [each for each in situation.rows.changes.values() if each.add and not is_list(each.address)]
    after = before + sum(each.add for each in adding)
    for last in adding[-1:]:
        most = KINDS[row_owner(last.address.kind).kind].api.most
        if before <= most < after:
            message = f"with its rows the account has {after:,} contacts, and a user gets {most:,}: add fewer"
            yield _finding(situation.decisions[last.address], row_owner(last.address.kind).declared, message)


def _taken_in(context: Context) -> Iterator[Finding]:
    """More contacts than one start takes in; the rest is never called, and nobody says so."""
    active, targets = context.situation.rows.active, context.situation.matches.targets
    for decision, startable in context.campaigns():
        contacts = sum(active.get(target, 0) for target in set(members(decision.after.get(startable.dials))))
        if startable.most and contacts > startable.most and dialled_anew(decision, targets):
            message = (
                f"dials {contacts:,} contacts, and a {KINDS[decision.address.kind].title} is known to take in "
                f"{startable.most:,} at most, the others are never called: declare several of it"
            )
            yield _finding(decision, startable.dials, message, Severity.WARNING)


def _finding(decision: Decision, path: str, message: str, severity: Severity = Severity.ERROR) -> Finding:
    return Finding(ID, severity, message, decision.address, decision.resource.position(path))
