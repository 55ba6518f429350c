"""Desired against live, field by field, both in canonical form: relations as targets, the rest compared with `==`.

A field the server does not show, or shows in a form that nobody knows, is compared with what was recorded; without a
record it is taken as equal: what is not known is no reason to write (see `unclear`). What the server ignored or rewrote
before, and still does, is equal too; so is a telephone number in another form, unless
its form is what was changed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from operator import is_not
from typing import Any

from provisioner.encoding import canonical, plain
from provisioner.model import (
    KNOWN_AFTER_APPLY,
    SENSITIVE,
    Address,
    Fields,
    LiveObject,
    Recorded,
    Reference,
    Resource,
    Unknown,
)
from provisioner.plan.live import Live
from provisioner.plan.match import Match
from provisioner.plan.model import FieldChange
from provisioner.plan.references import Targets
from provisioner.plan.secrets import Digester, sensitive_fields
from provisioner.resources import KINDS, Field, Kind, Password, Relation, Update
from provisioner.sensitive import Hidden
from provisioner.sensitive import shown as without_hidden


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that differs: canonical values, and whether the server is known to ignore the change."""

    field: Field
    before: Any
    after: Any
    ignored: bool = False


def desired_fields(resource: Resource, targets: Targets, live: Live) -> Fields:
    """The declared fields in canonical form, with relations that are inherited from an unmanaged object added.

    They are those of the resource itself where nothing is to be resolved, so that memory holds them once.
    """
    silent = lambda *_: None  # noqa: E731  (matching has told the problems)
    fields = {path: targets.resolve(value, silent) for path, value in resource.fields.items()}
    kind = KINDS[resource.address.kind]
    for relation in kind.relations():
        if relation.inherit and relation.name not in fields:
            through, name = relation.inherit
            owner = live.find(kind.points_at(through), fields[through]) if isinstance(fields[through], int) else None
            if owner is not None and owner.fields.get(name) is not None:
                fields[relation.name] = owner.fields[name]
    resolved = len(fields) > len(resource.fields) or any(map(is_not, fields.values(), resource.fields.values()))
    return fields if resolved else resource.fields


def differences(
    match: Match, desired: Fields, targets: Targets, digester: Digester | None = None
) -> Iterator[Difference]:
    """The fields of a matched resource that are not as declared; never the status, never a password.

    `digester` tells whether a sensitive field that the server does not show was declared otherwise when it was sent.
    """
    assert match.live is not None
    kind = KINDS[match.resource.address.kind]
    for field in kind.fields:
        if field.name not in desired or isinstance(field, Password) or field.update is Update.STATUS:
            continue
        if field.name in match.resource.lifecycle.ignore_changes:
            continue
        after = desired[field.name]
        if not match.live.shows(field.name):
            if _recorded_differs(match, field.name):
                yield Difference(field, _recorded(match, field.name), after)
            elif _secret_changed(match, field.name, digester):
                yield Difference(field, SENSITIVE, after)
            elif _declared_since(match, field):
                yield Difference(field, None, after)
            continue
        before = match.live.fields[field.name]
        if before == after or _stays(field, match, before, targets) or _rewritten(match, field, before, digester):
            continue
        if not field.alike(before, after) or _secret_changed(match, field.name, digester):
            yield Difference(field, before, after, _ignored(match, field, before, digester))


def unclear(match: Match, desired: Fields) -> Iterator[tuple[Field, Unknown]]:
    """The declared fields that the server shows in a form that nobody knows; never the status, which has gates."""
    assert match.live is not None
    for field in KINDS[match.resource.address.kind].fields:
        value = match.live.fields.get(field.name)
        declared = field.name in desired and field.name not in match.resource.lifecycle.ignore_changes
        if declared and isinstance(value, Unknown) and field.update is not Update.STATUS:
            yield field, value


def unshown(kind: Kind, declared: Collection[str], live: LiveObject) -> list[Field]:
    """The declared fields that the server does not show at all; never the status, never a password, nor the parent."""
    hidden = (f for f in kind.fields if f.name in declared and f.name not in live.fields and f.name != kind.parent)
    return [field for field in hidden if field.update is not Update.STATUS and not isinstance(field, Password)]


def shown(
    resource: Resource, field: Field, value: Any, targets: Targets, *, before: bool, record: Recorded | None = None
) -> Any:
    """A value as people see it: references as written or by key, secrets masked, copies to come unknown.

    What was last applied from the environment, as the `record` knows, stays a secret when something else is declared.
    """
    if value is None:
        return None
    if made_by_start(field, value):
        return KNOWN_AFTER_APPLY
    if isinstance(value, Hidden):
        return plain(value)
    if field.name in sensitive_fields(resource.address, resource, record if before else None):
        return SENSITIVE
    if not before and field.name in resource.fields:
        return without_hidden(resource.fields[field.name])
    return targets.show(value, field.to) if isinstance(field, Relation) else without_hidden(value)


def made_by_start(field: Field, target: Any) -> bool:
    """Whether a relation means a copy that does not exist yet: its target is what makes one, or none that would."""
    if not isinstance(field, Relation) or not isinstance(target, Address):
        return False
    return target.kind != field.to or not KINDS[field.to].api.verbs.create


def created_fields(resource: Resource, desired: Fields, targets: Targets) -> tuple[FieldChange, ...]:
    """Every declared field of something new, absent before."""
    kind, inherited = KINDS[resource.address.kind], resource.settings.get("inherited", ())
    return tuple(
        FieldChange(f.name, None, shown(resource, f, desired[f.name], targets, before=False))
        for f in kind.fields
        if f.name in resource.fields and f.name not in inherited and not (kind.parent and f.name == kind.parent)
    )


def _stays(field: Field, match: Match, before: Any, targets: Targets) -> bool:
    """A live value that is any copy of the declared survey stays (docs/alice-api.md#sealed-copies)."""
    declared = match.resource.fields.get(field.name)
    if not isinstance(declared, Reference) or declared.by not in ("key", "campaign"):
        return False
    direct = Address(declared.kind, str(declared.value))
    if direct in targets.resources:
        return False
    return declared.by == "key" and before in targets.copies(declared)


def _recorded(match: Match, path: str) -> Any:
    return match.record.fields.get(path) if match.record else None


def _recorded_differs(match: Match, path: str) -> bool:
    if match.record is None or path not in match.record.fields:
        return False
    return bool(match.record.fields[path] != canonical(match.resource.fields[path]))


def _declared_since(match: Match, field: Field) -> bool:
    """Whether a field that the server does not show was not declared when its object was last applied.

    A record that was made by hand does not hold what identifies the object: of such a one nothing is known.
    """
    if match.record is None or field.update is Update.NEVER or not match.resource.fields.get(field.name):
        return False
    known = {*match.record.fields, *match.record.digests}
    return field.name not in known and known.issuperset(KINDS[match.resource.address.kind].natural_key)


def _secret_changed(match: Match, path: str, digester: Digester | None) -> bool:
    stored = match.record.digests.get(path) if match.record else None
    return digester is not None and digester.broken(stored, match.resource.fields.get(path))


def _same(pair: Any, sent: Any, received: Any, digester: Digester | None) -> bool:
    """Whether these are the values of a recorded pair; those of sensitive fields are digests."""
    if not pair:
        return False
    same = digester is not None and [digester.of(sent), digester.of(received)] == [pair["sent"], pair["received"]]
    return same or [canonical(sent), canonical(received)] == [pair["sent"], pair["received"]]


def _ignored(match: Match, field: Field, before: Any, digester: Digester | None) -> bool:
    pair = match.record.ignored.get(field.name) if match.record else None
    return _same(pair, match.resource.fields.get(field.name), before, digester)


def _rewritten(match: Match, field: Field, before: Any, digester: Digester | None) -> bool:
    pair = match.record.forms.get(field.name) if match.record else None
    return _same(pair, match.resource.fields.get(field.name), before, digester)


def stand_in(match: Match) -> LiveObject:
    """The live object of a match; only asked where there is one."""
    assert match.live is not None
    return match.live
