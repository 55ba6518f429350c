"""Accounts as years of clicking leave them: whatever is there, applying the export changes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from provisioner.simulator.process import Simulator
from tests.export.account import adopted, demand_adoption, exported, manifest, newcomer
from tests.factories import NOW
from tests.operator import Operator
from tests.same import demand_same
from tests.simulator.client import Api

DATES = {"startingdate": "2027-01-10T01:00:00Z", "expirationdate": "2027-02-28T10:00:00Z"}
PAST = {"startingdate": "2026-01-10T01:00:00Z", "expirationdate": "2026-02-28T10:00:00Z"}
TEXTS = (
    "no", "08:00", "0934", "null", "~", "${var.brand} $${x} ${", "a: b # c", "'\"\\", "- x", "{a}", "*x", "x\ny\n\n z",
    "tab\there", "\u2028 line", "\u001b[31m", "e\u0301", "\ufeffbom", "--- x", "%TAG", "🎉 Tết",
)  # fmt: skip


def test_names_that_collide_get_keys_of_their_own_and_pins(api: Api, operator: Operator) -> None:
    ids = [api.create("phonebook", name=name)["id"] for name in ("Tết 1", "Tet 1", "Tết 1", "客户", "0934890883")]
    operator = exported(operator)
    keys = {"tet-1", "tet-1-2", "tet-1-3", f"phonebook-{ids[3]}", f"phonebook-{ids[4]}"}
    assert adopted(demand_adoption(operator)) == {f"phonebook.{key}" for key in keys}
    text = manifest(operator, "phonebooks.yaml")
    assert f"id: {ids[0]}" in text and f"id: {ids[2]}" in text and f"id: {ids[1]}" not in text


def test_texts_that_yaml_or_we_would_read_as_something_else(api: Api, operator: Operator) -> None:
    kinds = ("survey-template", "section-template", "phonebook")
    for text in TEXTS:
        survey = api.create("survey-template", name=f"A{text}", description=text)["id"]
        operator.simulator.create("section-template", survey=survey, type=1, question=f"Q{text}", script=text, order=1)
        operator.simulator.create("phonebook", name=text, description=text)
    before = [operator.simulator.objects(kind) for kind in kinds]
    assert len(adopted(demand_adoption(exported(operator)))) == 3 * len(TEXTS)
    demand_same([operator.simulator.objects(kind) for kind in kinds], before)


def test_sections_in_the_order_of_the_server_and_twice_the_same_question(api: Api, operator: Operator) -> None:
    survey = api.create("survey-template", name="Flow")["id"]
    for order, question in ((3, "Third"), (1, "First"), (2, "Again"), (4, "Again")):
        operator.simulator.create("section-template", survey=survey, type=1, question=question, script="", order=order)
    operator = exported(operator)
    assert len(adopted(demand_adoption(operator))) == 5
    keys = [line.split("key: ")[1] for line in manifest(operator, "surveys.yaml").splitlines() if "key: " in line]
    assert keys == ["first", "again", "third", "again-2"]


def test_samples_and_what_belongs_to_others_stay_out(api: Api, operator: Operator) -> None:
    api.create("survey-template", name="Mine")
    operator = exported(operator)
    assert adopted(demand_adoption(operator)) == {"survey.mine"}
    assert "1 survey of other users, or shared samples" in manifest(operator, "surveys.yaml")


def test_campaigns_that_run_ran_or_are_over_neither_start_nor_stop(api: Api, operator: Operator) -> None:
    survey = api.create("survey-template", name="Welcome")["id"]
    made = {"object_id": survey}
    running = api.started_campaign("0934890883", name="Runs", **DATES, **made)["id"]
    stopped = api.started_campaign("0934890884", name="Stopped", **DATES, **made)["id"]
    api.status(stopped, 2)
    aborted = api.started_campaign("0934890885", name="Aborted", **DATES, **made)["id"]
    api.status(aborted, 3)
    ended = api.started_campaign("0934890886", name="Ended", **DATES, **made)["id"]
    api.status(ended, 4)
    api.create("campaigns", name="Expired", phonebook=[api.phonebook_of()], **PAST, **made)
    api.create("campaigns", name="Fresh", phonebook=[api.phonebook_of()], **DATES, **made)
    operator.simulator.change("campaigns", running, status=1)
    before = operator.simulator.objects("campaigns")
    operator = exported(operator, "--with-contacts")
    assert len([each for each in adopted(demand_adoption(operator)) if each.startswith("campaign.")]) == 6
    after = operator.simulator.objects("campaigns")
    assert [(row["id"], row["status"]) for row in before] == [(row["id"], row["status"]) for row in after]
    assert operator.simulator.rings() == []
    text = manifest(operator, "campaigns.yaml")
    assert "\n    status:" not in text
    assert "# status is started" in text and "# status is ended" in text and "applying leaves it alone" in text


def test_a_survey_that_was_renamed_since_the_start_leaves_the_campaign_out(api: Api, operator: Operator) -> None:
    survey = api.create("survey-template", name="Welcome")["id"]
    api.started_campaign("0934890883", name="Runs", object_id=survey, **DATES)
    operator.simulator.change("survey-template", survey, name="Renamed")
    operator = exported(operator)
    assert adopted(demand_adoption(operator)) == {"survey.renamed", "phonebook.vip"}
    text = manifest(operator, "campaigns.yaml")
    assert "survey: what it points at is not shown, or cannot be determined: campaign" in text and "'Runs'" in text


def test_a_template_whose_id_equals_that_of_the_copy_is_not_taken_for_it(api: Api, operator: Operator) -> None:
    """Both id spaces begin at the same number, as they may on Alice (docs/alice-api.md#sealed-copies)."""
    api.create("survey-template", name="Other")
    survey = api.create("survey-template", name="Welcome")["id"]
    campaign = api.started_campaign("0934890883", name="Runs", object_id=survey, **DATES)["id"]
    assert operator.simulator.row("campaigns", campaign)["object_id"] != survey
    operator = exported(operator)
    demand_adoption(operator)
    assert "survey: welcome\n" in manifest(operator, "campaigns.yaml")


def test_what_we_would_refuse_is_left_out_with_its_reason(api: Api, operator: Operator) -> None:
    survey = api.create("survey-template", name="Welcome", tts_language="vi")["id"]
    operator.simulator.change("survey-template", survey, tts_language="zz9")
    phonebook = api.phonebook_of()
    made = {"object_id": survey, "phonebook": [phonebook]}
    api.create("campaigns", name="Overnight", **DATES, **made)
    night = {"daily_start_time": "21:00", "daily_stop_time": "08:00"}
    api.create("campaigns", name="Fine", **{**DATES, **made, "daily_start_time": "01:00", "daily_stop_time": "10:00"})
    first, second = (row["id"] for row in operator.simulator.objects("campaigns"))
    operator.simulator.change("campaigns", first, **night)
    operator.simulator.change("campaigns", second, callerid="x" * 81)
    operator = exported(operator)
    assert adopted(demand_adoption(operator)) == {"survey.welcome", "phonebook.vip", "campaign.fine"}
    campaigns, surveys = manifest(operator, "campaigns.yaml"), manifest(operator, "surveys.yaml")
    assert "# Not exported, because daily_stop_time: must be later than daily_start_time" in campaigns
    assert "# callerid is left out: must have at most 80 characters" in campaigns
    assert "# tts_language is left out" in surveys


def test_what_hangs_on_something_that_is_left_out_names_it_otherwise(api: Api, operator: Operator) -> None:
    """A calendar setting that we would refuse: its user goes by name, and the chain behind it stays."""
    chain = api.calendar_chain()
    operator.simulator.change("calendar-setting", chain["calendar-setting"], call_timeout=0)
    operator = exported(operator, "--with-contacts")
    plan = adopted(demand_adoption(operator))
    assert "calendar_user.clinic-bot" in plan and "event.clinic" in plan
    assert "calendar_setting.clinic" not in plan
    assert "calendar_setting: {name: Clinic}" in manifest(operator, "calendar_users.yaml")


def test_an_alarm_names_an_event_that_we_would_refuse(api: Api, operator: Operator) -> None:
    chain = api.calendar_chain()
    api.create("alarm", event=chain["event"], date_start_notice="2027-02-14T02:00:00Z")
    operator.simulator.change("event", chain["event"], end="2027-02-01T02:30:00Z")
    operator = exported(operator, "--with-contacts")
    found = adopted(demand_adoption(operator))
    assert "alarm.clinic" in found and "event.clinic" not in found
    assert "event: {name: Check-up}" in manifest(operator, "alarms.yaml")


def test_an_event_of_somebody_else_on_the_calendar(api: Api, operator: Operator) -> None:
    """`creator` is not declared where it is the calendar's user, by name where it is another one."""
    chain = api.calendar_chain()
    api.create("calendar-user", username="other-bot", calendar_setting=chain["calendar-setting"])
    other = next(row["id"] for row in api.rows("calendar-user") if row["username"] == "other-bot")
    api.create("event", title="Theirs", creator=other, calendar=chain["calendar"])
    operator = exported(operator, "--with-contacts")
    assert {"event.clinic", "event.clinic-2"} <= adopted(demand_adoption(operator))
    assert manifest(operator, "events.yaml").count("creator: ") == 1


def test_only_what_is_our_own_of_a_lists_several_users(simulator: Simulator, tmp_path: Path) -> None:
    simulator.reset(now=NOW)
    simulator.create("phonebook", name="Ours")
    operator = newcomer(simulator, tmp_path / "account")
    operator.environ = {"ALICE_USERNAME": "admin", "ALICE_PASSWORD": "admin"}
    said = operator.run("export")
    assert said.code == 1 and "--user" in said.err and "2 users" in said.err
    assert sorted(path.name for path in operator.directory.iterdir()) == ["alice.yaml"]
    operator = exported(operator, "--user", "203")
    assert adopted(demand_adoption(operator)) == {"phonebook.ours"}
    assert "id: " in manifest(operator, "phonebooks.yaml")


def test_an_empty_account(operator: Operator) -> None:
    said = operator.succeed("export", "--with-contacts")
    assert "Wrote 1 file " in said.out  # of the sample, that it is not ours
    assert demand_adoption(operator)["changes"] == []


@pytest.mark.parametrize(
    "number",
    ["0934890884\n0934890885", "\ufeff0934890884", "0934890884\r\n", "\r0934890884", "09348\u202890884", "a\x1fb\x1e"],
)
def test_a_number_with_line_breaks_or_marks_spoils_neither_plan_nor_export(
    api: Api, operator: Operator, number: str
) -> None:
    """Typed, or pasted, on Alice's web page."""
    old, leads = (api.create("phonebook", name=name)["id"] for name in ("Old", "Leads"))
    dnc = api.create("dnc-list", name="Opt-outs")["id"]
    for text in ("0934890881", number):
        operator.simulator.create("contact", phonebook=old, contact=text, status=1)
        operator.simulator.create("dnc-contact", dnc=dnc, phone_number=text)
    operator.simulator.create("contact", phonebook=leads, contact="0934890882", status=1)
    before = [operator.simulator.objects(kind) for kind in ("contact", "dnc-contact")]
    operator = exported(operator, "--with-contacts")
    plan = operator.plan()
    assert [row for row in plan["rows"] if row["add"] or row["change"] or row["remove"]] == []
    read = "".join(number.split()).strip("\ufeff") == "0934890884" and "\u2028" not in number
    told = {each["address"] for each in plan["findings"] if each["id"] == "unreadable-rows"}
    assert told == (set() if read else {"phonebook.old", "dnc_list.opt-outs"})
    operator.apply()
    operator.demand_nothing_to_do()
    assert [operator.simulator.objects(kind) for kind in ("contact", "dnc-contact")] == before


@pytest.mark.parametrize("form", ["null", "word", "names"])
@pytest.mark.parametrize("field", ["campaigns.phonebook", "campaigns.aleg_gateway", "calendar-setting.survey"])
def test_what_points_at_nothing_that_can_be_read_is_left_out_or_proven(
    api: Api, operator: Operator, field: str, form: str
) -> None:
    api.calendar_chain()
    operator.simulator.variants(unread_fields=field, unread_form=form)
    demand_adoption(exported(operator))
