"""What the server is going to refuse: values that it says are too long or too large, more objects than one user gets.

What OPTIONS says of a field is certain. How many objects a user gets, no answer says; the numbers are those of
Newfies-Dialer (docs/alice-api.md#uniqueness-and-limits). An account that has more already has shown that they do not
hold there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from provisioner.checks.context import Context, Limits
from provisioner.errors import Severity
from provisioner.language import gettext, term
from provisioner.messages import count
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
            yield _finding(decision, field.name, _too_long(field, value, limit.length))
        if isinstance(value, int) and not isinstance(value, bool) and limit.value is not None and value > limit.value:
            message = gettext(
                "{field} is {value}, and this server takes at most {limit}: lower it",
                field=field.name,
                value=value,
                limit=limit.value,
            )
            yield _finding(decision, field.name, message)


def _too_long(field: Field, value: str, limit: int) -> str:
    if _secret(field, value):
        return gettext(
            "{field} is too long, and this server takes {limit} characters: shorten it", field=field.name, limit=limit
        )
    return gettext(
        "{field} has {length} characters, and this server takes {limit}: shorten it",
        field=field.name,
        length=len(value),
        limit=limit,
    )


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
        message = gettext(
            "with it the account has {objects}, and a user gets {most}: delete some first",
            objects=count(before + len(created), kind.title),
            most=most,
        )
        yield _finding(created[-1], "", message)
    elif changed and before == most:
        message = gettext(
            "the account has all {objects} that a user gets, and then refuses updates too: delete one first",
            objects=count(most, kind.title),
        )
        yield _finding(changed[0], "", message)


def rows(context: Context) -> Iterator[Finding]:
    """More contacts than a user gets, as far as they are known here."""
    situation = context.situation
    before = sum(count for address, count in situation.rows.live.items() if not is_list(address))
    adding = [each for each in situation.rows.changes.values() if each.add and not is_list(each.address)]
    after = before + sum(each.add for each in adding)
    for last in adding[-1:]:
        most = KINDS[row_owner(last.address.kind).kind].api.most
        if before <= most < after:
            message = gettext(
                "with its rows the account has {count:,} contacts, and a user gets {most:,}: add fewer",
                count=after,
                most=most,
            )
            yield _finding(situation.decisions[last.address], row_owner(last.address.kind).declared, message)


def _taken_in(context: Context) -> Iterator[Finding]:
    """More contacts than one start takes in; the rest is never called, and nobody says so."""
    active, targets = context.situation.rows.active, context.situation.matches.targets
    for decision, startable in context.campaigns():
        contacts = sum(active.get(target, 0) for target in set(members(decision.after.get(startable.dials))))
        if startable.most and contacts > startable.most and dialled_anew(decision, targets):
            message = gettext(
                "dials {count:,} contacts, and a {kind} is known to take in {most:,} at most, the others are never "
                "called: declare several of it",
                count=contacts,
                kind=term(KINDS[decision.address.kind].title),
                most=startable.most,
            )
            yield _finding(decision, startable.dials, message, Severity.WARNING)


def _finding(decision: Decision, path: str, message: str, severity: Severity = Severity.ERROR) -> Finding:
    return Finding(ID, severity, message, decision.address, decision.resource.position(path))
