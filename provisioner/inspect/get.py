"""`get`: the objects of a kind as the server shows them, filtered, less what nobody may see, and as cells of a table.

Whoever asks for contacts gets their names and numbers; nobody gets a password, not even the hash that a server leaks.
Filters are checked on our side, because servers ignore those they do not know (docs/alice-api.md#filters). A value may
also be the name of a code (`started` for 1), several with commas between, and the key or name of what is related.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import product
from typing import Any

from provisioner.api import Client
from provisioner.error_ids import ErrorId
from provisioner.errors import ApiError, Forbidden, ObjectMissing, RouteMissing, UsageError
from provisioner.inspect.lookup import as_id
from provisioner.inspect.table import Table
from provisioner.messages import did_you_mean, listed
from provisioner.resources import KINDS, Choice, Field, Filter, Kind, Password, Relation, remote_id

Payload = Mapping[str, Any]
Ids = Callable[[str, str], Sequence[int]]  # the kind's name and what somebody wrote -> the objects that are meant

HIDDEN = frozenset(field.key for kind in KINDS.values() for field in kind.fields if isinstance(field, Password))
SECRET = re.compile("passw|secret|token|credential|api_?key|private_?key", re.IGNORECASE)
"""What a server may call something that opens an account, whether or not it is documented."""


@dataclass(frozen=True, slots=True)
class FilterValues:
    """A filter and the values of which one is to match, as they are sent: codes where the user wrote names."""

    filter: Filter
    values: tuple[str, ...]

    @property
    def field(self) -> str:
        """Its name on the wire."""
        return self.filter.name


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
    """The payload without passwords and tokens, at any depth."""
    return {key: _cleaned(value) for key, value in payload.items() if key not in HIDDEN and not SECRET.search(key)}


def as_table(kind: Kind, objects: Iterable[Payload]) -> Table:
    """A row per object, a column per field worth one."""
    fields = {field.key: field for field in (*kind.facts, *kind.fields)}
    rows = (tuple(cell(fields.get(name), found.get(name)) for name in kind.display.shown) for found in objects)
    return Table(kind.display.shown, tuple(rows))


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


def wanted(kind: Kind, given: Mapping[str, str], ids: Ids | None = None) -> tuple[FilterValues, ...]:
    """The filters that were given; raises UsageError for a value that no object could match.

    `ids` looks up what is related by a key or a name.
    """
    return tuple(
        FilterValues(each, _values(each, given[each.name], ids)) for each in kind.display.filters if each.name in given
    )


def queries(filters: Sequence[FilterValues]) -> list[dict[str, str]]:
    """What to ask the server: a query for every combination of values, because it takes one of each."""
    return [
        {each.field: value for each, value in zip(filters, values, strict=True)}
        for values in product(*(each.values for each in filters))
    ]


def keep(objects: Iterable[Payload], filters: Iterable[FilterValues]) -> list[Payload]:
    """The objects that match every filter, as far as the server shows the fields in question."""
    return [found for found in objects if all(matches(each, found) for each in filters)]


def unchecked(objects: Iterable[Payload], filters: Iterable[FilterValues]) -> list[str]:
    """Names of filters that could not be checked, because some object does not show what they compare."""
    shown = list(objects)
    return [each.field for each in filters if any(not _shown(each.filter, found) for found in shown)]


def matches(wanted: FilterValues, found: Payload) -> bool:
    """Whether one of the filter's fields matches; true when the object shows none of them that can be compared."""
    shown = _shown(wanted.filter, found)
    check = CHECKS[wanted.filter.how]
    return not shown or any(check(value, each) for value in shown for each in wanted.values)


def _values(filter: Filter, text: str, ids: Ids | None) -> tuple[str, ...]:
    if filter.codes or filter.choices:
        return tuple(dict.fromkeys(_choice(filter, part) for part in text.split(",")))
    if filter.how in ("from", "to") and _moment(text) is None:
        raise UsageError(f"--{_flag(filter)} {text} is not a datetime like 2027-01-20T08:00:00+07:00")
    if filter.how == "related" and as_id(text) is None:
        if not filter.to or ids is None:
            raise UsageError(f"--{_flag(filter)} {text} is not an id: ids are numbers")
        return tuple(map(str, ids(filter.to, text)))
    return (text,)


def _choice(filter: Filter, text: str) -> str:
    """The code of a name or of itself, or the word that is sent, in any spelling."""
    word = text.strip().casefold().replace(" ", "_").replace("-", "_")
    sent = {str(code): str(code) for code in filter.codes.values()}
    sent |= {name: str(code) for name, code in filter.codes.items()} | {
        each.casefold(): each for each in filter.choices
    }
    if word not in sent:
        guess = did_you_mean(word, (name for name in sent if not name.isdigit()))
        there_are = filter.coded or listed(each.casefold() for each in filter.choices)
        raise UsageError(
            f"--{_flag(filter)} {text.strip()} is not known{guess or ':'} there are {there_are}",
            id=ErrorId.UNKNOWN_NAME,
        )
    return sent[word]


def _flag(filter: Filter) -> str:
    return filter.name.replace("_", "-")


def _shown(filter: Filter, found: Payload) -> list[Any]:
    shown = [found[name] for name in filter.fields if name in found]
    return shown if filter.how != "contains" else [value for value in shown if _is_text(value)]


def _is_text(value: Any) -> bool:
    """Whether part of it can be looked for: an id, a link or an object stands for a text that is not shown."""
    return value is None or (isinstance(value, str) and not value.startswith(("http://", "https://", "/")))


def _exact(value: Any, wanted: str) -> bool:
    return _text(value) == _text(wanted)


def _contains(value: Any, wanted: str) -> bool:
    return _text(wanted).casefold() in _text(value).casefold()


def _related(value: Any, wanted: str) -> bool:
    parts = value if isinstance(value, list | tuple) else [value]
    return any(remote_id(part) == int(wanted) for part in parts)


def _from(value: Any, wanted: str) -> bool:
    return _in_order(_moment(wanted), _moment(value))


def _to(value: Any, wanted: str) -> bool:
    return _in_order(_moment(value), _moment(wanted))


def _in_order(first: datetime | None, second: datetime | None) -> bool:
    return first is not None and second is not None and first <= second


def _text(value: Any) -> str:
    """However accents are spelled; true and false are words."""
    if value is None:
        return ""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return unicodedata.normalize("NFC", text).strip()


def _moment(value: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


CHECKS: Mapping[str, Callable[[Any, str], bool]] = {
    "exact": _exact,
    "contains": _contains,
    "related": _related,
    "from": _from,
    "to": _to,
}
