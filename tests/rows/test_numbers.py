"""One number: what a text means, how it is sent, and that SQL and phonenumbers never disagree."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from provisioner.phone import AS_IS, E164, NATIONAL, read, read_live
from provisioner.rows import reasons
from provisioner.rows.number_sql import numbered
from provisioner.rows.sql import BLANKS, literal, seen, visible

REGIONS = ("VN", "US", "GB", "DE", "IT", "BR", "SG", "CA", "AR")


@pytest.mark.parametrize(
    "text",
    [
        "0934890883",
        "+84934890883",
        "84934890883",
        "0084934890883",
        "934890883",
        "0934.890.883",
        "093-489-0883",
        "(093) 489 0883",
        "+84 (0) 934 890 883",
        "０９３４８９０８８３",
        "'0934890883",
        '="0934890883"',
        "093\u00a0489\u00a00883",
    ],
)
def test_one_number_may_be_written_in_many_ways(text: str) -> None:
    assert read(text, "VN").number == 84934890883


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", reasons.NO_NUMBER),
        ("934890883.0", reasons.EXCEL_DECIMALS),
        ("84934890883,00", reasons.EXCEL_DECIMALS),
        ("9.35E+08", reasons.EXCEL_EXPONENT),
        ("9,35e8", reasons.EXCEL_EXPONENT),
        ("0934890883 ext 12", reasons.EXTENSION),
        ("0934890883 x12", reasons.EXTENSION),
        ("0934890883 / 0934890884", reasons.TWO_NUMBERS),
        ("0934890883;0934890884", reasons.TWO_NUMBERS),
        ("0934890883\n0934890884", reasons.TWO_NUMBERS),
        ("0934890883 0934890884", reasons.TWO_NUMBERS),
        ("Linh 0934890883", reasons.NOT_VALID),
        ("1-800-FLOWERS", reasons.NOT_VALID),
        ("12345", reasons.NOT_VALID),
        ("#NAME?", reasons.NOT_VALID),
        ("09348908834890", reasons.NOT_VALID),
        ("x" * 300, reasons.NOT_VALID),
    ],
)
def test_what_is_no_number_has_a_reason(text: str, reason: str) -> None:
    assert read(text, "VN") == (None, "", reason)


def test_a_lost_zero_is_repaired_where_it_is_dialled_before_every_number() -> None:
    assert read("934890883", "VN") == (84934890883, "0934890883", None)
    assert read("0612345678", "IT").number == 390612345678
    assert read("612345678", "IT").reason == reasons.LOST_ZERO


def test_an_area_code_before_a_slash_is_no_second_number() -> None:
    assert read("089/1234567", "DE").number == 49891234567


def test_without_a_region_only_numbers_with_a_plus_are_numbers() -> None:
    assert read("+84934890883", None).number == 84934890883
    assert read("0934890883", None).reason == reasons.NO_REGION


def test_a_server_that_drops_the_plus_makes_no_new_row() -> None:
    assert read_live("84934890883", None).number == 84934890883
    assert read_live("14155552671", "VN").number == read("+14155552671", "VN").number
    assert read_live("1001", "VN").number is None


@pytest.mark.parametrize(
    ("text", "region", "number_format", "sent"),
    [
        ("+84 934 890 883", "VN", NATIONAL, "0934890883"),
        ("0934 890 883", "VN", E164, "+84934890883"),
        ("0934 890 883", "VN", AS_IS, "0934 890 883"),
        ("+1 415 555 2671", "VN", NATIONAL, "+14155552671"),
        ("(415) 555-2671", "US", NATIONAL, "4155552671"),
        ("+39 06 1234 5678", "IT", NATIONAL, "0612345678"),
        ("18001234", "VN", NATIONAL, "18001234"),
        ("+84934890883", None, NATIONAL, "+84934890883"),
    ],
)
def test_numbers_are_sent_in_the_format_of_the_project(
    text: str, region: str | None, number_format: str, sent: str
) -> None:
    assert read(text, region).sent(text, number_format) == sent


@st.composite
def texts(draw: st.DrawFn) -> tuple[str, list[str]]:
    """A region and texts around its numbers: valid, nearly valid, in all the usual dress."""
    region = draw(st.sampled_from(REGIONS))
    kinds = sorted(phonenumbers.PhoneNumberType.values())
    found = []
    for kind in draw(st.lists(st.sampled_from(kinds), min_size=1, max_size=6)):
        example = phonenumbers.example_number_for_type(region, kind)
        nsn = phonenumbers.national_significant_number(example) if example else "123456789"
        kept = draw(st.integers(2, len(nsn)))
        rest = draw(st.text("0123456789", min_size=max(0, len(nsn) - kept - 1), max_size=len(nsn) - kept + 1))
        found += [dressed.strip() for dressed in dresses(nsn[:kept] + rest, region)]
    return region, found


def dresses(nsn: str, region: str) -> Iterator[str]:
    """Ways to write a national number, right ones and wrong ones."""
    country = phonenumbers.country_code_for_region(region)
    yield from (nsn, f"0{nsn}", f"1{nsn}", f"+{country}{nsn}", f"{country}{nsn}", f"00{country}{nsn}", f"{nsn}.0")
    yield from (
        f"({nsn[:3]}) {nsn[3:]}",
        f"+{country} (0){nsn}",
        f"0{nsn[:4]}.{nsn[4:]}",
        f"+1{nsn}",
        f"8-{nsn}",
        f"-{nsn}",
    )


@settings(max_examples=100, deadline=None)
@given(texts())
def test_sql_decides_as_phonenumbers_does(case: tuple[str, list[str]]) -> None:
    region, written = case
    values = ", ".join(f"({literal(text)})" for text in written)
    for number_format in (NATIONAL, E164, AS_IS):
        query = numbered(f"(SELECT * FROM (VALUES {values}) AS v(text))", region, number_format)
        for text, number, sent in duckdb.execute(f"SELECT text, number, sent FROM ({query})").fetchall():
            reading = read(text, region)
            if number is not None:
                assert (number, sent) == (reading.number, reading.sent(text, number_format))
            if reading.number is not None:
                assert read(reading.sent(text, number_format), region).number == reading.number


@pytest.mark.parametrize(
    ("region", "text"), [("VN", "0934890883"), ("US", "4155552671"), ("DE", "015112345678"), ("IT", "3123456789")]
)
def test_the_usual_mobile_number_is_decided_in_sql(region: str, text: str) -> None:
    query = numbered(f"(SELECT {literal(text)} AS text)", region, NATIONAL)
    assert duckdb.execute(f"SELECT number IS NOT NULL, sent FROM ({query})").fetchone() == (True, text)


@given(st.text(st.sampled_from(f"09+~!a é\u200b\ufeff{BLANKS}"), max_size=6))
@settings(max_examples=100, deadline=None)
def test_what_sql_sees_of_a_text_is_what_python_sees(text: str) -> None:
    with duckdb.connect() as connection:
        assert connection.execute(f"SELECT {visible('text')} FROM (SELECT $1 AS text)", [text]).fetchall() == [
            (seen(text),)
        ]
