"""The strict reader: what is text, where things are, what is refused; with libyaml and without."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from provisioner.manifests import yaml_reader
from provisioner.manifests.nodes import MappingNode, Node, Scalar, children, plain
from provisioner.manifests.yaml_reader import read
from provisioner.text import hidden

PARSERS = [pytest.param(True, id="libyaml"), pytest.param(False, id="pure")]


@pytest.fixture(params=PARSERS)
def parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param and not yaml.__with_libyaml__:
        pytest.skip("PyYAML was built without libyaml")
    monkeypatch.setattr(yaml, "__with_libyaml__", request.param)


def value(text: str) -> Any:
    reading = read(text.encode())
    assert reading.problems == []
    return plain(reading.root) if reading.root else None


def problems(data: str | bytes) -> list[str]:
    reading = read(data.encode() if isinstance(data, str) else data)
    return [f"{problem.line}:{problem.column}: {problem.message}" for problem in reading.problems]


@pytest.mark.usefixtures("parser")
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a:\n    x: 1\n   y: 2\n    z: 3\n", "3:4: indented by 3, its neighbours by 4; indent them alike"),
        ("a:\n    x: 1\n     y: 2\n", "3:6: indented by 5, its neighbours by 4; indent them alike"),
        ("a:\n  - 1\n # a comment\n - 2\n", "4:2: indented by 1, its neighbours by 2; indent them alike"),
        ("a: 1\nb 2\nc: 3\n", "2:2: a colon is missing; write a key, a colon, a blank and a value"),
        ("a: 1\nb 2\n", "2:2: a colon is missing; write a key, a colon, a blank and a value"),
        ("a:\n  b 2\n  c: 3\n", "2:4: a colon is missing; write a key, a colon, a blank and a value"),
        ('a: 1\n"b\nc": 3\n', "3:3: not readable as YAML: could not find expected ':'"),
        ("a: it\n  is: 3\n", "2:5: unexpected ':'; quote a text that holds ': ', and indent keys alike"),
    ],
)
def test_what_can_be_seen_in_the_text_is_named_where_it_is(text: str, expected: str) -> None:
    assert problems(text) == [expected]


@pytest.mark.usefixtures("parser")
@pytest.mark.parametrize(
    "text",
    [
        *("08:00", "8:00", "17:00", "1:30:45", "0934890883", "+84934890883", "2027-01-20", "2027-01-20T08:00:00+07:00"),
        *(
            "no",
            "yes",
            "on",
            "off",
            "y",
            "n",
            "True",
            "NULL",
            "Null",
            "TRUE",
            "0x1F",
            "0o17",
            "1_000",
            "+1",
            "00",
            "01",
        ),
        *(".inf", "-.inf", ".nan", "1e999", "01.5", "+1.5", "1.2.3", "1,000", "=", "0b1", "12:34:56.7", "Xin chào"),
    ],
)
def test_a_plain_scalar_that_only_looks_typed_stays_text(text: str) -> None:
    assert value(f"key: {text}\n") == {"key": text}


@pytest.mark.usefixtures("parser")
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        *(("true", True), ("false", False), ("null", None), ("~", None), ("", None)),
        *(("0", 0), ("7", 7), ("-3", -3), ("19001234", 19001234), ("-0", 0)),
        *(("1.10", 1.1), ("-0.5", -0.5), (".5", 0.5), ("1.", 1.0), ("1e3", 1000.0), ("2.5E-3", 0.0025)),
    ],
)
def test_only_core_scalars_are_typed(text: str, expected: Any) -> None:
    found = value(f"key: {text}\n")["key"]
    assert (found, type(found)) == (expected, type(expected))


@pytest.mark.parametrize("text", ["true", "12", "null", "1.5", ""])
def test_a_quoted_scalar_is_text_whatever_it_looks_like(text: str) -> None:
    assert value(f"a: '{text}'\nb: \"{text}\"\n") == {"a": text, "b": text}


def test_a_number_keeps_the_text_it_was_written_as() -> None:
    root = read(b"version: 1.10\n").root
    assert isinstance(root, MappingNode)
    found = root.get("version")
    assert isinstance(found, Scalar)
    assert (found.text, found.value) == ("1.10", 1.1)


def test_a_number_longer_than_python_converts_is_text() -> None:
    assert value(f"key: {'1' * 5000}\n") == {"key": "1" * 5000}


@pytest.mark.usefixtures("parser")
def test_text_is_brought_to_nfc() -> None:
    decomposed = unicodedata.normalize("NFD", "Chào Tết")
    assert value(f"{decomposed}: {decomposed}\n") == {"Chào Tết": "Chào Tết"}


@pytest.mark.usefixtures("parser")
def test_merge_keys_give_way_to_own_keys_and_to_earlier_sources() -> None:
    found = value("a: &a {x: 1, y: 1}\nb: &b {y: 2, z: 2}\nc: &c {z: 3, <<: [*a, *b]}\nd: {<<: *c, x: 0}\n")
    assert found["c"] == {"x": 1, "y": 1, "z": 3}
    assert found["d"] == {"x": 0, "y": 1, "z": 3}


def test_a_quoted_merge_key_is_an_ordinary_key() -> None:
    assert value("'<<': text\n") == {"<<": "text"}


@pytest.mark.usefixtures("parser")
@pytest.mark.parametrize("text", ["", "# only a comment\n", "---\n", "\ufeff", "---\n...\n"])
def test_a_file_without_content_is_nothing(text: str) -> None:
    assert value(text) is None


@pytest.mark.usefixtures("parser")
def test_a_byte_order_mark_does_not_shift_places() -> None:
    assert problems("\ufeffa: 1\na: 2\n") == ["2:1: 'a' is given twice in this mapping, first at 1:1; keep one"]


@pytest.mark.usefixtures("parser")
def test_windows_line_ends_are_read_like_others() -> None:
    assert value("a: |\r\n  x\r\n  y\r\nb: 2\r\n") == {"a": "x\ny\n", "b": 2}


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param(b"a: \xe9\n", "1:4: byte 0xE9 is not UTF-8; save it as UTF-8", id="Latin-1"),
        pytest.param(
            "ch\u00e0o: x\nb: ".encode() + b"\xff", "2:4: byte 0xFF is not UTF-8; save it as UTF-8", id="later"
        ),
        pytest.param("a: 1".encode("utf-16"), "1:1: the file is UTF-16; save it as UTF-8", id="UTF-16"),
        pytest.param(b"a: 1\nb: x\x00y\n", "2:5: control character U+0000 is not allowed; remove it", id="NUL"),
        pytest.param(
            b"a: 1\nb: x\x0by\n", "2:5: control character U+000B (vertical tab) is not allowed; remove it", id="VT"
        ),
        pytest.param(
            b"a: 1\n\x0cb: 2\n", "2:1: control character U+000C (form feed) is not allowed; remove it", id="FF"
        ),
        pytest.param(b"a: \x1b[31m\n", "1:4: control character U+001B is not allowed; remove it", id="escape"),
    ],
)
def test_what_is_not_utf_8_text_is_refused_with_its_place(data: bytes, expected: str) -> None:
    assert problems(data) == [expected]


NBSP, ENDS = "\u00a0", "ends a line for YAML, and few editors show it; remove it, or begin a new line"
CONFLICT = "unresolved merge conflict; keep the right lines and remove <<<<<<<, ======= and >>>>>>>"


@pytest.mark.usefixtures("parser")
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"a:\n{NBSP}{NBSP}b: 1\n", "2:1: U+00A0 (no-break space) where a line begins; indent with plain blanks"),
        (f"a:\n  b: 1\n {NBSP}c: 1\n", "3:2: U+00A0 (no-break space) where a line begins; indent with plain blanks"),
        (f"a:\n  b: 1\n{NBSP} c: 1\n", "3:1: U+00A0 (no-break space) where a line begins; indent with plain blanks"),
        ("a:\n\u3000b: 1\n", "2:1: U+3000 (ideographic space) where a line begins; indent with plain blanks"),
        ("a:\n\u2003b: 1\n", "2:1: U+2003 (em space) where a line begins; indent with plain blanks"),
        ("a: 1\n\ufeffb: 2\n", "2:1: U+FEFF (zero width no-break space) where a line begins; indent with plain blanks"),
        ("a:\n  \u200bb: 1\n", "2:3: U+200B (zero width space) where a line begins; indent with plain blanks"),
        (f"a:{NBSP}1\nb: 2\n", "1:3: U+00A0 (no-break space) behind the colon; put a plain blank there"),
        ("a:\n\tb: 1\n", "2:1: a tab cannot indent; use blanks"),
        (
            "na\u200bme: 1\n",
            "1:1: the key 'na<U+200B>me' holds U+200B (zero width space), which is invisible; remove it",
        ),
        ("a: {b\u00ad: 1}\n", "1:5: the key 'b<U+00AD>' holds U+00AD (soft hyphen), which is invisible; remove it"),
        ("a:\n<<<<<<< HEAD\n  b: 1\n=======\n  b: 2\n>>>>>>> theirs\n", f"2:1: {CONFLICT}"),
        ("a:\r\n  b: 1\r\n=======\r\n  b: 2\r\n", f"3:1: {CONFLICT}"),
        ("a:\n  b: 1\n||||||| base\n", f"3:1: {CONFLICT}"),
        ("a:\n  b: 1\n>>>>>>> theirs\n", f"3:1: {CONFLICT}"),
        ("a:\n  b: A\u2028B\n", f"2:7: U+2028 (line separator) {ENDS}"),
        ('a: "A\u2029B"\n', f"1:6: U+2029 (paragraph separator) {ENDS}"),
        ("a: 1\u0085b: 2\n", f"1:5: U+0085 (next line) {ENDS}"),
        ("a: 1 # x\u2028b: 2\n", f"1:9: U+2028 (line separator) {ENDS}"),
        ("a: 1\rb: 2\rc: :\r", "3:4: unexpected ':'; quote a text that holds ': ', and indent keys alike"),
    ],
)
def test_a_character_that_nobody_sees_is_named_where_it_stands(text: str, expected: str) -> None:
    assert problems(text) == [expected]


@pytest.mark.usefixtures("parser")
@pytest.mark.parametrize(
    "text", [f"a: 10{NBSP}000\n", f"a: |\n  x\n  {NBSP}y:{NBSP}z\n", "a: x\u200dy\n", 'a: "\\u2028"\n']
)
def test_such_characters_inside_a_text_are_text(text: str) -> None:
    value(text)


def test_halves_of_characters_are_one_and_columns_stay_those_of_the_file() -> None:
    second = '"b"'
    text = r'{"a": "T \ud83d\ude00\uD83D\uDE01 \\ud83d", "b": "\u00e9", "b": 1}'
    assert value(text.replace(', "b": 1', "")) == {"a": "T \U0001f600\U0001f601 \\ud83d", "b": "é"}
    assert problems(text) == [
        f"1:{text.rindex(second) + 1}: 'b' is given twice in this mapping, first at 1:{text.index(second) + 1}; "
        "keep one"
    ]


@pytest.mark.parametrize("half", [r"\ud83d", r"\uDE00", r"\ude00\ud83d"])
def test_half_a_character_is_refused_at_its_place(half: str) -> None:
    assert problems(f'{{"a": "T {half}"}}') == [
        f"1:10: {half[:6]} is half a character; write the character itself, or both halves"
    ]


@pytest.mark.usefixtures("parser")
def test_no_parser_lets_half_a_character_pass() -> None:
    [found] = problems(r'{"a": "\ud83d"}')
    assert "half a character; write the character itself" in found


@pytest.mark.usefixtures("parser")
def test_an_alias_bomb_is_refused_before_it_is_written_out() -> None:
    lines = ["x0: &x0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]"]
    lines += [f"x{n}: &x{n} [{', '.join([f'*x{n - 1}'] * 10)}]" for n in range(1, 30)]
    assert problems("\n".join(lines)) == [
        "6:25: the aliases of this file expand to more than 1,000,000 values; write less of it"
    ]


@pytest.mark.usefixtures("parser")
def test_many_aliases_of_a_small_anchor_are_fine() -> None:
    lines = ["x: &x {a: 1, b: 2, c: 3}", *(f"k{number}: {{<<: *x}}" for number in range(5000))]
    assert read("\n".join(lines).encode()).problems == []


@pytest.mark.usefixtures("parser")
def test_aliases_cannot_nest_deeper_than_brackets_may() -> None:
    lines = ["x0: &x0 [1]", *(f"x{n}: &x{n} [*x{n - 1}]" for n in range(1, 5000))]
    assert problems("\n".join(lines)) == ["63:12: nested more than 64 deep after expanding the alias"]


@pytest.mark.usefixtures("parser")
@pytest.mark.parametrize("opening", ["[", "{a: "])
def test_ten_thousand_brackets_are_refused(opening: str) -> None:
    assert len(problems("a: " + opening * 10_000)) == 1


@pytest.mark.usefixtures("parser")
@pytest.mark.parametrize(
    "text", ["a: !!int x\n", "a: !!bool 1\n", "a: !!float true\n", "!!set {a}\n", "a: !custom x\n", "a: !!map [1]\n"]
)
def test_tags_that_are_unknown_or_do_not_fit_are_refused(text: str) -> None:
    found = problems(text)
    assert len(found) == 1
    assert "tag" in found[0]


@pytest.mark.usefixtures("parser")
def test_a_key_may_carry_an_anchor() -> None:
    assert value("&key a: 1\nb: *key\n") == {"a": 1, "b": "a"}


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
keys = texts.filter(lambda text: hidden(unicodedata.normalize("NFC", text)) is None)  # what is told, and taken out
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(keys, inner, max_size=5),
    max_leaves=30,
)


def normal(found: Any) -> Any:
    """The value as it comes back: text in NFC."""
    if isinstance(found, str):
        return unicodedata.normalize("NFC", found)
    if isinstance(found, dict):
        return {normal(name): normal(inner) for name, inner in found.items()}
    return [normal(inner) for inner in found] if isinstance(found, list) else found


@given(json_values)
@settings(max_examples=300, deadline=None)
def test_what_pyyaml_dumps_with_quotes_is_read_back_equal(found: Any) -> None:
    reading = read(yaml.safe_dump(found, default_style='"').encode())
    if not reading.problems:  # two keys may become one in NFC
        assert reading.root is not None
        assert plain(reading.root) == normal(found)
    else:
        assert "is given twice" in reading.problems[0].message


@given(json_values)
@settings(max_examples=200, deadline=None)
def test_what_json_dumps_writes_is_read_back_equal(found: Any) -> None:
    """JSON in ASCII writes characters beyond U+FFFF as two halves."""
    reading = read(json.dumps(found).encode())
    if not reading.problems:
        assert reading.root is not None
        assert plain(reading.root) == normal(found)
    else:
        assert "is given twice" in reading.problems[0].message


@given(json_values)
@settings(max_examples=200, deadline=None)
def test_both_parsers_read_the_same(found: Any) -> None:
    text = yaml.safe_dump(found, allow_unicode=False).encode()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(yaml, "__with_libyaml__", False)
        pure = read(text)
    assert pure == read(text)


@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
@settings(max_examples=500, deadline=None)
def test_nothing_makes_the_reader_raise(data: bytes) -> None:
    reading = read(data)
    assert reading.broken <= bool(reading.problems)
    for problem in reading.problems:
        assert problem.line >= 1
        assert problem.column >= 1


@given(st.dictionaries(st.text("abcđệ ", min_size=1).filter(str.strip), json_values, min_size=1, max_size=4))
@settings(max_examples=200, deadline=None)
def test_places_point_at_the_characters_they_speak_of(found: dict[str, Any]) -> None:
    text = yaml.safe_dump(found, default_style='"', allow_unicode=True, width=10_000)
    reading = read(text.encode())
    lines = text.split("\n")
    for scalar in scalars(reading.root):
        at = lines[scalar.line - 1][scalar.column - 1 :]
        assert at.startswith(('"', "!!"))


def scalars(node: Node | None) -> Iterator[Scalar]:
    """Every key and single value."""
    if isinstance(node, Scalar):
        yield node
    elif node is not None:
        yield from (key for key, _ in node.entries.values()) if isinstance(node, MappingNode) else ()
        for child in children(node):
            yield from scalars(child)


def test_the_limits_are_what_the_messages_say() -> None:
    assert (yaml_reader.MAX_DEPTH, yaml_reader.MAX_ALIASED) == (64, 1_000_000)
