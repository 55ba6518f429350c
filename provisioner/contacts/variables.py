"""The one text form of `additional_vars`: a JSON object with sorted keys, values as text, empty values left out.

An empty value equals no value, as an empty cell equals null. `canonical` is the judge; `composed` makes the same text
in SQL from columns. Must not know rows or files.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

import orjson

from provisioner.contacts.sql import literal

NONE = "{}"
_ODD = re.compile(r'":(?!")|":""|":"\s|\s"[,}]|\\')
_ESCAPE = re.compile(r"\\\\|\\u00[01][0-9a-f]")


def canonical(value: Any) -> str:
    """From a mapping, its JSON text, or null; what is no JSON object is kept as its text under the key ""."""
    parsed = _parsed(value)
    if not parsed:
        return NONE
    if isinstance(parsed, dict) and (text := _plain(parsed)):
        return text
    mapping = parsed if isinstance(parsed, Mapping) else {"": parsed}
    return _dumped({name: text for name, inner in mapping.items() if (text := _text(inner))})


def names(canonical: str) -> frozenset[str]:
    """The variables in a text of `canonical`."""
    return frozenset(orjson.loads(canonical))


def composed(columns: Mapping[str, str]) -> str:
    """SQL for the same text from expressions of trimmed text, by the variable's name."""
    pairs = [
        f"CASE WHEN {columns[name]} <> '' THEN {literal(_dumped(name) + ':')} || to_json({columns[name]})::VARCHAR END"
        for name in sorted(columns)
    ]
    return f"'{{' || concat_ws(',', {', '.join(pairs)}) || '}}'" if pairs else literal(NONE)


def _parsed(value: Any) -> Any:
    """Alice's page shows a JSON string; servers also give the object itself."""
    if not isinstance(value, str):
        return value
    try:
        return orjson.loads(value) if value.strip() else None
    except orjson.JSONDecodeError:
        return value


def _plain(mapping: dict[str, Any]) -> str | None:
    """The usual case in a third of the time: nothing but trimmed, normalised text that needs no escape."""
    text = orjson.dumps(mapping, option=orjson.OPT_SORT_KEYS).decode()
    plain = not _ODD.search(text) and (text.isascii() or unicodedata.is_normalized("NFC", text))
    return text if plain else None


def _text(value: Any) -> str:
    if value is None:
        return ""
    text = value if isinstance(value, str) else _dumped(value)
    return text.strip() if text.isascii() else unicodedata.normalize("NFC", text).strip()


def _dumped(value: Any) -> str:
    """Control characters as duckdb writes them: \\u001F, where orjson has \\u001f."""
    text = orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
    return _ESCAPE.sub(_upper, text) if "\\u00" in text else text


def _upper(escape: re.Match[str]) -> str:
    return escape.group()[:2] + escape.group()[2:].upper()
