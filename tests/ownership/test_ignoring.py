"""`lifecycle.ignore_changes`: what somebody else looks after is neither compared, written nor remembered as ours."""

from __future__ import annotations

from tests.ownership.conftest import CAMPAIGN, PHONEBOOK, PROJECT, SURVEY, Owner
from tests.ownership.test_prune import actions

IGNORED = "    lifecycle: {ignore_changes: [frequency, status]}\n"
STARTED = "    status: started\n"


def test_an_update_of_another_field_leaves_it_as_it_is(owner: Owner) -> None:
    owner.declare_and_apply(SURVEY, PHONEBOOK, CAMPAIGN, IGNORED)
    owner.simulator.change("campaigns", owner.id_of("campaigns"), frequency=25)
    owner.declare_and_apply(SURVEY, PHONEBOOK, CAMPAIGN, "    description: New\n", IGNORED)
    [campaign] = owner.simulator.objects("campaigns")
    assert (campaign["description"], campaign["frequency"]) == ("New", 25)


def status(owner: Owner) -> object:
    [campaign] = owner.simulator.objects("campaigns")
    return campaign["status"]


def test_an_ignored_status_is_set_on_creation_and_then_left_to_others(owner: Owner) -> None:
    owner.declare_and_apply(SURVEY, PHONEBOOK, CAMPAIGN, IGNORED, STARTED)
    assert status(owner) == 1
    owner.simulator.change("campaigns", owner.id_of("campaigns"), status=2)
    owner.demand_nothing_to_do()
    owner.declare_and_apply(SURVEY, PHONEBOOK, CAMPAIGN, IGNORED, STARTED, "    description: New\n")
    assert status(owner) == 2
    owner.declare(SURVEY, PHONEBOOK, CAMPAIGN, STARTED, "    description: New\n")
    plan = owner.plan()
    assert (actions(plan), [each["id"] for each in plan["findings"]][:1]) == ([], ["stopped-outside"])


def test_a_start_on_creation_that_was_not_tried_is_tried_by_the_next_run(owner: Owner) -> None:
    owner.simulator.variants(max_name=5)
    owner.write("alice.yaml", PROJECT.format(endpoint=owner.simulator.endpoint) + 'checks: {content: "off"}\n')
    owner.declare(SURVEY, PHONEBOOK, CAMPAIGN, IGNORED, STARTED, "dnc_lists: {opt-outs: {name: Too long a name}}\n")
    assert owner.run("apply", "--auto-approve", "--allow-calls", "--on-error", "continue").code == 4
    assert status(owner) == 2
    owner.simulator.variants(max_name=0)
    owner.apply()
    assert status(owner) == 1
    owner.demand_nothing_to_do()


def test_a_campaign_that_was_stopped_before_it_was_made_stays_so_although_its_status_is_ignored(owner: Owner) -> None:
    owner.declare(SURVEY, PHONEBOOK, CAMPAIGN, IGNORED, STARTED)
    owner.succeed("stop", "campaign.tet")
    owner.apply()
    owner.apply()
    assert status(owner) == 2


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
