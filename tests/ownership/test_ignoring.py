"""`lifecycle.ignore_changes`: what somebody else looks after is neither compared, written nor remembered as ours."""

from __future__ import annotations

from tests.ownership.conftest import CAMPAIGN, PHONEBOOK, SURVEY, Owner
from tests.ownership.test_prune import actions

IGNORED = "    lifecycle: {ignore_changes: [frequency, status]}\n"
STARTED = "    status: started\n"


def test_an_update_of_another_field_leaves_it_as_it_is(owner: Owner) -> None:
    owner.declare_and_apply(SURVEY, PHONEBOOK, CAMPAIGN, IGNORED)
    owner.simulator.change("campaigns", owner.id_of("campaigns"), frequency=25)
    owner.declare_and_apply(SURVEY, PHONEBOOK, CAMPAIGN, "    description: New\n", IGNORED)
    [campaign] = owner.simulator.objects("campaigns")
    assert (campaign["description"], campaign["frequency"]) == ("New", 25)


def test_an_ignored_status_is_managed_by_somebody_else_also_when_it_is_created(owner: Owner) -> None:
    owner.declare_and_apply(SURVEY, PHONEBOOK, CAMPAIGN, IGNORED, STARTED)
    [campaign] = owner.simulator.objects("campaigns")
    assert campaign["status"] == 2
    owner.declare(SURVEY, PHONEBOOK, CAMPAIGN, STARTED)
    plan = owner.plan()
    assert plan["drift"] == []
    assert actions(plan) == [("campaign.tet", "update")]
    owner.apply()
    owner.demand_nothing_to_do()


def test_what_is_ignored_no_longer_is_compared_again(owner: Owner) -> None:
    owner.declare_and_apply(SURVEY, PHONEBOOK, CAMPAIGN)
    owner.declare_and_apply(SURVEY, PHONEBOOK, CAMPAIGN.replace("frequency: 10", "frequency: 20"), IGNORED)
    assert owner.plan()["drift"] == []
    owner.declare(SURVEY, PHONEBOOK, CAMPAIGN.replace("frequency: 10", "frequency: 20"))
    plan = owner.plan()
    assert plan["drift"] == []
    assert plan["changes"][0]["fields"] == [{"path": "frequency", "before": 10, "after": 20}]


def test_a_change_of_what_cannot_be_read_is_made_once_it_is_ignored_no_longer(owner: Owner) -> None:
    owner.simulator.variants(forbidden_get="section-template")
    owner.declare_and_apply(SURVEY)
    changed = SURVEY.replace("Hello there", "Good day")
    owner.declare_and_apply(changed.replace("key: hi,", "key: hi, lifecycle: {ignore_changes: [script]},"))
    owner.declare(changed)
    assert actions(owner.plan()) == [("section.promo.hi", "update")]
    owner.apply()
    owner.demand_nothing_to_do()
