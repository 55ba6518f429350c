"""Manifest-shape values as plain JSON values, one way only: `plain` to be shown, `canonical` to be kept and compared.

Whatever shows the value of a field, in whatever format, has it from `plain`, which uncovers no hidden text. Datetimes
keep the offset they carry; a time of day drops seconds that are zero; references are as written.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time
from typing import Any

from provisioner.model import Address, Reference, Unknown
from provisioner.sensitive import Hidden, content

_JSON = frozenset({str, int, float, bool, type(None)})  # exactly these, as a hidden text is a str: most values are


def plain(value: Any) -> Any:
    """The JSON value of one field value, for people."""
    if type(value) in _JSON:
        return value
    if isinstance(value, Reference):
        return plain(value.written)
    if isinstance(value, (Address, Unknown, Hidden)):
        return str(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, time):
        return value.isoformat(timespec="auto" if value.second or value.microsecond else "minutes")
    if isinstance(value, (tuple, list)):
        return [plain(part) for part in value]
    if isinstance(value, Mapping):
        return {str(key): plain(part) for key, part in value.items()}
    return value


def canonical(value: Any) -> Any:
    """The JSON value of one field value, with instants in UTC, so that equal values are equal JSON; nothing hidden."""
    if type(value) in _JSON:
        return value
    if isinstance(value, Hidden):
        return content(value)
    if isinstance(value, Reference):
        return canonical(value.written)
    if isinstance(value, Mapping):
        return {str(key): canonical(part) for key, part in value.items()}
    if isinstance(value, datetime):
        from datetime import UTC

        return value.astimezone(UTC).isoformat()
    if isinstance(value, (tuple, list)):
        return [canonical(part) for part in value]
    return plain(value)
