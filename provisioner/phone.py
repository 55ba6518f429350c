"""Telephone numbers: what a text says, as one number for the whole world, and the form in which it is sent.

A number is known by its E.164 digits as an integer: `+84 934 890 883` is 84934890883. `read` is the judge, for rows and
for manifests. It asks phonenumbers, which is imported when the first number comes along, and is slow; so the plain
cases of a region are decided in sets by `rows.number_sql`, and in manifests by the quick pattern of `NumberFormat` (0.4
against 45 microseconds), which both agree with it. No message contains a number.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from provisioner.messages import visible
from provisioner.sensitive import content

if TYPE_CHECKING:
    from phonenumbers import PhoneNumber

# Why a text is no number: codes. `rows.reasons` has the sentences for rows, `_WRONG` those for manifests.
NO_NUMBER = "no-number"
EXCEL_EXPONENT = "excel-exponent"
EXCEL_DECIMALS = "excel-decimals"
LOST_ZERO = "lost-zero"
NO_REGION = "no-region"
EXTENSION = "extension"
TWO_NUMBERS = "two-numbers"
NOT_VALID = "not-valid"

NATIONAL, E164, AS_IS = "national", "e164", "as_is"

_EXPONENT = re.compile(r"[+-]?\d+(?:[.,]\d+)?[eE]\+?\d+")
_DECIMALS = re.compile(r"[+-]?[1-9]\d{5,}[.,]0{1,2}")
_NOT_DIGITS = re.compile(r"\D+")
_SEPARATORS = re.compile(r"[/,;|&\t\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_LETTER = re.compile(r"[^\W\d_]")
_WHOLE_NUMBER = 7  # digits from which a part of a cell is taken for a number of its own
_LONGEST_CELL = 100  # beyond this nobody looks for two numbers

_LOOKS = re.compile(r"\+?[0-9(][0-9 ().\-/]*")
_DIGITS_ONLY = "write digits only, like 0934890883 or +84934890883"
_WRONG = {
    EXCEL_EXPONENT: f"is written with an exponent (E+08), as by Excel, and digits are lost; {_DIGITS_ONLY}",
    EXCEL_DECIMALS: f"is written with decimals (.0), as by Excel; {_DIGITS_ONLY}",
    LOST_ZERO: "seems to have lost its leading zero; write the zero as well",
    EXTENSION: "has an extension, which cannot be dialled; remove it",
    TWO_NUMBERS: "holds two telephone numbers; write each by itself",
}


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
        return NO_NUMBER
    if _EXPONENT.fullmatch(text):
        return EXCEL_EXPONENT
    if _DECIMALS.fullmatch(text):
        return EXCEL_DECIMALS
    whole = [part for part in _SEPARATORS.split(text) if _digits(part) >= _WHOLE_NUMBER]
    return TWO_NUMBERS if len(whole) > 1 else None


def _parsed(text: str, region: str | None) -> ParsedNumber:
    import phonenumbers

    try:
        parsed = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return ParsedNumber(reason=NOT_VALID)
    if parsed.extension:
        return ParsedNumber(reason=EXTENSION)
    if _LETTER.search(text) or not phonenumbers.is_valid_number(parsed):
        return ParsedNumber(reason=NOT_VALID)
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
    if reason != NOT_VALID or len(text) > _LONGEST_CELL:
        return reason
    if _holds_two(text, region):
        return TWO_NUMBERS
    if region is None:
        return NO_REGION if text.isdecimal() and _digits(text) >= _WHOLE_NUMBER else reason
    lost = text.isdecimal() and not text.startswith("0") and _parsed(f"0{text}", region).number is not None
    return LOST_ZERO if lost else reason


def _holds_two(text: str, region: str | None) -> bool:
    """Two numbers that only blanks separate: each half is one."""
    words = text.split()
    halves = ((" ".join(words[:cut]), " ".join(words[cut:])) for cut in range(1, len(words)))
    return any(all(_parsed(half, region).number is not None for half in pair) for pair in halves)


def _digits(text: str) -> int:
    return len(_NOT_DIGITS.sub("", text))


class WrongNumber(ValueError):
    """A text that is not a telephone number here; the message does not repeat it."""


@dataclass(frozen=True)
class NumberFormat:
    """The region of numbers without + (None: they pass as written), and the format: `national`, `e164` or `as_is`."""

    region: str | None = None
    format: str = NATIONAL

    def sent(self, text: str) -> str:
        """The form in which a number of a manifest is sent; raises WrongNumber. It has to look like one as well."""
        quick = self._quick.fullmatch(text) if self.region and self._quick else None
        if quick:
            return text if self.format != E164 else f"+{self._country_code}{quick.group(1)}"
        plain = _LOOKS.fullmatch(text) is not None
        if plain and self.region is None and not text.startswith("+") and _damage(text) is None:
            return text
        reading = read(text, self.region)
        if reading.reason is not None or not plain:
            raise WrongNumber(_WRONG.get(reading.reason or "") or self._not_valid(plain))
        return reading.sent(text, self.format)

    def restored(self, digits: str) -> str:
        """The digits of a cell that held a number, which begins with no zero, with the one the region makes certain."""
        metadata, with_zero = _metadata(self.region), f"0{digits}"
        if not metadata or not {len(digits), len(with_zero)} & set(metadata.general_desc.possible_length):
            return digits
        if self._quick and self._quick.fullmatch(with_zero):
            return with_zero
        as_it_is, number = read(digits, self.region).number, read(with_zero, self.region).number
        return with_zero if number is not None and as_it_is in (None, number) else digits

    def _not_valid(self, plain: bool) -> str:
        if not plain:
            return f"is not a telephone number; {_DIGITS_ONLY}"
        where = f"of region {self.region}" if self.region else "of any country"
        return f"is not a valid telephone number {where}; correct it, or write one of another country with +"

    @cached_property
    def _country_code(self) -> int:
        import phonenumbers

        return int(phonenumbers.country_code_for_region(self.region or ""))

    @cached_property
    def _quick(self) -> re.Pattern[str] | None:
        """Numbers with their national prefix that need no second look; None where the prefix is not that simple."""
        metadata = _metadata(self.region)
        prefix = metadata and metadata.national_prefix
        if not prefix or not prefix.isdigit() or prefix != metadata.national_prefix_for_parsing:
            return None
        if metadata.national_prefix_transform_rule or _national_example(self.region) is None:
            return None
        types = (metadata.mobile, metadata.fixed_line)
        kinds = "|".join(_described(kind) for kind in types if kind.national_number_pattern)
        whole = f"{prefix}((?={_described(metadata.general_desc)}$)(?:{kinds}))"
        return re.compile(whole) if _national_example(self.region).startswith(prefix) else None


def _described(description: Any) -> str:
    """A pattern for what is all of a number: of one of the lengths that there are, and as it is written."""
    lengths = "|".join(f"[0-9]{{{length}}}" for length in description.possible_length)
    return f"(?:(?=(?:{lengths})$)(?:{description.national_number_pattern})$)"


def _metadata(region: str | None) -> Any:
    import phonenumbers

    return phonenumbers.PhoneMetadata.metadata_for_region(region) if region else None


def _national_example(region: str | None) -> str:
    """A mobile number of the region as people there write it, digits only."""
    import phonenumbers

    number = phonenumbers.example_number_for_type(region, phonenumbers.PhoneNumberType.MOBILE)
    if number is None:
        return ""
    return re.sub(r"[^0-9]", "", phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL))
