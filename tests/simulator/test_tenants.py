"""Whose rows one sees and may write. See docs/alice-api.md#owners."""

from collections.abc import Callable

from .client import Api


def test_another_tenants_objects_do_not_exist(api: Api) -> None:
    assert api.rows("phonebook") == []
    for method in ("GET", "PUT"):
        assert api.send(method, "phonebook/292/", {"name": "Mine"}).status_code == 404
    assert api.get("gateway/25/").status_code == 404


def test_shared_samples_are_in_everybodys_list_but_nobody_elses_to_change(api: Api) -> None:
    sample = api.rows("survey-template")[0]
    assert (sample["id"], sample["user"], sample["is_onboarding"]) == (350, 104, True)
    assert api.one("survey-template", 350)["name"] == "Khảo sát mẫu"
    assert api.put("survey-template", 350, name="Mine").status_code == 404


def test_a_section_can_be_added_to_anybodys_template(api: Api, user: Callable[[str], Api]) -> None:
    section = api.create("section-template", survey=350)["id"]
    assert api.rows("section-template") == []
    assert section in [row["id"] for row in user("acme").rows("section-template")]


def test_a_superuser_sees_every_tenants_objects(api: Api, user: Callable[[str], Api]) -> None:
    api.create("phonebook")
    admin = user("admin")
    assert [row["user"] for row in admin.rows("phonebook")] == [104, 203]
    assert len(admin.rows("gateway")) == 3
    assert len(admin.rows("survey-template")) == 1


def test_an_administrators_update_takes_ownership(api: Api, user: Callable[[str], Api]) -> None:
    phonebook = api.create("phonebook")["id"]
    assert user("admin").put("phonebook", phonebook, name="Taken").json()["user"] == 1
    assert api.get(f"phonebook/{phonebook}/").status_code == 404


def test_owner_on_update_kept_leaves_it(api: Api, user: Callable[[str], Api]) -> None:
    phonebook = api.create("phonebook")["id"]
    api.simulator.variants(owner_on_update="kept")
    assert user("admin").put("phonebook", phonebook, name="Changed").json()["user"] == 203
