"""Reads one telephone number with phonenumbers: the judge of what a number is, and how it is sent.

A number is known by its E.164 digits as an integer: `+84 934 890 883` is 84934890883. `number_sql` decides the plain
cases of a region in sets and must agree with `read`; everything else comes here, once for each distinct text.
phonenumbers is imported when the first number is read. Must not know SQL, files or rows.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from provisioner.contacts import reasons
from provisioner.hidden import content
from provisioner.rowfiles.names import visible

if TYPE_CHECKING:
    from phonenumbers import PhoneNumber

NATIONAL, E164, AS_IS = "national", "e164", "as_is"

_EXPONENT = re.compile(r"[+-]?\d+(?:[.,]\d+)?[eE]\+?\d+")
_DECIMALS = re.compile(r"[+-]?[1-9]\d{5,}[.,]0{1,2}")
_NOT_DIGITS = re.compile(r"\D+")
_SEPARATORS = re.compile(r"[/,;|&\t\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_LETTER = re.compile(r"[^\W\d_]")
_WHOLE_NUMBER = 7  # digits from which a part of a cell is taken for a number of its own
_LONGEST_CELL = 100  # beyond this nobody looks for two numbers


class ParsedNumber(NamedTuple):
    """What a text says: `number` and how it is dialled at home, or the `reason` it says nothing."""

    number: int | None = None
    national: str = ""
    reason: str | None = None

    def sent(self, text: str, number_format: str) -> str:
        """The text to send in a `number_format`; `text` is what was written, sent without marks that nobody sees."""
        if number_format == AS_IS:
            return visible(text).strip()
        return self.national if number_format == NATIONAL else f"+{self.number}"


def read(text: str, region: str | None) -> ParsedNumber:
    """The number in a trimmed text; without a region only numbers with + are numbers."""
    text = content(text)  # which phonenumbers would ask for as one that is shown
    damage = _damage(text)
    if damage:
        return ParsedNumber(reason=damage)
    reading = _parsed(text, region)
    return reading if reading.number is not None else ParsedNumber(reason=_explanation(text, region, reading.reason))


def read_live(text: str, region: str | None) -> ParsedNumber:
    """Like `read`, for text a server gave back: one that drops the plus must not make a known row look new."""
    reading = read(text, region)
    return _parsed(f"+{text}", None) if reading.number is None and text.isdecimal() else reading


def _damage(text: str) -> str | None:
    """What is certainly not one dialable number, by its looks."""
    if not text:
        return reasons.NO_NUMBER
    if _EXPONENT.fullmatch(text):
        return reasons.EXCEL_EXPONENT
    if _DECIMALS.fullmatch(text):
        return reasons.EXCEL_DECIMALS
    whole = [part for part in _SEPARATORS.split(text) if _digits(part) >= _WHOLE_NUMBER]
    return reasons.TWO_NUMBERS if len(whole) > 1 else None


def _parsed(text: str, region: str | None) -> ParsedNumber:
    import phonenumbers

    try:
        parsed = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return ParsedNumber(reason=reasons.NOT_VALID)
    if parsed.extension:
        return ParsedNumber(reason=reasons.EXTENSION)
    if _LETTER.search(text) or not phonenumbers.is_valid_number(parsed):
        return ParsedNumber(reason=reasons.NOT_VALID)
    return ParsedNumber(_number(parsed), _dialled(parsed, region))


def _number(parsed: PhoneNumber) -> int:
    from phonenumbers import PhoneNumberFormat, format_number

    return int(format_number(parsed, PhoneNumberFormat.E164))


def _dialled(parsed: PhoneNumber, region: str | None) -> str:
    """Digits as dialled in the region; E.164 for what is abroad, or would not be read as the same number again."""
    from phonenumbers import PhoneNumberFormat, country_code_for_region, format_number, is_valid_number, parse

    if region is not None and parsed.country_code == country_code_for_region(region):
        dialled = _NOT_DIGITS.sub("", format_number(parsed, PhoneNumberFormat.NATIONAL))
        again = parse(dialled, region)
        if is_valid_number(again) and _number(again) == _number(parsed):
            return dialled
    return f"+{_number(parsed)}"


def _explanation(text: str, region: str | None, reason: str | None) -> str | None:
    """A better reason than "not valid", if there is one."""
    if reason != reasons.NOT_VALID or len(text) > _LONGEST_CELL:
        return reason
    if _holds_two(text, region):
        return reasons.TWO_NUMBERS
    if region is None:
        return reasons.NO_REGION if text.isdecimal() and _digits(text) >= _WHOLE_NUMBER else reason
    lost = text.isdecimal() and not text.startswith("0") and _parsed(f"0{text}", region).number is not None
    return reasons.LOST_ZERO if lost else reason


def _holds_two(text: str, region: str | None) -> bool:
    """Two numbers that only blanks separate: each half is one."""
    words = text.split()
    halves = ((" ".join(words[:cut]), " ".join(words[cut:])) for cut in range(1, len(words)))
    return any(all(_parsed(half, region).number is not None for half in pair) for pair in halves)


def _digits(text: str) -> int:
    return len(_NOT_DIGITS.sub("", text))
