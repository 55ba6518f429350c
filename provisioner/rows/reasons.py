"""Why a row cannot be used: short codes inside the row tables, sentences for people.

A code is all that is stored and counted, so that no cell of a row can end up in a message. Codes that concern a
field are `code:field`. Must not know files, SQL or the API.
"""

from __future__ import annotations

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
CLOCK_CHANGE = "clock-change"
ENDS_FIRST = "ends-first"
NO_REMINDER = "no-reminder"
PASSED = "passed"
OF_ROWS = records.REASONS

_SENTENCES = {
    NO_NUMBER: "the telephone number is missing",
    EXCEL_EXPONENT: "Excel wrote an exponent (E+08), digits are lost: format the column as text and export again",
    EXCEL_DECIMALS: "Excel wrote the number with decimals (.0): format the column as text and export again",
    LOST_ZERO: "the number seems to have lost its leading zero (Excel): format the column as text and export again",
    NO_REGION: "a number without + needs `region` in alice.yaml",
    EXTENSION: "an extension cannot be dialled",
    TWO_NUMBERS: "two telephone numbers in one cell",
    NOT_VALID: "not a valid telephone number",
    HEADER: "the header line again: files were concatenated, remove it",
    UNREAD: "the telephone number could not be read",
    records.CELLS: "not as many cells as the header has",
    records.NUL: "a NUL character in a cell",
    records.LONG: f"longer than {records.LONGEST:,} characters: does a quote not end?",
    records.NOT_AN_OBJECT: "not a JSON object",
    records.KEY_TWICE: "the same key twice in a JSON object",
    STATUS: "status is none of active, inactive, 1, 0",
    EMAIL: "not a valid e-mail address",
    COUNTRY: "country is not a two-letter code such as VN",
    MISSING: "the {field} is missing",
    NO_DATE: "the {field} is not a date as `datetime_format` (or else ISO 8601) writes it, or not a valid one",
    NO_TIME: "the {field} has no time of day",
    CLOCK_CHANGE: "the {field} is at an hour when the clock is changed, and may be two moments or none",
    ENDS_FIRST: "ends before it starts",
    NO_REMINDER: "no reminder, neither of its own nor by `remind`",
    PASSED: "every reminder lies in the past, and nobody was reminded: correct the date, or leave it out",
    TOO_LONG: "{field} is longer than the server allows",
}


def too_long(field: str) -> str:
    """The code of a field over its limit."""
    return f"{TOO_LONG}:{field}"


def of(code: str, field: str) -> str:
    """The code of what is wrong with a field."""
    return f"{code}:{field}"


def explained(code: str) -> str:
    """The sentence for a code."""
    name, _, field = code.partition(":")
    return _SENTENCES[name].format(field=field)


def shortly(code: str) -> str:
    """What is wrong without what to do about it, for a count: `not a valid telephone number`."""
    return explained(code).partition(":")[0]
