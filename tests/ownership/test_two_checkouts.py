"""Two checkouts with states of their own, applied at the same time: both make what neither saw. Then each says how to
merge the two, nothing is changed to and fro, nobody is called twice, and the rest goes on."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.faults import victims
from tests.ownership.conftest import CAMPAIGN, PHONEBOOK, SURVEY, Owner
from tests.ownership.test_prune import DNC, actions
from tests.ownership.test_unsettled import deferred, errors

STARTED = "    status: started\n"
SLOWLY = ("apply", "--auto-approve", "--allow-calls", "--parallelism", "1")


def both(owner: Owner, *parts: str) -> tuple[Owner, Owner, str]:
    """The checkout whose apply began first, the one that overtook it, and what the first one said at the end."""
    other = replace(owner, directory=owner.directory / "other")
    other.write("alice.yaml", (owner.directory / "alice.yaml").read_text())
    first = replace(owner, directory=owner.directory / "first")
    first.write("alice.yaml", (owner.directory / "alice.yaml").read_text())
    for each in (first, other):
        each.declare(*parts)
    owner.simulator.hold(1, mode="late", scope="writes")
    report = first.directory / "report.txt"
    process = victims.start(
        first.directory, owner.simulator, command=(*SLOWLY, "--output", f"text={report}"), timeout=25
    )
    victims.wait_until_held(process, owner.simulator)
    other.apply()
    owner.simulator.release()
    process.ended()
    return first, other, report.read_text()


@pytest.mark.parametrize("status", ["", STARTED], ids=["not started", "started"])
def test_two_at_once_are_told_how_to_merge_and_go_on(owner: Owner, status: str) -> None:
    first, other, said = both(owner, SURVEY, PHONEBOOK, DNC, CAMPAIGN, status)
    [campaign] = owner.simulator.objects("campaigns", user=203)
    assert f"another run has created it in the meantime (id {campaign['id']}): run apply again to adopt it" in said
    theirs, ours = (each["id"] for each in owner.simulator.objects("phonebook", name="VIP", user=203))
    assert campaign["phonebook"] == [theirs]
    plan = first.plan()
    assert errors(plan)["phonebook.vip"] == (
        f"there are 2 live phonebooks of this name: id {ours} is recorded here, but campaign.tet uses id {theirs}: two "
        "runs created them at the same time; pin the one to keep with `id:`, with the contacts that it should have, "
        "and delete the other in Alice's web page"
    )
    assert deferred(plan)["campaign.tet"].endswith("which is not settled")
    assert actions(plan) == []
    [told] = [each for each in plan["findings"] if each["id"] == "duplicate" and each["address"] == "dnc_list.opt-outs"]
    assert "used by nothing, is recorded here" in told["message"]
    first.apply()
    first.demand_nothing_to_do()
    assert errors(other.plan()) == {}
    other.demand_nothing_to_do()
    [now] = owner.simulator.objects("campaigns", user=203)
    assert now["phonebook"] == [theirs]
    pinned = PHONEBOOK.replace("name: VIP", f"name: VIP, id: {theirs}")
    surveys = [each["id"] for each in owner.simulator.objects("survey-template", name="Promo", user=203)]
    survey = SURVEY.replace("name: Promo", f"id: {surveys[0]}\n    name: Promo")
    first.declare(survey, pinned, DNC, CAMPAIGN, status)
    assert "phonebook.vip" not in errors(first.plan())


def test_a_third_checkout_is_told_which_one_is_used(owner: Owner) -> None:
    first, _, _ = both(owner, SURVEY, PHONEBOOK, DNC, CAMPAIGN)
    third = replace(first, directory=owner.directory / "third")
    third.write("alice.yaml", (owner.directory / "alice.yaml").read_text())
    third.declare(SURVEY, PHONEBOOK, DNC, CAMPAIGN)
    said = third.run("plan")
    assert said.code == 1
    one, other = (each["id"] for each in owner.simulator.objects("phonebook", name="VIP", user=203))
    [campaign] = owner.simulator.objects("campaigns", user=203)
    message = (
        f"several live phonebooks match (ids {one}, {other}): pin one with `id:` (campaign {campaign['id']} uses id"
    )
    assert message in said.err
