"""What the proof objects to is said in another way, for accounts that no simulator of ours makes."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from provisioner.export.declared import Declaration, Rejections, declare, variable
from provisioner.export.documents import Contents, manifests, project_file
from provisioner.export.files import write
from provisioner.export.selection import ambiguous, choose, exported_kinds, keys_of
from provisioner.export.verify import objections, with_objections
from provisioner.model import Address, Listing, LiveObject
from provisioner.plan.live import Live
from provisioner.project import Settings
from provisioner.resources import KINDS, Password
from tests.factories import NOW


def live(*objects: LiveObject) -> Live:
    return Live({name: Listing(name, tuple(o for o in objects if o.kind == name)) for name in KINDS})


def proven(folder: Path, account: Live) -> Declaration:
    """The loop of an export, without rows and without a server."""
    kinds = exported_kinds()
    chosen = choose(account, kinds, None)
    rejections = Rejections(pinned=frozenset(ambiguous(account, kinds)))
    write(folder / "alice.yaml", project_file(Settings(folder, "http://127.0.0.1/rest-api", region="VN")))
    for _ in range(50):
        declaration = declare(chosen, keys_of(chosen), account, rejections, NOW)
        for old in folder.glob("*.yaml"):
            if old.name != "alice.yaml":
                old.unlink()
        for name, text in manifests(Contents(chosen, account, declaration)).items():
            write(folder / name, text)
        environ = {name: "x" for each in declaration.resources.values() for name in each.secrets}
        found = objections(folder, account, NOW, environ)
        if not found:
            return declaration
        rejections = with_objections(rejections, declaration, found)
    raise AssertionError("there is no end")


SETTING = LiveObject("calendar_setting", 4, {"label": "Clinic", "survey": 351, "gateway": 23, "call_timeout": 60})
GATEWAY = LiveObject("gateway", 23, {"name": "Ours"})
COPY = LiveObject("sealed_survey", 351, {"name": "Hello"})
USER = LiveObject("calendar_user", 7, {"username": "bot", "calendar_setting": 4})
CALENDAR = LiveObject("calendar", 607, {"name": "Clinic", "user": 7})
EVENT = {"title": "Check-up", "start": NOW + timedelta(30), "end": NOW + timedelta(30, 60), "calendar": 607}


def test_a_creator_that_cannot_be_said_is_ignored(tmp_path: Path) -> None:
    account = live(SETTING, GATEWAY, COPY, USER, CALENDAR, LiveObject("event", 808, {**EVENT, "creator": None}))
    event = proven(tmp_path, account).resources[Address("event", "clinic")]
    assert event.ignored == ("creator",) and "creator" not in event.fields


def test_a_setting_that_is_not_shown_is_the_only_one_there_is(tmp_path: Path) -> None:
    hidden = LiveObject("calendar_user", 7, {"username": "bot"})
    declaration = proven(tmp_path, live(SETTING, GATEWAY, COPY, hidden, CALENDAR))
    assert declaration.resources[Address("calendar_user", "bot")].fields["calendar_setting"] == "clinic"


def test_of_two_settings_nobody_knows_which_and_the_calendar_names_its_user(tmp_path: Path) -> None:
    hidden = LiveObject("calendar_user", 7, {"username": "bot"})
    other = LiveObject("calendar_setting", 5, {**SETTING.fields, "label": "Ward"})
    declaration = proven(tmp_path, live(SETTING, other, GATEWAY, COPY, hidden, CALENDAR))
    assert "the server does not show it" in declaration.gone["calendar_user", 7]
    assert declaration.resources[Address("calendar", "clinic")].fields["user"] == {"name": "bot"}


def test_what_points_at_nothing_is_left_out(tmp_path: Path) -> None:
    declaration = proven(tmp_path, live(SETTING, COPY, USER, CALENDAR))
    why = "gateway: what it points at is not shown, or cannot be determined"
    assert declaration.gone == {("calendar_setting", 4): why}
    assert declaration.resources[Address("calendar_user", "bot")].fields["calendar_setting"] == {"name": "Clinic"}


def test_a_name_that_is_shown_in_part_of_the_objects_pins_all(tmp_path: Path) -> None:
    account = live(LiveObject("survey", 1, {"name": "A"}), LiveObject("survey", 2, {"description": "no name"}))
    declaration = proven(tmp_path, account)
    assert [each.pinned for each in declaration.resources.values()] == [True]
    assert declaration.gone == {("survey", 2): "name: the server does not show it"}


def test_a_password_is_never_taken_from_our_own_variables() -> None:
    password = next(field for field in KINDS["calendar_user"].fields if isinstance(field, Password))
    assert variable(Address("calendar_user", "alice"), password) == "CALENDAR_USER_ALICE_PASSWORD"


def test_a_code_that_nobody_knows_is_said_and_not_called_empty(tmp_path: Path) -> None:
    survey = LiveObject("survey", 1, {"name": "A"})
    fields = {"survey": 1, "question": "Q", "type": KINDS["section"].field("type").decode(11)}
    declaration = proven(tmp_path, live(survey, LiveObject("section", 2, fields)))
    assert declaration.gone == {("section", 2): "type: unknown code 11"}
    hidden = LiveObject("survey", 1, {"name": "A", "description": KINDS["section"].field("type").decode(None)})
    declaration = proven(tmp_path, live(hidden))
    assert declaration.resources[Address("survey", "a")].comments == ("description is left out: not known: null",)
