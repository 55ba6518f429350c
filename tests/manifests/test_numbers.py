"""Telephone numbers: one rule for manifests and rows, which the quick way agrees with; nothing repeats a number."""

from __future__ import annotations

import phonenumbers
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from provisioner.phone import AS_IS, E164, NATIONAL, NumberFormat, WrongNumber, read

REGIONS = ["VN", "US", "GB", "FR", "DE", "IT", "BR", "MX", "AR", "TH", "AU", "JP", "SG", "RU", "CI"]


@pytest.mark.parametrize(
    ("written", "national", "e164"),
    [
        ("0934890883", "0934890883", "+84934890883"),
        ("+84934890883", "0934890883", "+84934890883"),
        ("0934 890 883", "0934890883", "+84934890883"),
        ("(093) 489-08.83", "0934890883", "+84934890883"),
        ("934890883", "0934890883", "+84934890883"),
        ("02838222222", "02838222222", "+842838222222"),
        ("19001234", "19001234", "+8419001234"),
        ("+12025550123", "+12025550123", "+12025550123"),
    ],
)
def test_a_number_is_sent_in_the_chosen_format(written: str, national: str, e164: str) -> None:
    assert NumberFormat("VN", "national").sent(written) == national
    assert NumberFormat("VN", "e164").sent(written) == e164
    assert NumberFormat("VN", "as_is").sent(written) == written


@pytest.mark.parametrize(
    "written",
    [
        "",
        "12345",
        "934890883.0",
        "9.34890883E8",
        "0934890883 ext 5",
        "tel:0934890883",
        "０９３４８９０８８３",
        "abc",
        "+",
        "113",
        "+84",
        "0934890883, 0934890884",
        "1800-FLOWERS",
        "00000000000",
        "+99912345678",
    ],
)
@pytest.mark.parametrize("number_format", ["national", "e164", "as_is"])
def test_what_is_no_number_is_refused_and_not_repeated(written: str, number_format: str) -> None:
    with pytest.raises(WrongNumber) as caught:
        NumberFormat("VN", number_format).sent(written)
    assert not written or written not in str(caught.value).replace("0934890883 or +84934890883", "")


def test_without_a_region_a_number_passes_as_written_and_one_with_a_plus_is_judged() -> None:
    assert NumberFormat().sent("12345") == "12345"
    assert NumberFormat().sent("+84 934 890 883") == "+84934890883"
    with pytest.raises(WrongNumber, match="of any country"):
        NumberFormat().sent("+8412")


@example("DE", "04930000")  # like a fixed-line number of Germany, and like no number of Germany at all
@given(st.sampled_from(REGIONS), st.from_regex(r"0?[0-9]{7,11}", fullmatch=True))
@settings(max_examples=500, deadline=None)
def test_the_quick_way_and_phonenumbers_agree(region: str, written: str) -> None:
    try:
        expected = phonenumbers.is_valid_number(phonenumbers.parse(written, region))
    except phonenumbers.NumberParseException:
        expected = False
    numbers = NumberFormat(region, "e164")
    try:
        sent = numbers.sent(written)
    except WrongNumber:
        assert not expected
    else:
        assert expected
        parsed = phonenumbers.parse(written, region)
        assert sent == phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
        assert phonenumbers.parse(NumberFormat(region, "national").sent(written), region) == parsed


@pytest.mark.parametrize("region", sorted(phonenumbers.SUPPORTED_REGIONS))
def test_every_regions_example_is_a_number_in_its_region(region: str) -> None:
    example = phonenumbers.example_number_for_type(region, phonenumbers.PhoneNumberType.MOBILE)
    if example is None:
        pytest.skip("no mobile numbers")
    national = NumberFormat(region, "national").sent(
        f"+{example.country_code}{phonenumbers.national_significant_number(example)}"
    )
    assert NumberFormat(region, "e164").sent(national) == phonenumbers.format_number(
        example, phonenumbers.PhoneNumberFormat.E164
    )


@pytest.mark.parametrize("between", [", ", "/", "\n", "\r\n", " ; "])
def test_two_numbers_in_one_text_are_told_as_two(between: str) -> None:
    with pytest.raises(WrongNumber, match="holds two telephone numbers; write each by itself"):
        NumberFormat("VN", "national").sent(f"0934890883{between}0934890884")


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("0934890883 0934890884", "holds two telephone numbers"),
        ("0934890883 ext 5", "has an extension"),
        ("934890883.0", "is written with decimals"),
        ("1800000.0", "is written with decimals"),  # and would be another number with that zero
        ("9.34890883E8", "is written with an exponent"),
        ("call Linh", "is not a telephone number; write digits only"),
        ("０９３４８９０８８３", "is not a telephone number; write digits only"),
        ("12345", "is not a valid telephone number of region VN"),
    ],
)
def test_what_is_wrong_is_what_rows_are_told(written: str, said: str) -> None:
    with pytest.raises(WrongNumber, match=said):
        NumberFormat("VN").sent(written)


def test_a_lost_zero_is_told_where_it_cannot_be_repaired() -> None:
    with pytest.raises(WrongNumber, match="lost its leading zero"):
        NumberFormat("IT").sent("612345678")


@given(
    st.sampled_from(REGIONS),
    st.sampled_from([NATIONAL, E164, AS_IS]),
    st.from_regex(r"(\+84|\+1)?0?[0-9]{2,4}[ .-]?[0-9]{3,7}(\.0)?", fullmatch=True),
)
@settings(max_examples=300, deadline=None)
def test_a_manifest_sends_what_a_row_of_a_file_does(region: str, number_format: str, written: str) -> None:
    reading = read(written, region)
    if reading.reason is None:
        assert NumberFormat(region, number_format).sent(written) == reading.sent(written, number_format)
    else:
        with pytest.raises(WrongNumber):
            NumberFormat(region, number_format).sent(written)
