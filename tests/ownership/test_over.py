"""What is over is neither made nor changed, and is no error; a campaign that ended cannot be revived by other dates."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

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


@pytest.mark.parametrize("status", [4, 5])
def test_what_is_over_and_live_is_left_as_it_is(owner: Owner, status: int) -> None:
    owner.declare_and_apply(*PLANNED)
    owner.simulator.change("campaigns", owner.id_of("campaigns"), status=status)
    owner.declare(SURVEY, PHONEBOOK, CAMPAIGN.replace("frequency: 10", "frequency: 20"), "    status: started\n")
    plan = owner.plan()
    assert (over(plan), actions(plan)) == ({"campaign.tet"}, [])
    owner.apply()
    owner.demand_nothing_to_do()


def test_other_dates_do_not_revive_it(owner: Owner) -> None:
    owner.declare_and_apply(*PLANNED)
    owner.simulator.change("campaigns", owner.id_of("campaigns"), status=4)
    owner.declare(SURVEY, PHONEBOOK, CAMPAIGN.replace("2027-01-30T17", "2027-03-30T17"))
    said = owner.run("plan")
    assert said.code == 1
    assert "expirationdate: it has ended and cannot be revived: declare a new key and name (campaign.tet)" in said.err


def test_what_has_ended_by_its_date_is_left_as_it_is(owner: Owner) -> None:
    owner.declare_and_apply(*PLANNED)
    late = later(owner)
    late.declare(SURVEY, PHONEBOOK, CAMPAIGN.replace("frequency: 10", "frequency: 20"))
    assert (over(late.plan()), actions(late.plan())) == ({"campaign.tet"}, [])
    late.apply()
    late.demand_nothing_to_do()
