"""Why a row cannot be used: short codes inside the row tables, sentences for people.

A code is all that is stored and counted, so that no cell of a row can end up in a message. Codes that concern a
field are `code:field`. Must not know files, SQL or the API.
"""

from __future__ import annotations

from provisioner.error_ids import ErrorId
from provisioner.language import Message, template
from provisioner.phone import (
    EXCEL_DECIMALS,
    EXCEL_EXPONENT,
    EXTENSION,
    LOST_ZERO,
    NO_NUMBER,
    NO_REGION,
    NOT_VALID,
    TWO_NUMBERS,
)
from provisioner.rows import records

HEADER = "header"
UNREAD = "unread"  # of every row whose number was not read yet: nobody is called by default
STATUS = "status"
EMAIL = "email"
COUNTRY = "country"
TOO_LONG = "too-long"
MISSING = "missing"
NO_DATE = "no-date"
NO_TIME = "no-time"
HALF = "half"
CLOCK_CHANGE = "clock-change"
ENDS_FIRST = "ends-first"
NO_REMINDER = "no-reminder"
PASSED = "passed"
OF_ROWS = records.REASONS

_WHAT = {
    NO_NUMBER: template("the telephone number is missing"),
    EXCEL_EXPONENT: template("Excel wrote an exponent (E+08), digits are lost"),
    EXCEL_DECIMALS: template("Excel wrote the number with decimals (.0)"),
    LOST_ZERO: template("the number seems to have lost its leading zero (Excel)"),
    NO_REGION: template("a number without + needs `region` in alice.yaml"),
    EXTENSION: template("an extension cannot be dialled"),
    TWO_NUMBERS: template("two telephone numbers in one cell"),
    NOT_VALID: template("not a valid telephone number"),
    HEADER: template("the header line again"),
    UNREAD: template("the telephone number could not be read"),
    records.CELLS: template("not as many cells as the header has"),
    records.NUL: template("a NUL character in a cell"),
    records.LONG: template("longer than {most:,} characters"),
    records.NOT_AN_OBJECT: template("not a JSON object"),
    records.KEY_TWICE: template("the same key twice in a JSON object"),
    STATUS: template("status is none of active, inactive, 1, 0"),
    EMAIL: template("not a valid e-mail address"),
    COUNTRY: template("country is not a two-letter code such as VN"),
    MISSING: template("the {field} is missing"),
    NO_DATE: template(
        "the {field} is not a date as `datetime_format` (or else ISO 8601) writes it, or not a valid one"
    ),
    NO_TIME: template("the {field} has no time of day"),
    HALF: template("a cell of those that make the {field} is empty"),
    CLOCK_CHANGE: template("the {field} is at an hour when the clock is changed, and may be two moments or none"),
    ENDS_FIRST: template("ends before it starts"),
    NO_REMINDER: template("no reminder, neither of its own nor by `remind`"),
    PASSED: template("every reminder lies in the past, and nobody was reminded"),
    TOO_LONG: template("{field} is longer than the server allows"),
}

_ADVICE = {
    EXCEL_EXPONENT: "format the column as text and export again",
    EXCEL_DECIMALS: "format the column as text and export again",
    LOST_ZERO: "format the column as text and export again",
    HEADER: "files were concatenated, remove it",
    records.LONG: "does a quote not end?",
    PASSED: "correct the date, or leave it out",
}

_NUMBERS = (
    NO_NUMBER,
    EXCEL_EXPONENT,
    EXCEL_DECIMALS,
    LOST_ZERO,
    NO_REGION,
    EXTENSION,
    TWO_NUMBERS,
    NOT_VALID,
    UNREAD,
)
_TIMES = (NO_DATE, NO_TIME, HALF, CLOCK_CHANGE, ENDS_FIRST)
_IDS = {
    **dict.fromkeys(_NUMBERS, ErrorId.ROWS_NUMBER),
    **dict.fromkeys(_TIMES, ErrorId.APPOINTMENT_TIME),
    **dict.fromkeys((MISSING, NO_REMINDER), ErrorId.APPOINTMENT_INCOMPLETE),
    PASSED: ErrorId.APPOINTMENT_PASSED,
}


def too_long(field: str) -> str:
    """The code of a field over its limit."""
    return f"{TOO_LONG}:{field}"


def of(code: str, field: str) -> str:
    """The code of what is wrong with a field."""
    return f"{code}:{field}"


def explained(code: str) -> str:
    """The sentence for a code."""
    advice = _ADVICE.get(code.partition(":")[0])
    return f"{shortly(code)}: {advice}" if advice else shortly(code)


def error_id(code: str) -> ErrorId:
    """The id of the error that rows with this code are."""
    return _IDS.get(code.partition(":")[0], ErrorId.ROWS_CELL)


def shortly(code: str) -> str:
    """What is wrong without what to do about it, for a count: `not a valid telephone number`."""
    name, _, field = code.partition(":")
    return Message(_WHAT[name], {"field": field, "most": records.LONGEST})
