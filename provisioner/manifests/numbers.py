"""Telephone numbers written in manifests: whether they are ones of their region, and the form they are sent in.

phonenumbers is imported when the first number comes along. Most numbers are what they look like, so those that match
the region's own mobile and fixed-line patterns are not given to it at all (0.4 against 45 microseconds). The rows of
files are none of this module's business. Messages never contain a number.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

_LOOKS = re.compile(r"\+?[0-9(][0-9 ().\-/]*")
_ONE = r"\s*\+?[0-9(](?:[ ().\-]*[0-9]){6,}\s*"
_SEVERAL = re.compile(rf"{_ONE}(?:[/,;|&\n\r\t\v\f\x85\u2028\u2029]{_ONE})+")


class WrongNumber(ValueError):
    """A text that is no telephone number here; the message does not repeat it."""


@dataclass(frozen=True)
class NumberFormat:
    """The region of numbers without + (None: they pass as written), and the format: `national`, `e164` or `as_is`."""

    region: str | None = None
    format: str = "national"

    def sent(self, text: str) -> str:
        """The form in which a number is sent; raises WrongNumber."""
        if _SEVERAL.fullmatch(text):
            raise WrongNumber("holds two telephone numbers; write each by itself")
        if not _LOOKS.fullmatch(text):
            raise WrongNumber("is no telephone number; write digits only, like 0934890883 or +84934890883")
        if self.region is None and not text.startswith("+"):
            return text
        quick = self._quick.fullmatch(text) if self._quick else None
        if quick is None:
            return self._parsed(text)
        return text if self.format != "e164" else f"+{self._country_code}{quick.group(1)}"

    def _parsed(self, text: str) -> str:
        import phonenumbers

        try:
            number = phonenumbers.parse(text, self.region)
        except phonenumbers.NumberParseException:
            raise WrongNumber(self._wrong()) from None
        if not phonenumbers.is_valid_number(number):
            raise WrongNumber(self._wrong())
        if self.format == "as_is":
            return text
        if self.format == "national" and number.country_code == self._country_code:
            formatted = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)
            return re.sub(r"[^0-9]", "", formatted)
        return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))

    def _wrong(self) -> str:
        where = f"of region {self.region}" if self.region else "of any country"
        return f"is no valid telephone number {where}; correct it, or write one of another country with +"

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
