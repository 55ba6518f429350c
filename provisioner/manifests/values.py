"""JSON values of declared fields to manifest shape: datetimes, times, references, numbers. One rule per field type.

Knows field types, not kinds, and no places: what is wrong is a `WrongValue` for the caller to blame on a place. What
the schema can say (a type, a limit, one of some words) is left to the schema; such values pass through.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timezone
from typing import Any
from zoneinfo import ZoneInfo

from provisioner.error_ids import ErrorId, Identified
from provisioner.manifests.core_schema import nfc
from provisioner.model import Reference
from provisioner.phone import NumberFormat, WrongNumber
from provisioner.resources import KINDS, DailyTime, Field, Instant, Relation, Telephone, Text
from provisioner.resources.fields import YEARS, can_be_planned
from provisioner.sensitive import Hidden, Origin

_DATE = r"(\d{4}-\d{2}-\d{2})"
_TIME = r"(\d{1,2}):(\d{2})(?::(\d{2})(\.\d{1,6})?)?"
_OFFSET = r"[ ]?([Zz]|[+-]\d{2}:?\d{2})?"
_INSTANT = re.compile(rf"{_DATE}(?:[Tt]|[ ]+){_TIME}{_OFFSET}")
_DAILY = re.compile(_TIME)

INSTANT_EXAMPLE = "2027-01-20T08:00:00+07:00"


class WrongValue(Identified, ValueError):
    """A value its field cannot take; the message says what and what to do. `value` is for who may show it."""

    id: ErrorId = ErrorId.FIELD_DATETIME

    def __init__(self, message: str, value: str = "", *, id: ErrorId | None = None) -> None:
        super().__init__(message, id=id)
        self.value = value


@dataclass(frozen=True)
class Values:
    """Conversion with one project's settings. `zone` None: the project declares none."""

    zone: ZoneInfo | None = None
    numbers: NumberFormat = field(default_factory=NumberFormat)

    def converter(self, declared: Field) -> Callable[[Any], Any]:
        """How values of this field become manifest shape; raises WrongValue on what the schema cannot see."""
        match declared:
            case Relation():
                return lambda value: references(declared, value)
            case Instant():
                return self.instant
            case DailyTime():
                return daily_time
            case Telephone(checked=True):
                return lambda value: self.telephone(declared.canonical(value))
            case _:
                return declared.canonical

    def telephone(self, value: str | None) -> str | None:
        """A number in the form in which it is sent."""
        try:
            return None if value is None else self.numbers.sent(value)
        except WrongNumber as error:
            raise WrongValue(str(error), id=ErrorId.FIELD_PHONE) from None

    def instant(self, value: Any) -> Any:
        """A text as an aware datetime; one without offset is in the project's zone."""
        if not isinstance(value, str):
            return value
        found = _INSTANT.fullmatch(value.strip())
        if found is None:
            raise _no_instant(value)
        date, hour, minute, second, fraction, offset = found.groups()
        clock = f"{hour:0>2}:{minute}:{second or '00'}{(fraction or '').ljust(7, '0') if fraction else ''}"
        try:
            moment = datetime.fromisoformat(f"{date}T{clock}{(offset or '').upper()}")
            moment.astimezone(UTC)  # years 1 and 9999 have no room for an offset
        except (ValueError, OverflowError):
            raise WrongValue("is not a valid date and time; check day, hour and offset") from None
        if not can_be_planned(moment):
            raise WrongValue(f"is outside the years {YEARS.start} to {YEARS.stop - 1}, which cannot be planned with")
        return moment if moment.tzinfo else self._local(moment)

    def _local(self, moment: datetime) -> datetime:
        """A datetime without offset; refused where the zone leaves open which instant is meant."""
        if self.zone is None:
            raise WrongValue(f"has no offset, and alice.yaml declares no timezone; write it like {INSTANT_EXAMPLE}")
        first, second = (moment.replace(tzinfo=self.zone, fold=fold) for fold in (0, 1))
        if first.utcoffset() != second.utcoffset():
            exists = first.astimezone(UTC).astimezone(self.zone).replace(tzinfo=None, fold=0) == moment
            why = "happens twice" if exists else "does not exist"
            raise WrongValue(f"{why} in {self.zone}, where the clock is changed then; add the intended offset")
        return first.replace(tzinfo=timezone(first.utcoffset() or UTC.utcoffset(None)))


def _no_instant(value: str) -> WrongValue:
    if re.fullmatch(_DATE, value.strip()):
        return WrongValue(f"needs a time of day, like {INSTANT_EXAMPLE}")
    return WrongValue(f"must look like {INSTANT_EXAMPLE}", value)


def daily_time(value: Any) -> Any:
    """A text as a time of day."""
    if not isinstance(value, str):
        return value
    found = _DAILY.fullmatch(value.strip())
    if found is None or found.group(4):
        raise WrongValue("must be a time of day like 08:00", value, id=ErrorId.FIELD_TIME)
    hour, minute, second, _ = found.groups()
    try:
        return time(int(hour), int(minute), int(second or 0))
    except ValueError:
        message = "must be a time of day from 00:00 to 23:59:59"
        raise WrongValue(message, value, id=ErrorId.FIELD_TIME) from None


def references(declared: Relation, value: Any) -> Any:
    """What a relation's value points at; `many` gives a tuple. Wrong types are left to the schema."""
    if not declared.many:
        return reference(declared.to, value)
    return tuple(reference(declared.to, part) for part in value) if isinstance(value, list) else value


def reference(to: str, value: Any) -> Any:
    """One reference as it was written: a bare key (or name), or a mapping with one known form."""
    if isinstance(value, str):
        by_key = "key" in keys_of(to)
        return Reference(to, "key" if by_key else "name", nfc(value).strip(), bare=not by_key)
    if isinstance(value, Mapping) and len(value) == 1:
        (form, named), *_ = value.items()
        return Reference(to, form, _named(to, form, named) if isinstance(named, str) else named)
    return value


def _named(to: str, form: str, text: str) -> str:
    """A name as it is compared; where people write about people, it is not shown."""
    label = next((field for field in KINDS[to].fields if field.name == KINDS[to].label), None)
    personal = form == "name" and isinstance(label, Text) and label.personal
    return Hidden(text.strip(), Origin.PERSON) if personal else text.strip()


def keys_of(kind: str) -> Mapping[str, str]:
    """The forms of a reference to this kind that name something declared here, and the kind whose key they take."""
    return {"key": kind} if KINDS[kind].collection or KINDS[kind].parent else KINDS[kind].identity.named_by
