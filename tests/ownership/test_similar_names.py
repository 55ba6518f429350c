"""What would be made beside an object of almost its name is told, with the id to pin; after that nothing is."""

from __future__ import annotations

from tests.ownership.conftest import PHONEBOOK, Owner


def similar(owner: Owner) -> list[str]:
    return [each["message"] for each in owner.plan()["findings"] if each["id"] == "similar-name"]


def test_an_object_of_almost_that_name_is_told(owner: Owner) -> None:
    made = owner.simulator.create("phonebook", name="Khách\u00a0VIP", user=203)
    owner.declare(PHONEBOOK.replace("name: VIP", "name: Khách VIP"))
    (message,) = similar(owner)
    assert f"beside the one with id {made['id']}, whose name looks alike" in message
    owner.apply()
    assert similar(owner) == []
    owner.demand_nothing_to_do()
