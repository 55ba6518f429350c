"""Live rows into a file and back: the difference is nothing, whatever is in them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from provisioner.model import Address, Rows, Source
from provisioner.rows import RowCopy, Workspace
from provisioner.rows.copy import headings, nameable
from provisioner.rows.tables import shape_of

VIP, DNC = Address("phonebook", "vip"), Address("dnc_list", "opt-outs")
ODD = "\r\n\t\x00\x1a\x1f\"',;\\ \u00a0\u2028\ufeffe\u0301NULL#0"
NUMBERS = ("0934890883", "+84934890883", "84934890884", "0934 890 885", "12", "", "0084934890886", "x0934890887")
TEXT = st.text(st.sampled_from(ODD) | st.characters(exclude_categories=["Cs"]), max_size=6)
JSON = st.recursive(st.none() | st.booleans() | st.integers(0, 9) | TEXT, lambda inner: st.lists(inner, max_size=2))
NAMES = st.sampled_from(("amount", "email", "status", "contact", "a;b", "a,b", 'q"', " x", "0934890883", "", "Đ", "é"))
ROWS = st.lists(
    st.fixed_dictionaries(
        {"contact": st.sampled_from(NUMBERS)},
        optional={
            "status": st.sampled_from((0, 1)),
            "first_name": TEXT,
            "last_name": st.just("x" * 121),
            "description": TEXT,
            "email": st.sampled_from(("a@khach.example", "no mail")),
            "country": st.sampled_from(("VN", "vn", "x")),
            "additional_vars": st.dictionaries(NAMES | TEXT, JSON, max_size=3) | JSON,
        },
    ),
    max_size=8,
)


@pytest.fixture(scope="module")
def space() -> Iterator[Workspace]:
    with tempfile.TemporaryDirectory() as folder, Workspace(Path(folder)) as found:
        yield found


def declared(copied: RowCopy, path: Path) -> Rows:
    """As a manifest would: nothing is forgiven."""
    on_missing = "deactivate" if copied.complete else "keep"
    files = (path,) if copied.rows else ()
    return Rows(Source("", 1, 1), files, columns=copied.columns, variables=copied.variables, on_missing=on_missing)


@pytest.mark.long
@given(ROWS)
@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[*HealthCheck])
def test_what_is_copied_changes_nothing(space: Workspace, rows: list[dict[str, Any]]) -> None:
    path = space.root / "vip.csv"
    space.load_live(
        {VIP: 7}, [[{"id": index, "phonebook": 7, **row} for index, row in enumerate(rows, 1)]], region="VN"
    )
    copied = space.copy_live(VIP, path)
    assert copied.rows + copied.repeated + copied.left_out == len(rows)
    assert path.exists() == bool(copied.rows)
    space.load_source(VIP, declared(copied, path), region="VN")
    change = space.difference(VIP)
    assert (change.add, change.change, change.remove if copied.rows else 0) == (0, 0, 0)
    assert change.unchanged == copied.rows


@pytest.mark.parametrize("number_format", ["national", "e164", "as_is"])
def test_numbers_of_a_list_are_copied_where_they_are_sent_as_they_are(space: Workspace, number_format: str) -> None:
    path, texts = space.root / "dnc.csv", ("0934890883", "+84934890883", "0934890883", "12", "0934 890 885", "")
    rows = [{"id": index, "dnc": "3", "phone_number": text} for index, text in enumerate(texts)]
    space.load_live({DNC: 3}, [rows], region="VN")
    copied = space.copy_live(DNC, path, number_format=number_format)
    space.load_source(DNC, declared(copied, path), region="VN", number_format=number_format)
    change = space.difference(DNC)
    assert (change.add, change.unchanged) == (0, copied.rows)
    assert copied.rows == {"national": 1, "e164": 1, "as_is": 3}[number_format] and copied.repeated == 1


def test_a_variable_may_be_called_like_a_field() -> None:
    heads = headings(shape_of(VIP), ["first_name"], ["status", "status_", "first_name"])
    assert heads.cells == ["contact", "first_name_", "status__", "status", "status_", "first_name"]
    assert heads.columns == {"contact": "contact", "first_name": "first_name_", "status": "status__"}


@pytest.mark.parametrize(("name", "is_one"), [("amount", True), ("Số tiền", True), ("a,b", True), ("a;b", False),
                                              ("", False), (" a", False), ("a\n", False), ("0934 890 883", False),
                                              ("e\u0301", False), ("x" * 201, False)])  # fmt: skip
def test_names_that_a_header_can_hold(name: str, is_one: bool) -> None:
    assert nameable(name) is is_one
