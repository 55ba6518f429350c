"""The sentences of the gates: they name what they are about, and stay readable when that is much."""

from __future__ import annotations

import pytest

from provisioner.model import Address, Finding
from provisioner.plan.gates import NAMED, errors_found, needs_calls
from provisioner.plan.model import Action, Change, RowChange
from provisioner.plan.options import PlanOptions

ROWS = (RowChange(Address("phonebook", "vip"), add=3, calls=3),)


def ringing(number: int) -> tuple[Change, ...]:
    return tuple(Change(Address("alarm", f"k{index}"), Action.CREATE, calls=True) for index in range(number))


def test_what_rings_is_named() -> None:
    assert [*needs_calls(ringing(2), ROWS, PlanOptions())] == [
        "alarm.k0, alarm.k1, rows of phonebook.vip (3) would place calls; pass --allow-calls to permit it"
    ]
    assert [*needs_calls(ringing(2), ROWS, PlanOptions(allow_calls=True))] == []


def test_of_much_that_rings_the_first_are_named_and_the_rest_is_counted() -> None:
    [reason] = needs_calls(ringing(10_000), ROWS, PlanOptions())
    assert reason.count("alarm.k") == NAMED
    assert "alarm.k9, 9,991 more would place calls; pass --allow-calls" in reason


@pytest.mark.parametrize(
    ("name", "about", "changed", "rings", "refuses"),
    [
        ("unsettled", "alarm.a", "alarm.b", True, False),
        ("unsettled", "campaign.a", "alarm.b", True, False),
        ("unsettled", "dnc_list.a", "alarm.b", True, True),
        ("unsettled", "dnc_list.a", "phonebook.b", False, False),
        ("dnc-scrub", "campaign.a", "alarm.b", True, True),
        ("dnc-scrub", "campaign.a", "phonebook.b", False, False),
        ("dnc-scrub", "campaign.a", "campaign.a", False, True),
    ],
)
def test_an_error_refuses_what_it_is_about(name: str, about: str, changed: str, rings: bool, refuses: bool) -> None:
    finding = Finding(name, "error", "what", Address.parse(about))
    change = Change(Address.parse(changed), Action.CREATE, calls=rings)
    assert bool([*errors_found([finding], [change], [], {})]) is refuses
