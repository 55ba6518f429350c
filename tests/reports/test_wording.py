"""Field values as people read them."""

from __future__ import annotations

import pytest

from provisioner.language import spoken
from provisioner.plan.explain import text_change
from provisioner.plan.model import FieldChange
from provisioner.reports.wording import changed, changed_whole, harmless, worded


def test_a_long_text_is_cut() -> None:
    assert worded("x" * 100) == '"' + "x" * 60 + '..."'


def test_two_long_texts_are_shown_from_shortly_before_they_part() -> None:
    before, after = "Xin chào. " * 12 + "Nhấn phím 1.", "Xin chào. " * 12 + "Nhấn phím 2."
    shown = changed(FieldChange("script", before, after))
    assert shown == '"...Nhấn phím 1." -> "...Nhấn phím 2."'


def test_texts_that_part_early_are_shown_from_the_start() -> None:
    assert changed(FieldChange("name", "Tết 2026", "Tết 2027")) == '"Tết 2026" -> "Tết 2027"'


def test_a_line_break_is_visible() -> None:
    assert worded("one\ntwo") == '"one\\ntwo"'


def test_no_text_can_move_the_cursor_or_reorder_the_line() -> None:
    hostile = "a\x1b[2Jb\x9bc\u202ed\x7f"
    assert worded(hostile) == '"a\\u001b[2Jb\\u009bc\\u202ed\\u007f"'
    assert harmless(hostile) == "a?[2Jb?c?d?"


def test_lists_show_what_comes_and_what_goes() -> None:
    assert changed(FieldChange("x", ("a", "b"), ("b", "c"))) == '+ "c", - "a" (1 unchanged)'
    assert changed(FieldChange("x", (), ("c",))) == '+ "c"'


def test_a_list_in_another_order_is_shown_whole() -> None:
    assert changed(FieldChange("x", ("a", "b"), ("b", "a"))) == '"a", "b" -> "b", "a"'


def test_absent_true_and_mappings_have_words() -> None:
    assert worded(None) == "(none)"
    assert worded(True) == "true"
    assert worded({"amount": "100"}) == "{amount: 100}"


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("Xin chào bạn", "Xin chào anh", [("Xin chào ", "Xin chào "), ("bạn", "anh")]),
        ("Lan and Hoa", "Lam and Hoa", [("Lan", "Lam"), (" and Hoa", " and Hoa")]),
        ("19001234", "19001239", [("19001234", "19001239")]),
        ("one two three", "eins zwei three", [("one two", "eins zwei"), (" three", " three")]),
        ("a b", "a b c", [("a b", "a b"), ("", " c")]),
        ("same", "same", [("same", "same")]),
        ("", "new", [("", "new")]),
    ],
)
def test_two_texts_differ_in_words(before: str, after: str, expected: list[tuple[str, str]]) -> None:
    assert [(part.before, part.after) for part in text_change(before, after)] == expected


@pytest.mark.parametrize("words", [30, 3000])
def test_nothing_of_two_texts_gets_lost(words: int) -> None:
    before = " ".join(f"word{number}" for number in range(words))
    after = before.replace("word7 ", "other ").replace("word25", "")
    parts = text_change(before, after)
    assert ("".join(part.before for part in parts), "".join(part.after for part in parts)) == (before, after)


def test_a_long_text_is_shown_from_a_word_on() -> None:
    before = "Xin chào quý khách, đây là tổng đài chăm sóc khách hàng của AntBuddy, phím một để nghe lại"
    after = before.replace("phím một", "phím hai")
    told = changed(FieldChange("script", before, after))
    assert told == '"...AntBuddy, phím một để nghe lại" -> "...AntBuddy, phím hai để nghe lại"'


SCRIPT = (
    "Xin chào quý khách, đây là tổng đài chăm sóc khách hàng của AntBuddy.\n"
    "Nhấn phím một để nghe lại.\n"
    "Nhấn phím hai để gặp nhân viên, từ tám giờ sáng đến năm giờ chiều.\n"
    "Xin cảm ơn."
)
EDITED = SCRIPT.replace("AntBuddy", "Antbuddy").replace("tám giờ", "chín giờ")


def test_of_a_long_text_every_place_that_differs_is_shown() -> None:
    assert changed(FieldChange("script", SCRIPT, EDITED)) == (
        '"...khách hàng của AntBuddy.\\nNhấn phím một..." -> "...khách hàng của Antbuddy.\\nNhấn phím một..."; '
        '"...nhân viên, từ tám giờ sáng đến..." -> "...nhân viên, từ chín giờ sáng đến..."'
    )


def test_places_are_counted_where_there_are_many() -> None:
    before = ". ".join(f"sentence number {number} of a very long text" for number in range(9))
    told = changed(FieldChange("script", before, before.replace("sentence", "line")))
    assert told.count(" -> ") == 3 and told.endswith("; and 6 more places")


def test_in_full_the_lines_of_a_text_are_marked_and_then_the_words() -> None:
    told = changed_whole(FieldChange("script", SCRIPT, EDITED))
    assert [line[:14] for line in told] == [
        *("", '- "Xin chào qu', '+ "Xin chào qu', '  "Nhấn phím m', '- "Nhấn phím h', '+ "Nhấn phím h'),
        *('  "Xin cảm ơn.', '  in words: ".'),
    ]


@pytest.mark.parametrize("before", ["(sensitive)", "(known after apply)", "(text of 120 characters)"])
def test_what_is_not_shown_is_not_compared(before: str) -> None:
    after = "Nhấn phím một để nghe lại. " * 4
    assert changed(FieldChange("x", before, after)) == f"{before} -> {worded(after)}"
    assert changed_whole(FieldChange("x", before, after)) == ("", f"- {before}", f"+ {worded(after, None)}")


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("(sensitive)", "(được che)"),
        ("(known after apply)", "(biết sau khi áp dụng)"),
        ("(text of 1,200 characters)", "(văn bản 1.200 ký tự)"),
        ("(text of , characters)", "(text of , characters)"),
        (f"(text of {'9' * 5000} characters)", f"(text of {'9' * 5000} characters)"),
    ],
    ids=["secret", "later", "text", "no length", "no length of ours"],
)
def test_what_stands_in_the_place_of_a_value_is_told_in_the_language(value: str, told: str) -> None:
    assert worded(value, None) == value
    with spoken("vi"):
        assert worded(value, None) == told
