"""What a database gives in a column as the text of a cell: as somebody would write it into a CSV file.

NULL is empty, numbers have neither exponent nor separators, moments are ISO 8601, truth is `true` or `false` and so
told apart from 1 and 0.
"""

from __future__ import annotations

import math
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import orjson


class NotText(ValueError):
    """A value that no cell can hold; the message says what it is and quotes nothing."""


def cell_text(value: Any) -> str:
    """The text of a value; raises NotText."""
    if value is None:
        return ""
    if isinstance(value, str):
        return str(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(int(value))
    if isinstance(value, Decimal):
        return format(value, "f") if value.is_finite() else ""
    if isinstance(value, float):
        return _number(value)
    return _other(value)


def _number(value: float) -> str:
    if not math.isfinite(value):
        return ""
    return str(int(value)) if value == int(value) else format(Decimal(repr(value)), "f")


def _other(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return _hours(value)
    if isinstance(value, bytes | bytearray | memoryview):
        raise NotText("a column holds bytes")
    if isinstance(value, dict | list | tuple):
        try:
            return orjson.dumps(value, option=orjson.OPT_SORT_KEYS, default=str).decode()
        except orjson.JSONEncodeError:
            raise NotText("a column holds values that are no JSON") from None
    return str(value)


def _hours(value: timedelta) -> str:
    """A time of day, as MySQL gives it."""
    seconds = int(value.total_seconds())
    sign = "-" if seconds < 0 else ""
    hours, rest = divmod(abs(seconds), 3600)
    return f"{sign}{hours:02}:{rest // 60:02}:{rest % 60:02}"
