"""Contacts and do-not-call numbers: in files only when asked for, and such that no row changes."""

from __future__ import annotations

import csv
import re
import stat
from pathlib import Path

import pytest

from provisioner.simulator.process import Simulator
from tests.export.account import adopted, demand_adoption, exported, manifest, newcomer
from tests.export.test_examples import apply_example
from tests.factories import NOW
from tests.operator import Operator
from tests.simulator.client import Api

NUMBER = re.compile(r"(?<!\d)(?:\+?84|0)9\d{8}(?!\d)")
ROWS = (
    {"contact": "0934890810", "first_name": "Quỳnhmai", "additional_vars": '{"amount": 5, "list": [1, {"b": 2}]}'},
    {"contact": "+84 934 890 811", "status": 0, "last_name": 'a,b;"c"\nd', "email": "mai@khach.example"},
    {"contact": "84934890812", "description": "two\r\nlines\rand tab\t", "country": "VN"},
    {"contact": "0934890813", "additional_vars": '{"email": "var", "status": "0", "contact": "x", "": "y"}'},
    {"contact": "0934890814", "additional_vars": '{"email": "var", "status": "0", "contact": "x"}'},
    {"contact": "0934890810", "first_name": "again"},
    {"contact": "12", "first_name": "short"},
    {"contact": "0934890815", "email": "no mail"},
    {"contact": "0934890816", "additional_vars": '["no mapping"]'},
    {"contact": "0934890817", "additional_vars": "null", "first_name": "  blanks "},
    {"contact": "0934890818", "additional_vars": '{"0934890819": "a number for a name"}'},
)


def files(operator: Operator) -> dict[str, Path]:
    found = (path for path in operator.directory.rglob("*") if path.is_file() and ".alice" not in path.parts)
    return {path.relative_to(operator.directory).as_posix(): path for path in found}


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as text:
        return list(csv.DictReader(text))


def test_every_row_that_a_file_can_say(api: Api, operator: Operator) -> None:
    phonebook = api.create("phonebook", name="VIP")["id"]
    operator.simulator.create_many("contact", [{"phonebook": phonebook, **row} for row in ROWS])
    before = operator.simulator.objects("contact")
    operator = exported(operator, "--with-contacts")
    [rows] = demand_adoption(operator)["rows"]
    assert operator.simulator.objects("contact") == before
    written = rows_of(files(operator)["contacts/vip.csv"])
    assert rows["unchanged"] == len(written) == 5
    assert written[0]["amount"] == "5" and written[0]["list"] == '[1,{"b":2}]'
    assert [row["contact_"] for row in written][1:3] == ["+84 934 890 811", "+84934890812"]
    assert {row["status_"] for row in written} == {"active", "inactive"} and written[3]["status"] == "0"
    text = manifest(operator, "phonebooks.yaml")
    assert "on_missing: keep" in text
    assert "1 contact\n" in text and "5 contacts\n" in text


FORMULAS = ("=HYPERLINK(1)", "+1+cmd|x", "-2+3", "@SUM(1)", "'=1", "''@x", "'quoted'")


def test_what_a_spreadsheet_would_calculate_is_text_in_the_file_and_comes_back(api: Api, operator: Operator) -> None:
    phonebook = api.create("phonebook", name="VIP")["id"]
    contacts = [
        {
            "phonebook": phonebook,
            "contact": f"+8493489081{index}",
            "first_name": text,
            "additional_vars": {"note": text},
        }
        for index, text in enumerate(FORMULAS)
    ]
    operator.simulator.create_many("contact", contacts)
    operator = exported(operator, "--with-contacts")
    [rows] = demand_adoption(operator)["rows"]
    assert rows["unchanged"] == len(FORMULAS)
    text = files(operator)["contacts/vip.csv"].read_text(encoding="utf-8")
    assert text.count("+8493489081") == len(FORMULAS)
    assert not re.search(r"[,\n\"][=@-]|,\+", text)
    table = operator.succeed("get", "contacts", "--output", "csv").out
    assert "'=HYPERLINK(1)" in table and ",=" not in table and ",+1" not in table


def test_a_phonebook_that_a_file_says_completely_needs_no_options(api: Api, operator: Operator) -> None:
    phonebook = api.create("phonebook", name="VIP")["id"]
    plain = [{"phonebook": phonebook, "contact": f"09348908{index}", "status": 1} for index in range(10, 99)]
    operator.simulator.create_many("contact", plain)
    operator = exported(operator, "--with-contacts")
    [rows] = demand_adoption(operator)["rows"]
    assert rows["unchanged"] == 89
    assert "    contacts: contacts/vip.csv\n" in manifest(operator, "phonebooks.yaml")


def test_a_phonebook_of_a_running_campaign_rings_nobody(api: Api, operator: Operator) -> None:
    api.started_campaign("0934890810", "+84934890811", object_id=api.create("survey-template")["id"])
    armed, rings = operator.simulator.arming(), operator.simulator.rings()
    operator = exported(operator, "--with-contacts")
    plan = demand_adoption(operator)
    assert plan["calls"] == {"campaigns": 0, "contacts": 0, "alarms": 0}
    assert (operator.simulator.arming(), operator.simulator.rings()) == (armed, rings)


@pytest.mark.parametrize(
    ("number_format", "kept"), [("national", ["0934890810"]), ("as_is", ["0934890810", "+84934890811", "0934 890 812"])]
)
def test_dnc_numbers_whose_text_would_be_sent_otherwise_are_left_out(
    number_format: str, kept: list[str], api: Api, simulator: Simulator, tmp_path: Path
) -> None:
    dnc = api.create("dnc-list", name="Opt-outs")["id"]
    for number in ("0934890810", "+84934890811", "0934 890 812", "0934890810", "nonsense"):
        simulator.create("dnc-contact", dnc=dnc, phone_number=number)
    operator = newcomer(simulator, tmp_path / "account", f"number_format: {number_format}")
    operator = exported(operator, "--with-contacts")
    demand_adoption(operator)
    assert [row["phone_number"] for row in rows_of(files(operator)["numbers/opt-outs.csv"])] == kept
    assert len(operator.simulator.objects("dnc-contact")) == 5


def test_nothing_personal_without_being_asked(simulator: Simulator, tmp_path: Path) -> None:
    simulator.reset(now=NOW)
    apply_example(simulator, "clinic", tmp_path / "made")
    dnc = simulator.create("dnc-list", name="Opt-outs")["id"]
    simulator.create("dnc-contact", dnc=dnc, phone_number="0934890844")
    operator = newcomer(simulator, tmp_path / "account", "server_timezone: UTC")
    said = operator.succeed("export")
    operator = exported(operator, "--force")
    texts = [path.read_text(encoding="utf-8") for path in files(operator).values()]
    assert not any(NUMBER.search(text) for text in (*texts, said.out, said.err))
    assert not any(word in text for text in texts for word in ("correct-horse", "first_name"))
    assert not [name for name in files(operator) if name.endswith(".csv") or name == ".gitignore"]
    assert "3 alarms, which hold telephone numbers" in manifest(operator, "alarms.yaml")
    assert "# Not exported: contacts." in manifest(operator, "phonebooks.yaml")
    plan = demand_adoption(operator)
    assert not [each for each in adopted(plan) if each.startswith("alarm.")]


def test_personal_data_is_for_its_owner_alone(api: Api, operator: Operator) -> None:
    phonebook = api.create("phonebook", name="VIP")["id"]
    api.create("contact", phonebook=phonebook, contact="0934890810", first_name="Quỳnhmai")
    chain = api.calendar_chain()
    api.create("alarm", event=chain["event"], date_start_notice="2027-02-14T02:00:00Z")
    operator = exported(operator, "--with-contacts")
    for name, path in files(operator).items():
        assert name == "alice.yaml" or stat.S_IMODE(path.stat().st_mode) == 0o600, name
    for name in ("contacts", "appointments"):
        assert stat.S_IMODE((operator.directory / name).stat().st_mode) == 0o700
    assert manifest(operator, ".gitignore").splitlines()[1:] == ["/appointments/", "/contacts/"]
    assert not [path for path in operator.directory.iterdir() if path.name.startswith(".alice-export")]
    demand_adoption(operator)


def test_a_gitignore_that_is_there_is_left_alone_and_told(api: Api, operator: Operator) -> None:
    phonebook = api.create("phonebook", name="VIP")["id"]
    api.create("contact", phonebook=phonebook, contact="0934890810")
    operator.write(".gitignore", "*.pyc\n")
    said = operator.succeed("export", "--with-contacts")
    assert "/contacts/" in said.out and manifest(operator, ".gitignore") == "*.pyc\n"
    operator.write(".gitignore", "contacts\n")
    assert "/contacts/" not in operator.succeed("export", "--with-contacts", "--force").out


def test_alarms_whose_number_cannot_be_declared_are_left_out(api: Api, operator: Operator) -> None:
    chain = api.calendar_chain()
    for number in ("0934890810", "+84934890810", "12"):
        row = {"alarm_phonenumber": number, "event": chain["event"], "date_start_notice": "2027-02-14T02:00:00Z"}
        operator.simulator.create("alarm", **row)
    armed = operator.simulator.arming()
    operator = exported(operator, "--with-contacts")
    assert len([each for each in adopted(demand_adoption(operator)) if each.startswith("alarm.")]) == 1
    assert operator.simulator.arming() == armed
    comments = [line for line in manifest(operator, "alarms.yaml").splitlines() if line.startswith("#")]
    assert sum(line.startswith("# Not exported, because") for line in comments) == 2
    assert not any(NUMBER.search(line) for line in comments)


def test_rows_that_repeat_a_number_are_counted_among_those_that_are_in_no_file(api: Api, operator: Operator) -> None:
    phonebook = api.create("phonebook", name="VIP")["id"]
    for number in ("0934890810", "0934890810", "0934890811", "+1"):
        operator.simulator.create("contact", phonebook=phonebook, contact=number)
    said = operator.succeed("export", "--with-contacts")
    assert "  2 contacts\n" in said.out
    assert said.err == "note: 2 of 4 contacts not exported: comments in the files say why\n"


def test_rows_of_no_country_are_counted_with_what_to_do(api: Api, operator: Operator) -> None:
    phonebook, other = api.create("phonebook", name="VIP")["id"], api.create("phonebook", name="Other")["id"]
    dnc = api.create("dnc-list", name="Opt-outs")["id"]
    for number in ("0934890810", "0934890811"):
        api.create("contact", phonebook=phonebook, contact=number)
        operator.simulator.create("dnc-contact", dnc=dnc, phone_number=number)
    for number in ("0934890812", "+84934890813", "+1"):
        operator.simulator.create("contact", phonebook=other, contact=number)
    text = manifest(operator, "alice.yaml")
    operator.write("alice.yaml", text.replace("region: VN\n", ""))
    said = operator.succeed("export", "--with-contacts")
    why = "a number without + has no country while alice.yaml names no `region:`"
    assert f"note: 3 of 5 contacts not exported: {why}; set it, and run this again with --force" in said.err
    assert "note: 1 of 5 contacts not exported: comments in the files say why" in said.err
    assert f"note: 2 of 2 DNC numbers not exported: {why}" in said.err
    comments = " ".join(manifest(operator, "phonebooks.yaml").replace("#", "").split())
    assert f"Not exported: 2 contacts of phonebook.vip, because {why}" in comments
    assert f"not in the file, because {why} (set it, and run `export` again with --force): 1 contact " in comments
    demand_adoption(operator)
    operator.write("alice.yaml", text)
    again = operator.succeed("export", "--with-contacts", "--force")
    assert again.err == "note: 1 of 5 contacts not exported: comments in the files say why\n"
    assert [len(rows_of(files(operator)[name])) for name in ("contacts/vip.csv", "numbers/opt-outs.csv")] == [2, 2]
    demand_adoption(operator)
