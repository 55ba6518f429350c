"""`get`: the objects of a kind as the server shows them, less what nobody may see, and as cells of a table.

Whoever asks for contacts gets their names and numbers; nobody gets a password, not even the hash that a server leaks.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from provisioner.alice import Client
from provisioner.errors import ApiError, Forbidden, ObjectMissing, RouteMissing
from provisioner.kinds import KINDS, Choice, Field, Kind, Password, Relation, remote_id
from provisioner.looking.filtering import FilterValues, Payload, keep, queries
from provisioner.looking.table import Table

HIDDEN = frozenset(field.key for kind in KINDS.values() for field in kind.fields if isinstance(field, Password))


def find(client: Client, kind: Kind, filters: tuple[FilterValues, ...]) -> list[Payload]:
    """The objects that match; the filters are sent, because they spare pages, and then checked."""
    try:
        objects = [found for query in queries(filters) for found in client.list(kind.path, query)]
    except (Forbidden, RouteMissing) as error:
        raise unreadable(kind, error) from error
    return _ordered(without_secrets(found) for found in _once(keep(objects, filters)))


def find_one(client: Client, kind: Kind, id: int) -> Payload:
    """One object; where the server offers no reading by id, it is searched in the list."""
    try:
        found: Payload = client.get(kind.path, id)
    except (Forbidden, RouteMissing):
        found = _search(client, kind, id)
    except ObjectMissing as error:
        raise _missing(kind, id) from error
    return without_secrets(found)


def unreadable(kind: Kind, error: ApiError) -> ApiError:
    """The server does not show this kind: say so, and that it is not the user's fault."""
    what = "does not exist on this server" if isinstance(error, RouteMissing) else "may not be read by this user"
    return type(error)(f"{kind.plural}: {kind.path}/ {what} (ask `doctor` what else is)", status=error.status)


def without_secrets(payload: Payload) -> Payload:
    """The payload without passwords, at any depth."""
    return {key: _cleaned(value) for key, value in payload.items() if key not in HIDDEN}


def as_table(kind: Kind, objects: Iterable[Payload]) -> Table:
    """A row per object, a column per field worth one."""
    fields = {field.key: field for field in (*kind.facts, *kind.fields)}
    rows = (tuple(cell(fields.get(name), found.get(name)) for name in kind.shown) for found in objects)
    return Table(kind.shown, tuple(rows))


def cell(field: Field | None, value: Any) -> str:
    """One value as text: codes by name, relations by id, structures as JSON."""
    if value is None:
        return ""
    if isinstance(field, Relation):
        parts = value if isinstance(value, list) else [value]
        return ",".join(str(number) for part in parts if (number := remote_id(part)) is not None)
    if isinstance(field, Choice):
        name = field.decode(value)
        return name if isinstance(name, str) else str(value)
    if isinstance(value, bool):
        return str(value).lower()
    return json.dumps(value, ensure_ascii=False) if isinstance(value, Mapping | list) else str(value)


def _cleaned(value: Any) -> Any:
    if isinstance(value, Mapping):
        return without_secrets(value)
    return [_cleaned(part) for part in value] if isinstance(value, list) else value


def _once(objects: Iterable[Payload]) -> Iterator[Payload]:
    """Two queries may both show an object, if the server ignores what they ask for; what has no id is kept."""
    seen = set()
    for found in objects:
        number = remote_id(found.get("id"))
        if number is None or number not in seen:
            yield found
        seen.add(number)


def _search(client: Client, kind: Kind, id: int) -> Payload:
    try:
        objects = client.list(kind.path)
    except (Forbidden, RouteMissing) as error:
        raise unreadable(kind, error) from error
    for found in objects:
        if remote_id(found.get("id")) == id:
            return found
    raise _missing(kind, id)


def _missing(kind: Kind, id: int) -> ObjectMissing:
    return ObjectMissing(f"there is no {kind.title} with id {id}", status=404)


def _ordered(objects: Iterable[Payload]) -> list[Payload]:
    """By id: the server's order is nobody's."""
    return sorted(objects, key=lambda found: remote_id(found.get("id")) or 0)
