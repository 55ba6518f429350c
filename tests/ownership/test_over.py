"""What is over is not made, nor what depends on it, and is no error. What a plan says of it: test_plan_status."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.ownership.conftest import CALENDAR, CAMPAIGN, PHONEBOOK, SURVEY, Owner
from tests.ownership.test_prune import actions

PLANNED = SURVEY, PHONEBOOK, CAMPAIGN


def over(plan: dict[str, Any]) -> set[str]:
    found = [each for each in plan["findings"] if each["id"] == "over"]
    assert {each["severity"] for each in found} <= {"info"}
    return {each["address"] for each in found}


def later(owner: Owner) -> Owner:
    return replace(owner, now=owner.now.replace(month=3))


def test_what_is_over_is_not_made_nor_what_depends_on_it(owner: Owner) -> None:
    sealed = owner.simulator.create("survey-list", name="Sealed", user=203)
    late = later(owner)
    late.declare(*PLANNED, CALENDAR.replace("SEALED", str(sealed["id"])))
    plan = late.plan()
    assert over(plan) == {"campaign.tet", "event.visit", "alarm.visit"}
    assert not {"campaign.tet", "event.visit", "alarm.visit"} & {address for address, _ in actions(plan)}
    late.apply()
    late.demand_nothing_to_do()
    for kind in ("campaigns", "event", "alarm"):
        assert late.simulator.objects(kind, **({"user": 203} if kind == "campaigns" else {})) == []
