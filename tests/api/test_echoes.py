"""Values that a server gives back, in the forms in which one does."""

from __future__ import annotations

import html
import json
import re
import unicodedata
from urllib.parse import quote, quote_plus

import pytest

from provisioner.api.echoes import CUT, Echoes

VALUES = ["Quỳnh-Mai 77", "+84934890841", "Lan.Tran@Khach.example", "s3cret/<Wort>", 'zwei\nZeilen "darin"', "pin9"]
FORMS = {
    "as it is": str,
    "capitals": str.upper,
    "small": str.lower,
    "blanks": lambda text: text.replace("-", " ").replace(" ", "   "),
    "decomposed": lambda text: unicodedata.normalize("NFD", text),
    "JSON": lambda text: json.dumps(text),
    "JSON twice": lambda text: json.dumps(json.dumps(text)),
    "a URL": lambda text: quote(text, safe=""),
    "a form": lambda text: quote_plus(text),
    "HTML": html.escape,
    "a URL in JSON in small letters": lambda text: json.dumps(quote(text)).lower(),
    "quoted": repr,
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("value", VALUES)
def test_no_form_of_a_value_comes_through(value: str, form: str) -> None:
    said = Echoes(["other", value]).cut(f"Object with name={FORMS[form](value)} exists already.")
    quoted = re.sub(r"[\\\\'\"]", "", said)
    assert said == CUT or quoted == f"Object with name={CUT} exists already."


@pytest.mark.parametrize(
    "form", ["0934890841", "84934890841", "934 890 841", "(0)934-890-841", "%2B84934890841", "0934%20890%20841"]
)
def test_a_number_is_one_with_any_prefix_and_anything_between_its_digits(form: str) -> None:
    assert Echoes(["+84 934 890 841"]).cut(f"{form} is not valid") == CUT
    assert Echoes(["0934890841"]).cut(f"[{form}]") in (CUT, f"[{CUT}]")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("Hue", "This value is too long."),
        ("Test", "The latest attestation is missing."),
        ("ab", "absent"),
        ("5", "Ensure this value is less than or equal to 5."),
        ("0934890841", "Ensure this value is less than 934."),
        ("", "This field may not be blank."),
        ("---", "a -- b"),
    ],
)
def test_what_only_happens_to_look_alike_stays(value: str, text: str) -> None:
    assert Echoes([value]).cut(text) == text
