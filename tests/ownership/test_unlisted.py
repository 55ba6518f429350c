"""A list that leaves out what is there: GET by id is asked before anything is taken to be gone, or not to exist."""

from __future__ import annotations

import pytest

from tests.ownership.conftest import CALENDAR, PHONEBOOK, SURVEY, Owner
from tests.ownership.test_prune import actions

LOST = {"faults": "drop-before", "fault_rate": 1, "fault_scope": "writes"}


def bot(owner: Owner) -> str:
    """A calendar user in the manifest, of whom the state knows nothing; his id."""
    sealed = owner.simulator.create("survey-list", name="Sealed", user=203)["id"]
    owner.declare_and_apply(CALENDAR[: CALENDAR.index("calendars:")].replace("SEALED", str(sealed)))
    (owner.directory / ".alice" / "state.db").unlink()
    owner.apply("--target", "calendar_setting.clinic")
    return str(owner.id_of("calendar-user", username="clinic-bot"))


@pytest.mark.parametrize("variant", ["list_hides", "forbidden_list"])
def test_what_only_a_get_by_id_shows_is_adopted_and_stays(owner: Owner, variant: str) -> None:
    number = bot(owner)
    owner.simulator.variants(**{variant: "calendar-user"})
    said = owner.succeed("state", "adopt", "calendar_user.bot", number).out
    assert said == f"adopted calendar_user.bot: id {number}\n"
    assert actions(owner.plan()) == []
    owner.apply()
    owner.demand_nothing_to_do()


@pytest.mark.parametrize("variant", ["list_hides", "forbidden_list"])
def test_what_neither_shows_is_not_adopted(owner: Owner, variant: str) -> None:
    bot(owner)
    owner.simulator.variants(**{variant: "calendar-user"})
    said = owner.run("state", "adopt", "calendar_user.bot", "4711")
    assert said.code == 1
    assert "no calendar user has the id 4711 on the server" in said.err


def test_what_is_recorded_and_no_longer_listed_is_not_made_again(owner: Owner) -> None:
    owner.declare_and_apply(SURVEY, PHONEBOOK)
    owner.simulator.variants(list_hides="phonebook,survey-template")
    plan = owner.plan()
    assert (plan["changes"], plan["drift"]) == ([], [])
    owner.demand_nothing_to_do()
    owner.declare(SURVEY, PHONEBOOK.replace("name: VIP", "name: VIP, description: Best"))
    assert actions(owner.plan()) == [("phonebook.vip", "update")]
    owner.simulator.delete("phonebook", owner.id_of("phonebook", name="VIP"))
    assert actions(owner.plan()) == [("phonebook.vip", "create")]


def test_a_lost_delete_of_what_the_server_does_not_show_is_not_believed(owner: Owner) -> None:
    owner.simulator.variants(delete="all", forbidden_get="section-template")
    owner.declare_and_apply(SURVEY)
    owner.declare("surveys: {promo: {name: Promo}}\n")
    prune = ("--prune", "--max-remove-percent", "100", "--auto-approve", "--timeout", "0.2")
    owner.simulator.variants(**LOST)
    assert owner.run("apply", *prune).code == 4
    owner.simulator.variants(faults="")
    assert "section.promo.hi" in owner.succeed("state", "list").out
    owner.succeed("apply", *prune)
    assert owner.simulator.objects("section-template", survey=351) == []
    owner.demand_nothing_to_do()
