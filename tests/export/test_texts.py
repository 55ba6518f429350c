"""Texts on their way into YAML and back: through our own reader, and through one that speaks YAML 1.1."""

from __future__ import annotations

import unicodedata
from itertools import product
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from provisioner.export.selection import slug
from provisioner.export.yaml_writer import Commented, document, literal
from provisioner.manifests.folder import Folder
from provisioner.manifests.interpolation import TextScope
from provisioner.manifests.nodes import plain
from provisioner.manifests.variables import Variables
from provisioner.manifests.yaml_reader import read
from provisioner.text import is_hidden

# Every sort of character, those before all that YAML, editors or terminals take for something else.
ODD = "".join(map(chr, (*range(0xA1), 0xAD, 0x0301, 0x061C, *range(0x2000, 0x2070), 0xFEFF, 0xFFFD, 0xFFFF, 0x1F389)))
WORDS = (
    "no", "On", "y", "null", "NULL", "~", "true", "1", "1e3", "0x1F", "08:00", "2027-01-20", ".inf", "1_000",
    "+84934890883", "-", "?", "<<", "=", "", " ", "a:", "a #b",
)  # fmt: skip
TEXT = st.text(st.sampled_from(ODD) | st.characters(exclude_categories=["Cs"]), max_size=12)
KEY = TEXT.filter(lambda text: not any(map(is_hidden, text)))  # the reader refuses others
VALUES = st.recursive(
    TEXT | st.integers(-5, 5) | st.booleans(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEY.filter(bool), inner, min_size=1, max_size=3),
    max_leaves=6,
)


def normal(value: object) -> object:
    """In the one form of text that manifests have."""
    if isinstance(value, dict):
        return {unicodedata.normalize("NFC", key): normal(part) for key, part in value.items()}
    if isinstance(value, list):
        return [normal(part) for part in value]
    return unicodedata.normalize("NFC", value) if isinstance(value, str) else value


def both(text: str) -> list[object]:
    reading = read(text.encode())
    assert not reading.problems and reading.root is not None
    return [plain(reading.root), normal(yaml.safe_load(text))]


@pytest.mark.parametrize("form", ["{}", "a{}b", "{} x", "x {}", "x\n{}y\nz", "{0}{0}"])
def test_every_odd_character_anywhere(form: str) -> None:
    texts = {f"k{index}": form.format(character) for index, character in enumerate(ODD)}
    assert both(document((), "all", texts)) == [{"all": normal(texts)}] * 2


@given(TEXT, KEY, VALUES)
@settings(deadline=None)
def test_any_value_under_any_key_and_comment(comment: str, key: str, value: object) -> None:
    text = document([comment], "all", {f"k{key}": Commented((comment,), {"value": value, "list": [Commented((), 1)]})})
    expected = {"all": {normal(f"k{key}"): {"value": normal(value), "list": [1]}}}
    assert both(text) == [expected] * 2


@pytest.mark.parametrize("word", WORDS)
def test_words_that_are_more_than_text_elsewhere(word: str) -> None:
    assert both(document((), "all", {word or "empty": word})) == [{"all": {word or "empty": word}}] * 2


def test_what_looks_like_a_variable_stays_text() -> None:
    variables = Variables(Folder.at(Path()), {})
    for letters in product("${}a", repeat=6):
        text = "".join(letters)
        assert variables.expand(literal(text), TextScope(Path())).text == text


def test_keys_of_names() -> None:
    assert slug("Khách hàng VIP – Đà Nẵng (2027)") == "khach-hang-vip-da-nang-2027"
    assert slug("客户") == ""
    assert len(slug("very long " * 50)) <= 60 and not slug("x" * 59 + " y").endswith("-")
