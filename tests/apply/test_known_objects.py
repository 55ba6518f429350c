"""What a creation in flight leaves for the next run: which objects it may not be taken for, and not all there are."""

from __future__ import annotations

from typing import Any

import pytest

from provisioner.apply.work import KnownObjects
from provisioner.model import LiveObject, Unknown
from provisioner.resources import KINDS
from provisioner.simulator.process import Simulator
from provisioner.state import open_store
from tests.apply.conftest import books
from tests.factories import alice
from tests.operator import Operator
from tests.proxy import in_front_of

BOOK, SECTION = KINDS["phonebook"], KINDS["section"]


def live(kind: Any, number: int, **fields: Any) -> LiveObject:
    return LiveObject(kind.name, number, fields)


@pytest.mark.parametrize(
    ("sent", "like"),
    [
        ({"survey": 1, "question": "Hi"}, {1, 4, 5, 6}),
        ({"survey": 1, "question": "Ho"}, {2, 4, 6}),
        ({"survey": 2, "question": "Hi"}, {3, 5, 6}),
        ({"survey": 3, "question": "Hu"}, {6}),
    ],
)
def test_only_what_may_have_its_natural_key_is_like_it(sent: dict[str, Any], like: set[int]) -> None:
    there = [
        live(SECTION, 1, survey=1, question="Hi"),
        live(SECTION, 2, survey=1, question="Ho"),
        live(SECTION, 3, survey=2, question="Hi"),
        live(SECTION, 4, survey=1, question=Unknown("in a form that nobody knows")),
        live(SECTION, 5, question="Hi"),
        live(SECTION, 6),
    ]
    before = KnownObjects(SECTION, there)
    assert before.ids == {1, 2, 3, 4, 5, 6}
    assert before.like(live(SECTION, 0, **sent)) == like


def test_an_entry_in_the_journal_is_small_however_much_is_there(operator: Operator, simulator: Simulator) -> None:
    """Read by somebody else while the request is on its way."""
    for number in range(50):
        simulator.create("phonebook", name=f"Other {number}")
    operator.write("manifest.yaml", books(1))
    found: list[tuple[int, ...]] = []

    def look(method: str, path: str) -> None:
        if method == "POST" and path.endswith("/phonebook/"):
            url = "sqlite:///.alice/state.db"
            with open_store(url, directory=operator.directory, project="apply", environment="default") as state:
                found.extend(entry.known_ids for entry in state.pending())

    with in_front_of(simulator) as proxy:
        proxy.before = look  # type: ignore[method-assign]
        operator.write("alice.yaml", alice("apply").format(endpoint=proxy.endpoint))
        operator.apply()
    assert found == [()]
