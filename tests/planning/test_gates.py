"""The sentences of the gates: they name what they are about, and stay readable when that is much."""

from __future__ import annotations

from provisioner.model import Action, Address, Change, RowChange
from provisioner.planning.gates import NAMED, needs_calls
from provisioner.planning.options import Options

ROWS = (RowChange(Address("phonebook", "vip"), add=3, calls=3),)


def ringing(number: int) -> tuple[Change, ...]:
    return tuple(Change(Address("alarm", f"k{index}"), Action.CREATE, calls=True) for index in range(number))


def test_what_rings_is_named() -> None:
    assert [*needs_calls(ringing(2), ROWS, Options())] == [
        "telephones would ring because of alarm.k0, alarm.k1, rows of phonebook.vip (3): "
        "add --allow-calls if that is wanted"
    ]
    assert [*needs_calls(ringing(2), ROWS, Options(allow_calls=True))] == []


def test_of_much_that_rings_the_first_are_named_and_the_rest_is_counted() -> None:
    [reason] = needs_calls(ringing(10_000), ROWS, Options())
    assert reason.count("alarm.k") == NAMED
    assert "alarm.k9, 9,991 more: add --allow-calls" in reason
