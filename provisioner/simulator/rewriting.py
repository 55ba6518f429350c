"""What a server may make of the texts of rows and of numbers before it keeps them.

See docs/alice-api.md#values-that-come-back-changed.
"""

import html
import json
import re
import unicodedata
from typing import Any

from provisioner.simulator.runtime import variants

TEXTS = ("email", "last_name", "first_name", "description")
CUT = 4  # characters


def stored_number(text: str, variant: str) -> str:
    """A telephone number as it is kept; those of other countries stay as they are."""
    digits = "".join(filter(str.isdigit, text))
    match variants()[variant]:
        case "digits":
            return digits
        case "e164":
            return f"+84{digits.removeprefix('0')}" if digits.startswith("0") else text
        case "no-zero":
            return digits.lstrip("0")
        case "masked":
            return f"{digits[:4]}***{digits[-1:]}"
        case _:
            return text


def stored_texts(fields: dict[str, Any]) -> dict[str, Any]:
    """The texts of a contact as they are kept."""
    rule = variants()["row_texts"]
    if rule == "kept":
        return fields
    return {name: _stored(rule, name, value) if name in TEXTS and value else value for name, value in fields.items()}


def stored_variables(text: str) -> str:
    """A contact's variables as they are kept."""
    rule = variants()["row_variables"]
    if rule == "kept":
        return text
    made = _cut if rule == "cut" else _number
    return json.dumps({name: made(value) for name, value in json.loads(text).items()}, ensure_ascii=False)


def _stored(rule: str, name: str, text: str) -> str:
    if name == "email":
        return text.lower() if rule == "lower-email" else text
    match rule:
        case "title-case":
            return text.title()
        case "upper-case":
            return text.upper()
        case "escaped":
            return html.escape(text)
        case "collapsed":
            return " ".join(text.split())
        case "cut":
            return text[:CUT].strip()
        case "ascii":
            return text.encode("ascii", "replace").decode()
        case "decomposed":
            return unicodedata.normalize("NFD", text)
        case "stripped":
            return re.sub("[^ -~]", "", "".join(unicodedata.normalize("NFD", text)))
        case _:
            return text


def _number(value: Any) -> Any:
    try:
        return json.loads(str(float(value)).removesuffix(".0"))
    except ValueError:
        return value


def _cut(value: Any) -> Any:
    return value[:CUT] if isinstance(value, str) else value
