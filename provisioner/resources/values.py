"""JSON back to field values, the inverse of `provisioner.encoding`.

It needs the field's declaration, because JSON knows neither times nor references. What does not read as the declared
type stays as it is: placeholders such as `(sensitive)` stand where any value may.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time
from typing import Any

from provisioner.model import KNOWN_AFTER_APPLY, Reference
from provisioner.resources.fields import DailyTime, Field, Instant, Relation
from provisioner.resources.kind import Kind
from provisioner.sensitive import stands_in


def is_placeholder(value: Any) -> bool:
    """Whether a text stands in the place of a value that is not shown, or not known."""
    return isinstance(value, str) and (value == KNOWN_AFTER_APPLY or stands_in(value))


def field_value(kind: Kind | None, path: str, raw: Any) -> Any:
    """JSON to manifest shape, as the field at `path` is declared."""
    field = _field(kind, path)
    if raw is None or is_placeholder(raw):
        return raw
    if isinstance(field, Relation):
        return _relation(field, raw)
    if isinstance(raw, str) and isinstance(field, Instant | DailyTime):
        return _moment(field, raw)
    return tuple(raw) if isinstance(raw, list) else raw


def _field(kind: Kind | None, path: str) -> Field | None:
    known = kind.fields if kind else ()
    return next((field for field in known if field.name == path), None)


def _relation(field: Relation, raw: Any) -> Any:
    if isinstance(raw, list):
        return tuple(_reference(field, part) for part in raw)
    return _reference(field, raw)


def _reference(field: Relation, raw: Any) -> Any:
    """A text is a key, a mapping of one pair says how else the object is named; a live id stays a number."""
    if isinstance(raw, str):
        return raw if is_placeholder(raw) else Reference(field.to, "key", raw)
    if isinstance(raw, Mapping) and len(raw) == 1:
        [(by, value)] = raw.items()
        return Reference(field.to, by, value)
    return raw


def _moment(field: Instant | DailyTime, raw: str) -> datetime | time | str:
    try:
        return datetime.fromisoformat(raw) if isinstance(field, Instant) else time.fromisoformat(raw)
    except ValueError:
        return raw
