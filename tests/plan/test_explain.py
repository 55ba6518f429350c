"""In what two values differ: members, words, lines, and the leaves of mappings."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioner.plan.explain import leaves, line_change, member_change, text_change
from provisioner.sensitive import Hidden, Origin

TEXTS = st.text(st.sampled_from("ab .'\"\\@-+\n\r\x0b\x1c\u2028đ"), max_size=40)


@given(TEXTS, TEXTS)
def test_the_sides_of_two_texts_are_the_texts(before: str, after: str) -> None:
    for change in (text_change(before, after), line_change(before, after)):
        assert "".join(part.before for part in change) == before
        assert "".join(part.after for part in change) == after
        assert all(part.alike != follower.alike for part, follower in pairwise(change))


def test_no_word_is_told_letter_by_letter() -> None:
    parts = text_change("the campaign has been started at eight", "the campaign has been star at eight")
    assert [(part.before, part.after) for part in parts if not part.alike] == [("started", "star")]


def test_a_very_long_text_is_compared_by_lines() -> None:
    lines = [f"line {number}\n" for number in range(1200)]
    edited = [*lines[:600], "another\n", *lines[601:]]
    parts = text_change("".join(lines), "".join(edited))
    assert [(part.before, part.after) for part in parts if not part.alike] == [("line 600\n", "another\n")]


def test_what_is_hidden_is_compared_as_it_is_shown() -> None:
    (part,) = text_change(Hidden("secret one", Origin.ENVIRONMENT), Hidden("secret two", Origin.ENVIRONMENT))
    assert part.before == part.after == "(sensitive)"


@pytest.mark.parametrize(
    ("before", "after", "gone", "come"),
    [
        ("ab", "bc", "a", "c"),
        ("", "cab", "", "cab"),
        ("ab", "ba", "", ""),
        ("aab", "ab", "a", ""),
        ("ab", "abbb", "", "b"),
    ],
)
def test_members_of_lists(before: str, after: str, gone: str, come: str) -> None:
    change = member_change([*before], [*after])
    assert ("".join(change.gone), "".join(change.come)) == (gone, come)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({"a": 1, "b": 2}, {"a": 1, "b": 3}, {("b",): (2, 3)}),
        ({"a": {"x": 1, "y": 2}}, {}, {("a", "x"): (1, None), ("a", "y"): (2, None)}),
        ({"a": [1, 2]}, {"a": [2, 3]}, {("a",): ([1, 2], [2, 3])}),
        ({"a": {"x": 1}}, {"a": 1}, {("a",): ({"x": 1}, 1)}),
        ({'it\'s ["x"].y': {"1": None}}, {'it\'s ["x"].y': {"1": "v"}}, {('it\'s ["x"].y', "1"): (None, "v")}),
        ({}, {}, {}),
    ],
)
def test_leaves_of_mappings(before: Any, after: Any, expected: Any) -> None:
    assert leaves(before, after) == expected
