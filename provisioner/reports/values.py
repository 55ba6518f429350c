"""Field values as JSON, and back: what a datetime, a time of day or a reference looks like in a document.

Going back needs the field's declaration, because JSON knows neither times nor references. What does not read as the
declared type stays as it is: placeholders such as `(sensitive)` stand where any value may.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time
from typing import Any

from provisioner.kinds import KINDS, DailyTime, Field, Instant, Relation
from provisioner.model import KNOWN_AFTER_APPLY, SENSITIVE, Reference

PLACEHOLDERS = (SENSITIVE, KNOWN_AFTER_APPLY)


def json_value(value: Any) -> Any:
    """Manifest shape to JSON: datetimes keep their own offset, times drop zero seconds, references as written."""
    match value:
        case datetime():
            return value.isoformat()
        case time():
            return daily_text(value)
        case Reference():
            return value.written
        case Mapping():
            return {str(key): json_value(part) for key, part in value.items()}
        case list() | tuple():
            return [json_value(part) for part in value]
    return value


def daily_text(value: time) -> str:
    """`08:00`, with seconds only where there are some."""
    return value.isoformat(timespec="auto" if value.microsecond else "seconds" if value.second else "minutes")


def field_value(kind: str, path: str, raw: Any) -> Any:
    """JSON to manifest shape, as the field at `path` is declared."""
    field = _field(kind, path)
    if raw is None or raw in PLACEHOLDERS:
        return raw
    if isinstance(field, Relation):
        return _relation(field, raw)
    if isinstance(raw, str) and isinstance(field, Instant | DailyTime):
        return _moment(field, raw)
    return tuple(raw) if isinstance(raw, list) else raw


def _field(kind: str, path: str) -> Field | None:
    known = KINDS[kind].fields if kind in KINDS else ()
    return next((field for field in known if field.name == path), None)


def _relation(field: Relation, raw: Any) -> Any:
    if isinstance(raw, list):
        return tuple(_reference(field, part) for part in raw)
    return _reference(field, raw)


def _reference(field: Relation, raw: Any) -> Any:
    """A text is a key, a mapping of one pair says how else the object is named; a live id stays a number."""
    if isinstance(raw, str):
        return raw if raw in PLACEHOLDERS else Reference(field.to, "key", raw)
    if isinstance(raw, Mapping) and len(raw) == 1:
        [(by, value)] = raw.items()
        return Reference(field.to, by, value)
    return raw


def _moment(field: Instant | DailyTime, raw: str) -> datetime | time | str:
    try:
        return datetime.fromisoformat(raw) if isinstance(field, Instant) else time.fromisoformat(raw)
    except ValueError:
        return raw
