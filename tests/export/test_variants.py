"""One account of every kind, shown in every way that a server may show it; and what it does not show."""

from __future__ import annotations

from pathlib import Path

import pytest

from provisioner.simulator.process import Simulator
from tests.export.account import adopted, demand_adoption, exported, listed, manifest, newcomer
from tests.factories import NOW
from tests.operator import Operator
from tests.properties.test_two_projects import SAFE
from tests.same import demand_same
from tests.simulator.client import Api

EVERYTHING = {
    "survey.welcome", "section.welcome.greeting", "section.welcome.bye", "phonebook.vip", "phonebook.leads",
    "dnc_list.opt-outs", "campaign.tet", "campaign.later", "calendar_setting.clinic", "calendar_user.clinic-bot",
    "calendar.clinic", "event.clinic", "alarm.clinic",
}  # fmt: skip
TOGETHER = (
    {"relations": "url", "user_field": "username", "datetimes": "offset", "lists": "bare", "order": "shuffled",
     "filters": "ignored", "next_host": "foreign"},
    {"relations": "nested", "user_field": "nested", "text_empty": "null", "phone_text": "digits",
     "additional_vars": "object", "calendar_user_list": "polymorphic", "password_hash": "leaked"},
    {"relations": "str", "user_field": "absent", "lists": "results", "get_detail": "none", "datetimes": "milliseconds",
     "calendar_user_setting": "hidden", "options": "405", "paging": "off"},
)  # fmt: skip
SINGLE = [(name, value) for name, values in SAFE.items() for value in values]


def account(simulator: Simulator, **variants: str) -> None:
    """Something of every kind, made while the server was an ordinary one."""
    simulator.reset(now=NOW, variants=variants)
    api = Api(simulator)
    api.login()
    survey = api.create("survey-template", name="Welcome")["id"]
    for question in ("Greeting", "Bye"):
        section = api.create("section-template", survey=survey, question=question)["id"]
        api.put("section-template", section, script=f"{question}.")
    phonebook = api.create("phonebook", name="VIP", description="Văn bản")["id"]
    for index in range(23):  # more than two pages
        more = {"additional_vars": f'{{"no": "{index}"}}', "status": index % 2, "email": "linh@example.com"}
        api.create("contact", phonebook=phonebook, contact=f"09348908{index:02}", **more)
    leads = api.create("phonebook", name="Leads")["id"]
    api.create("contact", phonebook=leads, contact="+84934890850")
    dnc = api.create("dnc-list", name="Opt-outs")["id"]
    api.create("dnc-contact", dnc=str(dnc), phone_number="0934890860")
    window = {"daily_start_time": "01:00:00", "daily_stop_time": "10:00:30"}
    for name in ("Tet", "Later"):
        made = {"object_id": survey, "phonebook": [phonebook, leads]}
        campaign = api.create("campaigns", name=name, **made, **window)["id"]
        if name == "Tet":
            api.status(campaign, 1)
    sealed = simulator.objects("survey-list")[0]["id"] if simulator.objects("survey-list") else 0
    setting = api.create("calendar-setting", survey=sealed)["id"] if sealed else None
    if setting is None:
        return
    api.create("calendar-user", calendar_setting=setting)
    user = simulator.objects("user", username="clinic-bot")[0]["id"]
    calendar = api.create("calendar", user=user)["id"]
    event = api.create("event", creator=user, calendar=calendar)["id"]
    api.create("alarm", event=event, date_start_notice="2027-02-14T02:00:00.250000Z")


def take_over(simulator: Simulator, folder: Path) -> tuple[Operator, set[str]]:
    before = [simulator.objects(kind) for kind in ("contact", "campaigns", "section-template", "alarm")]
    operator = exported(newcomer(simulator, folder), "--with-contacts")
    plan = demand_adoption(operator)
    found = adopted(plan) | listed(plan)
    demand_same([simulator.objects(kind) for kind in ("contact", "campaigns", "section-template", "alarm")], before)
    return operator, found


@pytest.mark.parametrize("variants", TOGETHER, ids=["urls", "nested", "texts"])
def test_an_account_however_it_is_shown(variants: dict[str, str], simulator: Simulator, tmp_path: Path) -> None:
    account(simulator)
    simulator.variants(**variants)
    assert take_over(simulator, tmp_path / "account")[1] == EVERYTHING


@pytest.mark.soak
@pytest.mark.parametrize(("name", "value"), SINGLE)
def test_an_account_with_each_variant(name: str, value: str, simulator: Simulator, tmp_path: Path) -> None:
    account(simulator)
    simulator.variants(**{name: value})
    assert take_over(simulator, tmp_path / "account")[1] == EVERYTHING


@pytest.mark.parametrize("how", [{"freeze": "never"}, {"object_id": "unchanged"}], ids=str)
def test_a_started_campaign_that_keeps_its_template(how: dict[str, str], simulator: Simulator, tmp_path: Path) -> None:
    account(simulator, **how)
    operator, found = take_over(simulator, tmp_path / "account")
    assert {"campaign.tet", "campaign.later"} <= found
    assert manifest(operator, "campaigns.yaml").count("survey: welcome\n") == 2


# What is hidden together, the addresses that are missing then, and (file, title) of the comments about it.
HIDDEN = {
    "section-template,alarm,dnc-contact,contact": (
        {"section.welcome.greeting", "section.welcome.bye", "alarm.clinic"},
        {"surveys": "sections", "alarms": "alarms", "dnc_lists": "DNC numbers", "phonebooks": "contacts"},
    ),
    "calendar-user,gateway": ({"calendar_user.clinic-bot"}, {"calendar_users": "calendar users"}),
    "calendar-setting,phonebook": (
        {"calendar_setting.clinic", "phonebook.vip", "phonebook.leads"},
        {"calendar_settings": "calendar settings", "phonebooks": "phonebooks"},
    ),
}


HIDINGS = [*(("forbidden_get", kinds) for kinds in HIDDEN), ("missing_get", next(iter(HIDDEN)))]


@pytest.mark.parametrize(("verb", "kinds"), HIDINGS)
def test_what_the_server_does_not_list(verb: str, kinds: str, simulator: Simulator, tmp_path: Path) -> None:
    account(simulator)
    simulator.variants(**{verb: kinds})
    operator, found = take_over(simulator, tmp_path / "account")
    missing, comments = HIDDEN[kinds]
    assert found == EVERYTHING - missing
    for file, title in comments.items():
        assert f"# The server does not list {title}: none could be read." in manifest(operator, f"{file}.yaml")
    said = operator.succeed("export", "--with-contacts", "--force")
    for title in comments.values():
        assert f"note: no {title[:-1]} was exported, and any number of them may exist: " in said.err
