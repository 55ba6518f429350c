"""A second round: contacts of a campaign by what became of them, and nobody who answered, or may have.

Told by the simulator's own records of who was called, never by what our side believes.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from provisioner.simulator.process import Simulator
from tests.factories import alice as settings
from tests.operator import Operator
from tests.pipeline import BLOCK, ROOT, Runner

EXAMPLE = Path(__file__).parent.parent / "examples" / "second-round"
FIRST = datetime(2027, 1, 20, 9, tzinfo=UTC)  # inside the windows of both rounds by the simulator's clock
SECOND = datetime(2027, 1, 25, 9, tzinfo=UTC)
WINDOW = (
    "survey: welcome, gateway: AliceDevGateway, frequency: 60, startingdate: 2027-01-20T08:00:00+07:00, "
    'expirationdate: 2027-01-30T17:00:00+07:00, daily_start_time: "08:00", daily_stop_time: "17:00", purpose: survey'
)
ROUND = "campaign: tet, outcome: [noanswer, busy, failed]"


def campaign(key: str, book: str, status: str) -> str:
    return f"  {key}: {{name: {key}, phonebooks: [{book}], status: {status}, {WINDOW}}}\n"


def first_round(status: str = "started") -> str:
    return (
        "surveys:\n  welcome: {name: W, sections: "
        '[{key: hi, type: play_message, question: Hi, script: "Hi {first_name}"}]}\n'
        "phonebooks:\n  vip: {name: VIP, contacts: {file: vip.csv, variables: [amount]}}\n"
        f"campaigns:\n{campaign('tet', 'vip', status)}"
    )


def second_round(contacts: str = ROUND, status: str = "started") -> str:
    book = f"phonebooks:\n  retry: {{name: Retry, contacts: {{{contacts}}}}}\n"
    return f"{book}campaigns:\n{campaign('again', 'retry', status)}"


@pytest.fixture
def operator(tmp_path: Path, simulator: Simulator) -> Operator:
    """Whoever has made the first round and started it; nobody was called yet."""
    simulator.reset(now=FIRST)
    operator = Operator(tmp_path, simulator, FIRST)
    operator.write("alice.yaml", settings("test", simulator.endpoint))
    rows = (f"09348908{n:02},Linh {n},{n}\n" for n in range(24))
    operator.write("vip.csv", "contact,first_name,amount\n" + "".join(rows))
    operator.write("tet.yaml", first_round())
    operator.apply()
    return operator


def called(simulator: Simulator, *outcomes: str, name: str = "tet") -> set[str]:
    """The numbers of a campaign's calls that ended so, as the server's table has them."""
    [one] = [each["id"] for each in simulator.objects("campaigns") if each["name"] == name]
    found = simulator.objects("cdr", campaign=one)
    return {row["phone_number"] for row in found if not outcomes or row["disposition"] in outcomes}


def contacts(simulator: Simulator, book: str = "Retry") -> dict[str, Any]:
    [one] = [each["id"] for each in simulator.objects("phonebook") if each["name"] == book]
    return {row["contact"]: row for row in simulator.objects("contact", phonebook=one) if row["status"] == 1}


def finding(operator: Operator, *options: str) -> dict[str, Any]:
    [found] = [each for each in operator.plan(*options)["findings"] if each["id"] == "second-round"]
    return dict(found)


def test_the_example_calls_nobody_twice_who_answered(tmp_path: Path, simulator: Simulator) -> None:
    project = tmp_path / "project"
    shutil.copytree(EXAMPLE, project)
    simulator.reset(now=FIRST)
    operator = Operator(project, simulator, FIRST, {"ALICE_ENDPOINT": simulator.endpoint})
    operator.apply()
    simulator.tick(60)
    name, before = "Nhắc phí Tết 2027", simulator.rings()
    first, answered = called(simulator, name=name), called(simulator, "ANSWER", name=name)
    unreached = called(simulator, "NOANSWER", "BUSY", "FAILED", name=name)
    assert len(first) == 23 and answered and unreached, "all but the one on the do-not-call list"
    said = operator.run("results", "tet-2027")
    assert said.code == 0 and f"{len(answered)} answered" in said.err
    simulator.clock(SECOND)
    later = Operator(project, simulator, SECOND, operator.environ)
    manifest = project / "second-round.yaml"
    manifest.write_text(manifest.read_text().replace("status: paused", "status: started"), encoding="utf-8")
    assert later.plan("--allow-calls")["calls"]["contacts"] == len(unreached)
    later.apply()
    later.demand_nothing_to_do()
    simulator.tick(60)
    again = [ring["number"] for ring in simulator.rings()[len(before) :]]
    assert sorted(again) == sorted(unreached), "each of them once, and nobody who answered"
    later.demand_nothing_to_do()
    assert {row["additional_vars"] for row in contacts(simulator, "Đến hạn đóng phí, gọi lần hai").values()} <= {
        row["additional_vars"] for row in contacts(simulator, "Đến hạn đóng phí").values()
    }


@pytest.mark.parametrize(
    "pages",
    [
        ("docs/guides/results.md", "docs/recipes/second-round.md"),
        ("docs/vi/guides/results.md", "docs/vi/guides/second-round.md"),
    ],
    ids=["en", "vi"],
)
def test_the_pages_are_followed(pages: tuple[str, str], tmp_path: Path, simulator: Simulator) -> None:
    """After a first round, what they say is typed; the Vietnamese ones say the same."""
    simulator.reset(now=FIRST)
    runner = Runner(simulator, tmp_path / "runner")
    project = tmp_path / "project"
    shutil.copytree(EXAMPLE, project, ignore=shutil.ignore_patterns(".alice"))
    runner.environ |= {"ALICE_NOW": FIRST.isoformat(), "ALICE_ENDPOINT": simulator.endpoint}
    runner.run(project, "alice-apply apply --auto-approve --allow-calls")
    simulator.tick(60)
    simulator.clock(SECOND)
    runner.environ |= {"ALICE_NOW": SECOND.isoformat(), "ALICE_LANG": "vi"}
    typed = [[text for name, text in BLOCK.findall((ROOT / page).read_text()) if name == "sh"] for page in pages]
    results, steps = ("".join(lines) for lines in typed)
    unreached = called(simulator, "NOANSWER", "BUSY", "FAILED", name="Nhắc phí Tết 2027")
    told = runner.run(project, results)
    assert unreached and all(number in told for number in unreached)
    assert (project / "results.csv").stat().st_mode & 0o077 == 0
    said = runner.run(project, steps)
    assert f"{len(unreached)} liên hệ từ campaign.tet-2027: " in said
    assert set(contacts(simulator, "Đến hạn đóng phí, gọi lần hai")) == unreached
    assert "Không có thay đổi." in runner.run(project, "alice-apply plan")


VARIANTS: tuple[dict[str, str], ...] = (
    {},
    {"filters": "ignored"},
    {"subscriber_contact": "id", "relations": "nested"},
    {"phone_text": "e164"},
    {"additional_vars": "object"},
)


@pytest.mark.parametrize("variants", VARIANTS, ids=lambda given: "-".join(given) or "usual")
def test_who_is_taken_has_all_fields_and_is_taken_once(
    operator: Operator, simulator: Simulator, variants: Mapping[str, str]
) -> None:
    simulator.tick(60)
    simulator.variants(**variants)
    operator.write("second.yaml", second_round())
    operator.apply()
    operator.demand_nothing_to_do()
    found, wanted = contacts(simulator), called(simulator, "NOANSWER", "BUSY", "FAILED")
    assert {number[-9:] for number in found} == {number[-9:] for number in wanted}
    for number, row in found.items():
        place = int(number[-2:])
        assert (row["first_name"], row["additional_vars"]) == (f"Linh {place}", f'{{"amount":"{place}"}}')


def test_a_script_may_say_what_its_contacts_bring_along(operator: Operator, simulator: Simulator) -> None:
    simulator.tick(60)
    section = '{key: a, type: play_message, question: A, script: "{amount} {owed}"}'
    survey = f"surveys:\n  s: {{name: S, sections: [{section}]}}\n"
    operator.write("second.yaml", survey + second_round().replace("survey: welcome", "survey: s"))
    said = [each["message"] for each in operator.plan()["findings"] if each["id"] == "content"]
    assert [text[: text.index(",")] for text in said] == ["contacts of phonebook.retry have nothing for {owed}"]


def test_who_was_called_too_often_or_is_not_active_any_more_is_left_out(
    operator: Operator, simulator: Simulator
) -> None:
    simulator.tick(60)
    often, gone, off, *taken = sorted(called(simulator, "NOANSWER", "BUSY", "FAILED"))
    [subscriber] = simulator.objects("subscriber-list", duplicate_contact=often)
    simulator.change("subscriber-list", subscriber["id"], count_attempt=4)
    rows = {row["contact"]: row["id"] for row in simulator.objects("contact")}
    operator.write("vip.csv", "contact,amount\n" + "\n".join(f"{n},1" for n in rows if n not in (gone, off)))
    simulator.delete("contact", rows[gone])
    simulator.change("contact", rows[off], status=0)
    operator.write("second.yaml", second_round(f"{ROUND}, most_attempts: 3"))
    plan = operator.plan("--allow-calls")
    [retry] = [each for each in plan["rows"] if each["address"] == "phonebook.retry"]
    assert retry["add"] == len(taken)
    left_out = retry["left_out"]
    assert (left_out["attempts"], left_out["inactive"], left_out["gone"]) == (1, 1, 1)
    assert left_out["outcome:answered"] == len(called(simulator, "ANSWER"))
    said = finding(operator)["message"]
    assert "1 called too often" in said and "answered" in said and str(len(taken)) in said


def test_who_answered_elsewhere_or_may_have_is_left_out(operator: Operator, simulator: Simulator) -> None:
    simulator.tick(60)
    reached, perhaps, *taken = sorted(called(simulator, "NOANSWER", "BUSY", "FAILED"))
    other = simulator.create("campaigns", name="Mid-autumn", status=4)["id"]
    record = {name: value for name, value in simulator.objects("cdr")[0].items() if name != "id"}
    for number, disposition in ((reached, "ANSWER"), (perhaps, "VOICEMAIL")):
        told = {"phone_number": "+84" + number[1:], "disposition": disposition, "billsec": 0, "campaign": other}
        simulator.create("cdr", **{**record, **told})
    operator.write("second.yaml", second_round(f"{ROUND}, reached_by: [{{name: Mid-autumn}}]"))
    operator.apply()
    assert sorted(contacts(simulator)) == taken
    operator.demand_nothing_to_do()


@pytest.mark.parametrize("recorded", [True, False])
def test_nobody_is_taken_while_a_campaign_that_may_have_reached_them_may_be_there_unseen(
    recorded: bool, operator: Operator, simulator: Simulator
) -> None:
    """The first round is known by its record; of the other nobody knows more than that it is not shown."""
    operator.write("mid.yaml", f"campaigns:\n{campaign('mid', 'vip', 'paused')}")
    operator.apply()
    simulator.tick(60)
    if not recorded:
        operator.succeed("state", "rm", "campaign.mid")
    later = Operator(operator.directory, simulator, datetime(2027, 2, 1, tzinfo=UTC))
    simulator.variants(forbidden_get="campaigns")
    operator.write("second.yaml", f"phonebooks:\n  retry: {{name: Retry, contacts: {{{ROUND}, reached_by: [mid]}}}}\n")
    simulator.clear_requests()
    said = later.run("apply", "--auto-approve", "--on-error", "continue")
    assert [each for each in simulator.writes() if "contact" in each["path"]] == [], said.out + said.err


def test_while_the_campaign_may_dial_nobody_is_taken(operator: Operator, simulator: Simulator) -> None:
    simulator.tick(12)
    operator.write("second.yaml", second_round())
    said = operator.run("apply", "--auto-approve", "--allow-calls")
    assert said.code == 3 and "campaign.tet is not known to be over or stopped" in said.err
    assert "allow_running: true" in said.err
    assert finding(operator)["severity"] == "error"
    operator.write("second.yaml", second_round(f"{ROUND}, allow_running: true", status="paused"))
    operator.apply()
    assert sorted(contacts(simulator)) == sorted(called(simulator, "NOANSWER", "BUSY", "FAILED"))
    operator.write("second.yaml", second_round(status="paused"))
    simulator.tick(6)
    operator.demand_nothing_to_do()
    assert finding(operator)["severity"] == "error", "and the rows that are there stay"


UNKNOWN: tuple[dict[str, str], ...] = (
    {"unread_fields": "campaigns.status", "unread_form": "99"},
    {"unread_fields": "campaigns.status", "unread_form": "hidden"},
    {"forbidden_list": "cdr"},
    {"failing_pages": "cdr", "failing_page_answer": "403"},
    {"forbidden_list": "subscriber-list"},
    {"unread_fields": "cdr.campaign", "unread_form": "hidden"},
)


@pytest.mark.parametrize("variants", UNKNOWN, ids=lambda given: "-".join(given.values()))
def test_what_is_not_known_takes_nobody(operator: Operator, simulator: Simulator, variants: Mapping[str, str]) -> None:
    simulator.tick(60)
    simulator.variants(**variants)
    operator.write("second.yaml", second_round())
    simulator.clear_requests()
    said = operator.run("apply", "--auto-approve", "--allow-calls")
    assert said.code in (1, 3) and "Traceback" not in said.err
    assert simulator.writes() == []
    assert said.code == (3 if "campaigns.status" in variants.values() else 1), said.err


def test_a_plan_is_stale_once_the_results_choose_others(operator: Operator, simulator: Simulator) -> None:
    simulator.tick(60)
    operator.write("second.yaml", second_round())
    file = str(operator.directory / "plan.json")
    operator.succeed("plan", "--out", file, "--allow-calls")
    record = next(row for row in simulator.objects("cdr") if row["disposition"] == "BUSY")
    simulator.change("cdr", record["id"], disposition="ANSWER", billsec=5)
    simulator.clear_requests()
    assert operator.run("apply", file).code == 5 and simulator.writes() == []


def test_the_rows_stay_when_the_campaign_is_gone(operator: Operator, simulator: Simulator) -> None:
    simulator.tick(60)
    operator.write("second.yaml", second_round())
    operator.apply()
    before = sorted(contacts(simulator))
    simulator.delete("campaigns", 1243)
    plan = operator.plan()
    [retry] = [each for each in plan["rows"] if each["address"] == "phonebook.retry"]
    assert (retry["add"], retry["change"], retry["remove"]) == (0, 0, 0)
    assert "is not on the server any more" in finding(operator)["message"]
    assert sorted(contacts(simulator)) == before


def test_a_round_that_this_plan_goes_on_with_takes_nobody(operator: Operator, simulator: Simulator) -> None:
    """Paused now, and resumed by the very plan that would call the others as well."""
    simulator.tick(12)
    operator.write("tet.yaml", first_round("paused"))
    operator.apply()
    operator.write("tet.yaml", first_round("started"))
    operator.write("second.yaml", second_round())
    said = operator.run("apply", "--auto-approve", "--allow-calls")
    assert said.code == 3 and "campaign.tet is started by this plan" in said.err


MISTAKES = (
    ("campaign: tet", "needs `outcome:` beside it"),
    ("outcome: [busy], file: vip.csv", "needs `campaign:` beside it"),
    (f"{ROUND}, file: vip.csv", "goes with no campaign"),
    (f"{ROUND}, variables: [amount]", "goes with no campaign"),
    ("campaign: tett, outcome: [busy]", "did you mean 'tet'"),
    ("campaign: tet, outcome: [answered]", "must be noanswer, busy, failed"),
    (f"{ROUND}, reached_by: [autumn]", "there is no campaign"),
)


@pytest.mark.parametrize(("contacts", "message"), MISTAKES, ids=[each for each, _ in MISTAKES])
def test_what_is_wrong_in_the_manifest_is_told_at_its_place(
    tmp_path: Path, simulator: Simulator, contacts: str, message: str
) -> None:
    operator = Operator(tmp_path, simulator, FIRST)
    operator.write("alice.yaml", settings("test", simulator.endpoint))
    operator.write("vip.csv", "contact,amount\n0934890883,1\n")
    operator.write("tet.yaml", first_round())
    operator.write("second.yaml", second_round(contacts))
    said = operator.run("validate")
    assert said.code == 1 and message in said.err + said.out and "second.yaml:2:" in said.err + said.out


def test_over_is_what_its_time_has_passed(operator: Operator, simulator: Simulator) -> None:
    """Started as far as its status goes, and expired: it calls nobody any more."""
    simulator.tick(12)
    later = datetime(2027, 2, 1, tzinfo=UTC)
    operator.write("second.yaml", second_round(status="paused"))
    assert finding(Operator(operator.directory, simulator, FIRST + timedelta(hours=1)))["severity"] == "error"
    assert finding(Operator(operator.directory, simulator, later))["severity"] == "info"
