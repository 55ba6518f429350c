"""Filters of `get`, checked on our side: servers ignore those they do not know, and match as they please.

A value may also be the name of a code (`started` for 1). Contract, section 2.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from provisioner.errors import UsageError
from provisioner.kinds import Filter, Kind, remote_id

Payload = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A filter and the value to send, already a code where the user wrote a name."""

    filter: Filter
    value: str

    @property
    def field(self) -> str:
        """Its name on the wire."""
        return self.filter.name


def wanted(kind: Kind, values: Mapping[str, str]) -> tuple[Wanted, ...]:
    """The filters that were given; raises UsageError for a value that no object could match."""
    return tuple(_wanted(each, values[each.name]) for each in kind.filters if each.name in values)


def keep(objects: Iterable[Payload], filters: Iterable[Wanted]) -> list[Payload]:
    """The objects that match every filter, as far as the server shows the fields in question."""
    return [found for found in objects if all(matches(each, found) for each in filters)]


def unchecked(objects: Iterable[Payload], filters: Iterable[Wanted]) -> list[str]:
    """Names of filters that could not be checked, because some object does not show their fields."""
    shown = list(objects)
    return [each.field for each in filters if any(not _values(each.filter, found) for found in shown)]


def matches(wanted: Wanted, found: Payload) -> bool:
    """Whether one of the filter's fields matches; true when the object shows none of them."""
    values = _values(wanted.filter, found)
    check = CHECKS[wanted.filter.how]
    return not values or any(check(value, wanted.value) for value in values)


def _wanted(filter: Filter, value: str) -> Wanted:
    if filter.codes:
        value = _code(filter, value)
    if filter.how in ("from", "to") and _moment(value) is None:
        raise UsageError(f"--{_flag(filter)} {value} is not a datetime like 2027-01-20T08:00:00+07:00")
    if filter.how == "related" and not value.isdigit():
        raise UsageError(f"--{_flag(filter)} {value} is not an id: ids are numbers")
    return Wanted(filter, value)


def _code(filter: Filter, value: str) -> str:
    """The code, of itself or of its name in any spelling."""
    word = value.strip().casefold().replace(" ", "_").replace("-", "_")
    code = str(filter.codes.get(word, word))
    if code not in map(str, filter.codes.values()):
        raise UsageError(f"--{_flag(filter)} {value} is not known: there are {filter.coded}")
    return code


def _flag(filter: Filter) -> str:
    return filter.name.replace("_", "-")


def _values(filter: Filter, found: Payload) -> list[Any]:
    return [found[name] for name in filter.fields if name in found]


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
