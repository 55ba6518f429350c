"""`state`: what is recorded, other addresses for it, taking over and letting go; and what messages advise works."""

from __future__ import annotations

import io
import json
import re
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from provisioner.model import Address, Recorded
from provisioner.simulator.process import Simulator
from provisioner.state import Entry, Store, open_store
from provisioner.stop_marks import ADDRESS, EVERYTHING, ID, Mark
from tests.factories import NOW, alice, campaign
from tests.operator import Operator

STAGING = "{{staging: {{variables: {{}}}}}}"
PROJECT = alice("test", server_timezone="Asia/Ho_Chi_Minh", environments=STAGING)
SURVEY = "surveys: {welcome: {name: Welcome}}\n"
SECTION = (
    'surveys: {welcome: {name: Welcome, sections: [{key: hi, type: play_message, question: Hi, script: "Alo"}]}}\n'
)
VIP = "phonebooks: {vip: {name: VIP, description: Best}}\n"
DATES = {"startingdate": "2027-01-20T08:00:00+07:00"}
CAMPAIGN = campaign(name="Tết 2027", survey="welcome", status="started", **DATES)
REMINDER = """\
calendar_settings:
  clinic: {label: Clinic, survey: {campaign: tet}, gateway: AliceDevGateway, call_timeout: 60}
"""
BOT = Address("calendar_user", "bot")
ALARM = """\
alarms:
  linh: {event: {id: 5}, alarm_phonenumber: "0934890883", date_start_notice: 2027-02-14T09:00:00+07:00}
"""
LOST = {"fault_rate": 1, "fault_scope": "writes"}


@pytest.fixture
def operator(simulator: Simulator, tmp_path: Path) -> Operator:
    simulator.reset(now=NOW)
    made = Operator(tmp_path, simulator, now=NOW)
    made.write("alice.yaml", PROJECT.format(endpoint=simulator.endpoint))
    return made


@pytest.fixture
def store(operator: Operator) -> Iterator[Store]:
    """The state behind the operator's back."""
    with open_store(
        "sqlite:///.alice/state.db", directory=operator.directory, project="test", environment="default"
    ) as s:
        yield s


def applied(operator: Operator, *manifests: str) -> None:
    operator.write("manifest.yaml", "".join(manifests))
    operator.apply()


def listed(operator: Operator, *options: str) -> list[str]:
    return [
        each["address"]
        for each in json.loads(operator.succeed("state", "list", "--output", "json", *options).out)["resources"]
    ]


def sections(operator: Operator) -> list[dict[str, Any]]:
    """Those of our survey; the seed has some of another tenant."""
    return operator.simulator.objects("section-template", survey=351)


def entry(text: str, *, ago: float = 3600, verb: str = "POST") -> Entry:
    address = Address.parse(text)
    return Entry(address, address.kind, verb, "x/", datetime.now(UTC) - timedelta(seconds=ago), 30.0)


# list and show


def test_what_is_recorded_is_listed_offline_and_without_credentials(operator: Operator) -> None:
    applied(operator, SECTION, VIP)
    operator.simulator.clear_requests()
    operator = Operator(operator.directory, operator.simulator, NOW, {"ALICE_USERNAME": "", "ALICE_PASSWORD": ""})
    operator.write("broken.yaml", "surveys: [")
    assert [line.split() for line in operator.succeed("state", "list").out.splitlines()] == [
        ["address", "id", "origin"],
        ["phonebook.vip", "293", "created"],
        ["section.welcome.hi", "2001", "created"],
        ["survey.welcome", "351", "created"],
    ]
    assert listed(operator, "--kind", "survey", "--kind", "phonebook") == ["phonebook.vip", "survey.welcome"]
    assert operator.simulator.requests() == []


def test_what_does_not_exist_and_what_is_in_flight_is_marked(operator: Operator, store: Store) -> None:
    store.put(Recorded(Address("survey", "welcome"), 351))
    store.mark_absent(Address("section", "welcome.hi"))
    store.begin(entry("alarm.linh"))
    lines = operator.succeed("state", "list").out.splitlines()
    assert lines[1].startswith("alarm.linh ")
    assert "in flight: POST, no answer since 20" in lines[1]
    assert lines[2].endswith("absent: may be created")
    assert lines[3].split() == ["survey.welcome", "351", "adopted"]
    document = json.loads(operator.succeed("state", "list", "--output", "json").out)
    assert (document["project"], document["environment"], document["absent"]) == (
        "test",
        "default",
        ["section.welcome.hi"],
    )
    assert [(each["address"], each["verb"]) for each in document["in_flight"]] == [("alarm.linh", "POST")]


def test_an_empty_state_is_said_to_be_empty_and_is_not_made(operator: Operator) -> None:
    assert operator.succeed("state", "list").out == "Nothing is recorded.\n"
    for words in (["show", "survey.x"], ["rm", "survey.x"], ["mv", "survey.x", "survey.y"]):
        said = operator.run("state", *words)
        assert (said.code, said.out) == (1, "")
        assert "nothing is recorded of survey.x" in said.err
    assert operator.succeed("state", "unlock").out == "The state is not locked.\n"
    assert not (operator.directory / ".alice").exists()


def test_show_prints_everything_but_secrets(operator: Operator, store: Store) -> None:
    store.put(
        Recorded(
            BOT,
            5,
            {"username": "bot", "calendar_setting": "clinic"},
            {"password": "9f86d081"},
            (Address("calendar_setting", "clinic"),),
            {"username": {"sent": "bot", "received": "robot"}},
            {"username": {"sent": "bot", "received": "BOT"}},
            created=True,
            protected=True,
        )
    )
    store.begin(entry("calendar_user.bot", verb="PUT"))
    said = operator.succeed("state", "show", "calendar_user.bot").out
    assert said.splitlines()[:10] == [
        "calendar_user.bot",
        "  id: 5",
        "  origin: created",
        "  protected: prevent_delete was declared",
        "  depends on:",
        "    calendar_setting.clinic",
        "  fields:",
        '    username: "bot"',
        '    calendar_setting: "clinic"',
        "    password: (sensitive)",
    ]
    assert '    username: sent "bot", shown "robot"' in said
    assert '    username: sent "bot", shown "BOT"' in said
    assert "    PUT, no answer since 20" in said
    document = json.loads(operator.succeed("state", "show", "calendar_user.bot", "--output", "json").out)
    assert document["fields"] == {"username": "bot", "calendar_setting": "clinic", "password": "(sensitive)"}
    assert "9f86d081" not in said + str(document)


def test_show_speaks_of_moments_in_the_zone_of_the_project(operator: Operator, store: Store) -> None:
    fields = {"startingdate": "2027-01-20T01:00:00+00:00", "daily_start_time": "08:00"}
    kept = {"sent": "2027-01-30T10:00:00Z", "received": "2027-01-30T09:00:00Z"}
    store.put(Recorded(Address("campaign", "tet"), 7, fields, ignored={"expirationdate": kept}))
    said = operator.succeed("state", "show", "campaign.tet").out
    assert "startingdate: 2027-01-20T08:00:00+07:00" in said.replace('"', "")
    assert "expirationdate: sent 2027-01-30T17:00:00+07:00, shown 2027-01-30T16:00:00+07:00" in said.replace('"', "")
    document = json.loads(operator.succeed("state", "show", "campaign.tet", "--output", "json").out)
    assert document["fields"] == {"startingdate": "2027-01-20T08:00:00+07:00", "daily_start_time": "08:00"}


# mv


def test_after_a_move_and_the_same_in_the_manifests_there_is_nothing_to_do(operator: Operator) -> None:
    operator.simulator.variants(forbidden_get="section-template")
    applied(operator, SECTION, VIP, CAMPAIGN, REMINDER)
    said = operator.succeed("state", "mv", "survey.welcome", "survey.hello").out
    assert said == "moved survey.welcome -> survey.hello\nmoved section.welcome.hi -> section.hello.hi\n"
    operator.succeed("state", "mv", "campaign.tet", "campaign.tet-2027")
    operator.succeed("state", "mv", "phonebook.vip", "phonebook.best")
    text = (operator.directory / "manifest.yaml").read_text()
    for old, new in (
        ("welcome", "hello"),
        ("tet:", "tet-2027:"),
        ("campaign: tet", "campaign: tet-2027"),
        ("vip", "best"),
    ):
        text = text.replace(old, new)
    operator.write("manifest.yaml", text)
    document = operator.plan()
    assert (document["changes"], document["drift"]) == ([], [])
    operator.demand_nothing_to_do()


def test_a_rename_in_the_manifests_alone_leaves_what_refers_to_it_as_it_was(operator: Operator) -> None:
    operator.simulator.variants(forbidden_get="section-template")
    applied(operator, SECTION, VIP, CAMPAIGN)
    manifest = (SECTION + VIP + CAMPAIGN).replace("welcome: {", "hello: {renamed_from: welcome, ")
    operator.write("manifest.yaml", manifest.replace("survey: welcome", "survey: hello"))
    assert [(each["address"], each["fields"]) for each in operator.plan()["changes"]] == [
        ("survey.hello", []),
        ("section.hello.hi", []),
    ]
    operator.apply()
    operator.demand_nothing_to_do()


def test_a_changed_key_alone_makes_no_second_one_of_what_cannot_be_read(operator: Operator) -> None:
    operator.simulator.variants(forbidden_get="section-template")
    applied(operator, SECTION)
    operator.write("manifest.yaml", SECTION.replace("key: hi", "key: hello"))
    [change] = operator.plan()["changes"]
    assert (change["address"], change["action"], change["fields"]) == ("section.welcome.hello", "adopt", [])
    operator.apply()
    operator.demand_nothing_to_do()
    assert len(sections(operator)) == 1


def test_what_may_be_the_same_is_settled_as_advised(operator: Operator, store: Store) -> None:
    event, when = {"id": 5}, "2027-02-14T02:00:00+00:00"  # and a number, of which nothing is recorded
    store.put(Recorded(Address("alarm", "old"), 7, {"event": event, "date_start_notice": when}))
    store.put(
        Recorded(Address("alarm", "later"), 8, {"event": event, "date_start_notice": "2027-02-15T02:00:00+00:00"})
    )
    operator.simulator.variants(forbidden_get="alarm,event")
    operator.write("manifest.yaml", ALARM)
    assert "alarm.old may be the same alarm, which the server does not list" in operator.plan_text()
    operator.succeed("state", "mv", "alarm.old", "alarm.linh")
    operator.demand_nothing_to_do()


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("survey.welcome", "phonebook.welcome", "two kinds"),
        ("survey.welcome", "survey.other", "survey.other is recorded already"),
        ("survey.nope", "survey.x", "nothing is recorded of survey.nope"),
        ("survey.welcome", "survey.welcome", "already"),
        ("survey.welcome", "survey.a.b", "can never be declared"),
        ("section.welcome.hi", "section.hi", "section.survey-key.section-key"),
        ("survey.welcome", "nokind.x", "names no kind"),
    ],
)
def test_a_move_that_cannot_be_is_refused(operator: Operator, store: Store, old: str, new: str, why: str) -> None:
    for text in ("survey.welcome", "survey.other", "section.welcome.hi"):
        store.put(Recorded(Address.parse(text), 7))
    before = store.recorded()
    said = operator.run("state", "mv", old, new)
    assert (said.code, said.out) == (1, "")
    assert why in said.err
    assert store.recorded() == before


# rm


def test_what_is_removed_stays_on_alice_and_is_adopted_again(operator: Operator) -> None:
    applied(operator, SECTION, VIP)
    said = operator.succeed("state", "rm", "survey.welcome", "phonebook.vip").out
    assert said.splitlines() == [
        "forgot survey.welcome: id 351 stays on Alice",
        "forgot section.welcome.hi: id 2001 stays on Alice",
        "forgot phonebook.vip: id 293 stays on Alice",
    ]
    assert operator.succeed("state", "list").out == "Nothing is recorded.\n"
    assert "forgotten and left in place" in operator.run("state", "show", "survey.welcome").err
    assert {change["action"] for change in operator.plan()["changes"]} == {"adopt"}
    operator.apply()
    operator.demand_nothing_to_do()
    assert len(sections(operator)) == 1


def test_one_address_that_is_not_recorded_stops_the_removal_of_all(operator: Operator, store: Store) -> None:
    store.put(Recorded(Address("survey", "welcome"), 7))
    store.begin(entry("alarm.linh"))
    assert "nothing is recorded of survey.nope" in operator.run("state", "rm", "survey.welcome", "survey.nope").err
    assert "state adopt alarm.linh ID" in operator.run("state", "rm", "survey.welcome", "alarm.linh").err
    assert listed(operator) == ["survey.welcome"]


def test_no_second_one_is_made_of_what_was_removed_and_cannot_be_read(operator: Operator) -> None:
    operator.simulator.variants(forbidden_get="section-template")
    applied(operator, SECTION)
    operator.succeed("state", "rm", "section.welcome.hi")
    assert "`alice-apply state adopt section.welcome.hi ID`" in operator.plan_text()
    operator.demand_nothing_to_do()
    said = operator.run("state", "adopt", "section.welcom.hi", "2001")
    assert said.code == 1 and "is not declared, did you mean 'section.welcome.hi'?" in said.err
    operator.succeed("state", "adopt", "section.welcome.hi", "2001")
    operator.apply()
    operator.demand_nothing_to_do()
    assert len(sections(operator)) == 1


def test_no_second_one_is_made_of_what_was_pruned_and_cannot_be_read(operator: Operator) -> None:
    operator.simulator.variants(forbidden_get="section-template")
    applied(operator, SECTION)
    operator.write("manifest.yaml", SURVEY)
    operator.apply("--prune", "--max-remove-percent", "100")
    operator.apply()  # nothing of the kind is declared or recorded now, so nobody asks for it
    operator.write("manifest.yaml", SECTION)
    assert "state adopt section.welcome.hi ID" in operator.plan_text()
    operator.demand_nothing_to_do()


# adopt


def test_a_lost_creation_of_an_unreadable_kind_is_settled_as_advised(operator: Operator) -> None:
    operator.simulator.variants(forbidden_get="section-template")
    applied(operator, SURVEY)
    operator.write("manifest.yaml", SECTION)
    operator.simulator.variants(faults="drop-after", **LOST)
    said = operator.run("apply", "--auto-approve", "--timeout", "0.2")
    assert said.code == 4
    assert "`alice-apply state adopt section.welcome.hi ID`" in said.out + said.err
    operator.simulator.variants(faults="")
    operator.demand_nothing_to_do()
    [made] = sections(operator)
    assert made["script"] == "Hi"  # the server's trap, which the lost run could not mend
    said = operator.succeed("state", "adopt", "section.welcome.hi", str(made["id"]))
    assert "adopted section.welcome.hi: id 2001" in said.out
    assert "does not list sections" in said.out
    assert "sends once more: script" in said.out
    assert "settled" in said.out
    assert operator.succeed("state", "list").out.splitlines()[1].split() == ["section.welcome.hi", "2001", "created"]
    [change] = operator.plan()["changes"]
    assert (change["action"], change["fields"]) == ("update", [{"path": "script", "before": None, "after": "Alo"}])
    operator.apply()
    operator.demand_nothing_to_do()
    [made] = sections(operator)
    assert made["script"] == "Alo"


def test_a_creation_that_never_arrived_is_settled_as_advised(operator: Operator) -> None:
    operator.simulator.variants(forbidden_get="section-template")
    applied(operator, SURVEY)
    operator.write("manifest.yaml", SECTION)
    operator.simulator.variants(faults="drop-before", **LOST)
    assert operator.run("apply", "--auto-approve", "--timeout", "0.2").code == 4
    operator.simulator.variants(faults="")
    time.sleep(0.4)  # twice the time limit: until then it may still be carried out
    operator.succeed("state", "adopt", "section.welcome.hi", "--absent")
    assert "absent: may be created" in operator.succeed("state", "list").out
    assert operator.plan()["summary"]["create"] == 1
    operator.simulator.variants(faults="drop-after", **LOST)
    assert operator.run("apply", "--auto-approve", "--timeout", "0.2").code == 4
    operator.simulator.variants(faults="")
    assert operator.plan()["changes"] == [], "the absence ended when a creation was sent"
    operator.succeed("state", "adopt", "section.welcome.hi", "2001")
    operator.apply()
    operator.demand_nothing_to_do()
    assert len(sections(operator)) == 1


def test_an_unreadable_child_of_an_adopted_parent_is_settled_as_advised(operator: Operator) -> None:
    operator.simulator.create("survey-template", name="Welcome", user=203)
    operator.simulator.variants(forbidden_get="section-template")
    operator.write("manifest.yaml", SECTION)
    assert "`alice-apply state adopt section.welcome.hi --absent`" in operator.plan_text()
    operator.succeed("state", "adopt", "section.welcome.hi", "--absent")
    operator.apply()
    operator.demand_nothing_to_do()


def test_an_absence_is_not_noted_while_a_write_may_still_be_carried_out(operator: Operator, store: Store) -> None:
    operator.simulator.variants(forbidden_get="section-template")
    operator.write("manifest.yaml", SECTION)
    store.begin(entry("section.welcome.hi", ago=5))
    said = operator.run("state", "adopt", "section.welcome.hi", "--absent")
    assert said.code == 1
    assert "may still be carried out late, until 20" in said.err
    assert (len(store.pending()), store.absences()) == (1, frozenset())


def test_an_adopted_object_shows_its_real_differences(operator: Operator) -> None:
    simulator = operator.simulator
    survey, book = (simulator.create(k, name="Other", user=203)["id"] for k in ("survey-template", "phonebook"))
    operator.write("manifest.yaml", SURVEY + VIP)
    assert operator.succeed("state", "adopt", "phonebook.vip", str(book)).out == f"adopted phonebook.vip: id {book}\n"
    operator.succeed("state", "adopt", "survey.welcome", str(survey))
    assert "origin: adopted" in operator.succeed("state", "show", "phonebook.vip").out
    document = operator.plan()
    assert document["drift"] == []
    assert {change["address"]: [f["before"] for f in change["fields"]] for change in document["changes"]} == {
        "phonebook.vip": ["Other", None],
        "survey.welcome": ["Other"],
    }
    operator.apply()
    operator.demand_nothing_to_do()


def test_adopting_a_campaign_that_somebody_stopped_does_not_start_it_again(operator: Operator) -> None:
    applied(operator, SURVEY, VIP, CAMPAIGN)
    [campaign] = operator.simulator.objects("campaigns")
    operator.succeed("stop", "tet")
    operator.succeed("state", "rm", "campaign.tet", "survey.welcome", "phonebook.vip")
    for address, kind in (
        ("survey.welcome", "survey-template"),
        ("phonebook.vip", "phonebook"),
        ("campaign.tet", "campaigns"),
    ):
        id = operator.simulator.objects(kind, user=203)[0]["id"]
        assert operator.succeed("state", "adopt", address, str(id)).out == f"adopted {address}: id {id}\n"
    document = operator.plan()
    assert (document["changes"], document["drift"]) == ([], [])
    assert {finding["id"] for finding in document["findings"]} == {"frozen", "stopped-outside"}
    operator.demand_nothing_to_do()
    assert operator.simulator.row("campaigns", campaign["id"])["status"] == 2


def test_a_password_that_was_changed_by_hand_is_settled_as_advised(operator: Operator, store: Store) -> None:
    simulator = operator.simulator
    sealed = simulator.create("survey-list", user=203, name="Sealed")["id"]
    wanted = {"label": "Clinic", "call_timeout": 60, "survey": sealed, "aleg_gateway": 23}
    setting = simulator.create("calendar-setting", user=203, **wanted)
    bot = f'{{username: bot, password: "${{env.BOT}}", calendar_setting: {{id: {setting["id"]}}}}}'
    operator.write("bot.yaml", f"calendar_users: {{bot: {bot}}}")
    Operator(operator.directory, simulator, NOW, {"BOT": "correct-horse"}).apply()
    recorded = store.recorded()
    store.begin(entry("calendar_user.bot"))
    operator = Operator(operator.directory, simulator, NOW, {"BOT": "battery-staple"})
    [finding] = operator.plan()["findings"]
    [advised] = re.findall(r"`alice-apply ([^`]+)`", finding["message"])
    said = operator.succeed(*advised.split()).out
    assert said == (
        f"calendar_user.bot was recorded with id {recorded[BOT].remote_id} already\n"
        "The write that had no answer is settled.\n"
    )
    assert operator.plan()["findings"] == []
    settled = store.recorded()[BOT]  # what is declared now is what was sent, so that the next change is noticed
    assert replace(settled, digests={}) == replace(recorded[BOT], digests={})
    assert settled.digests.keys() == recorded[BOT].digests.keys()
    assert settled.digests != recorded[BOT].digests
    assert store.pending() == ()
    operator.demand_nothing_to_do()


def test_what_could_ring_is_never_sent_again(operator: Operator) -> None:
    operator.simulator.variants(forbidden_get="alarm")
    operator.write("manifest.yaml", ALARM)
    assert "once more" not in operator.succeed("state", "adopt", "alarm.linh", "7").out
    document = json.loads(operator.succeed("state", "show", "alarm.linh", "--output", "json").out)
    assert (document["remote_id"], document["fields"]) == (7, {})


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["phonebook.vip", "999"], "manifest.yaml:2:"),
        (["phonebook.vip", "999"], "no phonebook has the id 999 on the server"),
        (["phonebook.vip", "292"], "no phonebook has the id 292 on the server"),
        (["survey.welcome", "350"], "another user's, or a shared sample"),
        (["survey.welcome", "7"], "is recorded as survey.old: `state mv survey.old survey.welcome` moves it here"),
        (["survey.pinned", "8"], "is pinned to id 9"),
        (["survey.welcome", "9"], "survey.pinned is pinned to id 9 at manifest.yaml:1:"),
        (["campaign.tet", "5"], "is recorded with id 4: `state rm campaign.tet` first"),
        (["phonebook.nope", "293"], "phonebook.nope is not declared"),
        (["phonebook.vip", "--absent"], "plan sees by itself"),
        (["phonebook.vip"], "--absent"),
        (["phonebook.vip", "293", "--absent"], "--absent"),
        (["phonebook.vip", "0"], "'[ID]'"),
    ],
)
def test_what_cannot_be_adopted_is_refused(operator: Operator, store: Store, words: list[str], why: str) -> None:
    store.put(Recorded(Address("survey", "old"), 7))
    store.put(Recorded(Address("campaign", "tet"), 4))
    operator.write("manifest.yaml", "surveys: {welcome: {name: Welcome}, pinned: {name: P, id: 9}}\n" + VIP + CAMPAIGN)
    before = store.recorded()
    said = operator.run("state", "adopt", *words)
    assert (said.code, said.out) == (1, "")
    assert why in said.err
    assert (store.recorded(), store.absences()) == (before, frozenset())


def test_another_tenants_object_is_never_adopted(operator: Operator) -> None:
    operator.write("manifest.yaml", VIP)
    operator.simulator.variants(user_field="username")
    admin = Operator(
        operator.directory, operator.simulator, NOW, {"ALICE_USERNAME": "admin", "ALICE_PASSWORD": "admin"}
    )
    said = admin.run("state", "adopt", "phonebook.vip", "292")
    assert said.code == 1
    assert "another user's" in said.err


# unlock and the lock


def test_commands_that_write_respect_the_lock(operator: Operator, store: Store) -> None:
    store.put(Recorded(Address("survey", "welcome"), 7))
    operator.write("manifest.yaml", VIP)
    book = operator.simulator.create("phonebook", name="VIP", user=203)["id"]
    with store.lock():
        for words in (
            ["rm", "survey.welcome"],
            ["mv", "survey.welcome", "survey.x"],
            ["adopt", "phonebook.vip", str(book)],
        ):
            said = operator.run("state", *words, "--lock-timeout", "0.1")
            assert (said.code, said.out) == (6, "")
            assert "is locked by" in said.err
        assert listed(operator) == ["survey.welcome"]


def test_a_lock_is_taken_away_by_force_or_by_a_persons_word(
    operator: Operator, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    with store.lock():
        said = operator.run("state", "unlock")
        assert (said.code, said.out) == (3, "")
        assert "(pid " in said.err
        assert "--force" in said.err
        assert store.holder()
        monkeypatch.setattr(sys, "stdin", Terminal("n\n"))
        assert operator.run("state", "unlock").code == 3
        assert store.holder()
        monkeypatch.setattr(sys, "stdin", Terminal("y\n"))
        assert operator.succeed("state", "unlock").out.startswith("Released the lock of ")
        assert store.holder() is None
    with store.lock():
        assert "(pid " in operator.succeed("state", "unlock", "--force").out
        operator.write("manifest.yaml", SURVEY)
        operator.apply()


class Terminal(io.StringIO):
    """A person who types this."""

    def isatty(self) -> bool:
        return True


# environments


def test_environments_of_one_database_do_not_touch_each_other(operator: Operator) -> None:
    applied(operator, SURVEY, VIP)
    operator.succeed("-e", "staging", "apply", "--auto-approve")
    operator.succeed("-e", "staging", "state", "mv", "survey.welcome", "survey.hello")
    operator.succeed("-e", "staging", "state", "rm", "phonebook.vip")
    assert listed(operator) == ["phonebook.vip", "survey.welcome"]
    operator.demand_nothing_to_do()
    document = json.loads(operator.succeed("-e", "staging", "state", "list", "--output", "json").out)
    assert [each["address"] for each in document["resources"]] == ["survey.hello"]


# what was stopped


def test_what_was_stopped_is_listed_shown_and_moved(operator: Operator, store: Store) -> None:
    at = datetime(2027, 1, 20, 12, tzinfo=UTC)
    tet, later = Address("campaign", "tet"), Address("campaign", "later")
    store.put(Recorded(tet, 1243))
    marks = [Mark("campaign", ID, "1243", at), Mark("campaign", ADDRESS, str(later), at)]
    store.mark_stopped([*marks, Mark("campaign", EVERYTHING, "", at)])
    lines = operator.succeed("state", "list").out.splitlines()
    assert [line.split("  ")[0] for line in lines[1:]] == [
        "(everything of kind campaign)",
        "campaign.later",
        "campaign.tet",
    ]
    assert all(line.endswith("stopped by `stop`, 2027-01-20T12:00:00Z") for line in lines[1:])
    document = json.loads(operator.succeed("state", "list", "--output", "json").out)
    assert [each["form"] for each in document["stopped"]] == ["everything", "id", "address"]
    shown = operator.succeed("state", "show", "campaign.tet").out
    assert "stopped: by `stop`, 2027-01-20T12:00:00Z; started again with --restart campaign.tet" in shown
    operator.succeed("state", "mv", "campaign.later", "campaign.latest")
    operator.succeed("state", "mv", "campaign.tet", "campaign.old")
    for address in ("campaign.latest", "campaign.old"):
        assert "stopped: by `stop`" in operator.succeed("state", "show", address).out
