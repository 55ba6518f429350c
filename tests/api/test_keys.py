"""The small set of keys is a set."""

from __future__ import annotations

import tracemalloc

from hypothesis import given
from hypothesis import strategies as st

from provisioner.api.pagination import Key, Keys

IDS = st.integers(-300, 2000) | st.integers(2**62, 2**63)
KEYS = IDS | st.sampled_from(["7", "/contact/7/", b"7"])


@given(st.lists(KEYS), st.lists(st.lists(IDS, max_size=8)), st.lists(KEYS))
def test_it_holds_what_a_set_holds(first: list[Key], pages: list[list[int]], asked: list[Key]) -> None:
    keys, expected = Keys(), set[Key]()
    for key in first:
        keys.add(key)
        expected.add(key)
    for ids in pages:
        new = len({*ids}) == len(ids) and expected.isdisjoint(ids)
        assert keys.add_new(ids) is new
        expected |= {*ids} if new else set()
    assert len(keys) == len(expected)
    assert all((key in keys) == (key in expected) for key in [*first, *asked, *(id for ids in pages for id in ids)])


def test_a_million_ids_take_less_than_a_megabyte() -> None:
    keys = Keys()
    tracemalloc.start()
    try:
        assert all(keys.add_new(range(start, start + 1000)) for start in range(1, 1_000_000, 1000))
        assert tracemalloc.get_traced_memory()[0] < 1_000_000
    finally:
        tracemalloc.stop()
    assert len(keys) == 1_000_000
