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
_ESCAPE = re.compile(r"\\\\|\\u00[01][0-9a-f]")


def canonical(value: Any) -> str:
    """From a mapping, its JSON text, or null; what is no JSON object is kept as its text under the key ""."""
    parsed = _parsed(value)
    if parsed is None:
        return NONE
    mapping = parsed if isinstance(parsed, Mapping) else {"": parsed}
    texts = {str(name): _text(inner) for name, inner in mapping.items()}
    return _dumped({name: texts[name] for name in sorted(texts) if texts[name]})


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


def _text(value: Any) -> str:
    if value is None:
        return ""
    text = value if isinstance(value, str) else _dumped(value)
    return unicodedata.normalize("NFC", text).strip()


def _dumped(value: Any) -> str:
    """Control characters as duckdb writes them: \\u001F, where orjson has \\u001f."""
    text = orjson.dumps(value, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS).decode()
    return _ESCAPE.sub(lambda found: found.group()[:2] + found.group()[2:].upper(), text)
