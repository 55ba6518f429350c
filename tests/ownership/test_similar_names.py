"""What would be made beside an object of almost its name is told, with the id to pin; after that nothing is."""

from __future__ import annotations

import unicodedata

import pytest

from tests.ownership.conftest import PHONEBOOK, Owner

LIKE_VIP = {
    "capitals": ("Khách VIP", "khách vip"),
    "no-break space": ("Khách VIP", "Khách\u00a0VIP"),
    "zero-width space": ("Khách VIP", "Khách\u200b VIP"),
    "byte order mark": ("Khách VIP", "\ufeffKhách VIP"),
    "two blanks": ("Khách VIP", "Khách  VIP"),
    "wide letters": ("Khách VIP", "Khách ＶＩＰ"),
    "declared oddly": ("Khách\u00a0VIP", "Khách VIP"),
}


def similar(owner: Owner) -> list[str]:
    return [each["message"] for each in owner.plan()["findings"] if each["id"] == "similar-name"]


@pytest.mark.parametrize(("declared", "live"), LIKE_VIP.values(), ids=LIKE_VIP)
def test_an_object_of_almost_that_name_is_told(owner: Owner, declared: str, live: str) -> None:
    made = owner.simulator.create("phonebook", name=live, user=203)
    owner.declare(PHONEBOOK.replace("name: VIP", f'name: "{declared}"'))
    (message,) = similar(owner)
    assert f"beside the one with id {made['id']}, whose name looks alike" in message
    owner.apply()
    assert similar(owner) == []
    owner.demand_nothing_to_do()


def test_what_is_another_name_or_another_users_or_the_same_is_not_told(owner: Owner) -> None:
    for name, user in (("VIP 2", 203), ("V-IP", 203), ("vip", 104)):
        owner.simulator.create("phonebook", name=name, user=user)
    owner.declare(PHONEBOOK)
    assert similar(owner) == []
    owner.simulator.create("phonebook", name=unicodedata.normalize("NFD", "Vịp"), user=203)
    owner.declare(PHONEBOOK.replace("name: VIP", "name: Vịp"))
    assert similar(owner) == [], "another Unicode form of a name is the same name"


def test_a_pin_settles_it(owner: Owner) -> None:
    made = owner.simulator.create("phonebook", name="vip", user=203)
    owner.declare(PHONEBOOK.replace("name: VIP", f"name: VIP, id: {made['id']}"))
    assert similar(owner) == []
