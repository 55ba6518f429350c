"""Secrets: written once, recorded as keyed hashes, and a changed one is said with what to do."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from provisioner.manifests import load
from provisioner.plan.secrets import Digester, Key
from provisioner.rows import Workspace
from provisioner.state import open_store
from tests.ownership.conftest import CALENDAR, CAMPAIGN, PHONEBOOK, SURVEY, Owner


def secret_findings(owner: Owner) -> list[dict[str, Any]]:
    return [each for each in owner.plan()["findings"] if each["id"] == "secret-changed"]


@pytest.fixture
def clinic(owner: Owner) -> Owner:
    sealed = owner.simulator.create("survey-list", name="Sealed", user=203)
    owner.declare_and_apply(SURVEY, CALENDAR.replace("SEALED", str(sealed["id"])))
    return owner


def test_a_changed_password_is_said_and_never_sent(clinic: Owner) -> None:
    assert secret_findings(clinic) == []
    changed = replace(clinic, environ={"BOT_PASSWORD": "battery-staple"})
    changed.apply()  # which does not settle it
    [finding] = secret_findings(changed)
    assert (finding["address"], finding["severity"]) == ("calendar_user.bot", "warning")
    assert "web page" in finding["message"]
    assert "battery-staple" not in str(finding)
    changed.demand_nothing_to_do()


def test_adopting_it_again_settles_it(clinic: Owner) -> None:
    changed = replace(clinic, environ={"BOT_PASSWORD": "battery-staple"})
    [finding] = secret_findings(changed)
    command = finding["message"].partition("`alice-apply ")[2].rstrip("`").split()
    changed.succeed(*command)
    assert secret_findings(changed) == []
    changed.apply()
    assert len(secret_findings(clinic)) == 1


ELSEWHERE = {"ALICE_PLAN_KEY": "another"}
ANOTHER_TOKEN = {"ALICE_PASSWORD": "", "ALICE_USERNAME": ""}


@pytest.mark.parametrize("login", [ELSEWHERE, ANOTHER_TOKEN])
def test_another_key_or_login_makes_no_difference(clinic: Owner, login: dict[str, str]) -> None:
    """Hashes were keyed with ALICE_PLAN_KEY, the password or the token: after a change of it nothing was noticed."""
    clinic.simulator.variants(forbidden_get="alarm")
    login = login if login is ELSEWHERE else {**login, "ALICE_TOKEN": clinic.simulator.token()}
    other = replace(clinic, environ={"BOT_PASSWORD": "battery-staple", **login})
    other.write("manifest.yaml", (other.directory / "manifest.yaml").read_text().replace("0934890883", "0934890885"))
    assert [each["address"] for each in other.plan()["changes"]] == ["alarm.visit"]
    assert len(secret_findings(other)) == 1


def test_a_changed_number_is_noticed_where_nothing_can_be_read(clinic: Owner) -> None:
    clinic.simulator.variants(forbidden_get="alarm")
    clinic.demand_nothing_to_do()
    clinic.write("manifest.yaml", (clinic.directory / "manifest.yaml").read_text().replace("0934890883", "0934890885"))
    [change] = clinic.plan()["changes"]
    assert (change["address"], change["action"], change["calls"]) == ("alarm.visit", "update", True)
    assert change["fields"] == [{"path": "alarm_phonenumber", "before": "(sensitive)", "after": "(sensitive)"}]
    clinic.apply()
    clinic.demand_nothing_to_do()


# Hashes of another key than the state's, such as states of before the first release had


def keyed_with(owner: Owner, secret: str) -> None:
    """Every digest of the state as one whose key was made of a secret."""
    environ = {"BOT_PASSWORD": "correct-horse"}
    resources = load(owner.directory, environment=None, variables={}, environ=environ).resources
    with open_store(
        "sqlite:///.alice/state.db", directory=owner.directory, project="ownership", environment="default"
    ) as store:
        former = Digester(Key.derived(secret, store.scope.key))
        for address, record in store.recorded().items():
            digests_of = {name: former.of(resources[address].fields[name]) for name in record.digests}
            store.put(replace(record, digests=digests_of))


def digests_of(owner: Owner) -> str:
    """Of what the server does not show: what it shows, such as the title of an event, is compared and sealed anew."""
    with open_store(
        "sqlite:///.alice/state.db", directory=owner.directory, project="ownership", environment="default"
    ) as store:
        own = Key(store.scope.key).name
        unseen = [r.digests for r in store.recorded().values() if r.address.kind != "event"]
        return str(unseen).replace(own, "OWN")


def unknown_findings(owner: Owner) -> list[tuple[str, str, str]]:
    found = [each for each in owner.plan()["findings"] if each["id"] == "secret-unknown"]
    return [(each["severity"], each["address"], each["message"]) for each in found]


def renumber(owner: Owner) -> None:
    owner.write("manifest.yaml", (owner.directory / "manifest.yaml").read_text().replace("0934890883", "0934890885"))


def test_what_an_unknown_key_sealed_is_neither_unchanged_nor_changed(clinic: Owner) -> None:
    """The number was changed together with ALICE_PLAN_KEY: "No changes", and the old person was called."""
    clinic.simulator.variants(forbidden_get="alarm")
    keyed_with(clinic, "nobody has it any more")
    renumber(clinic)
    for _ in range(2):  # an apply of something else does not settle it
        severities = [(severity, address) for severity, address, _ in unknown_findings(clinic)]
        assert severities == [("info", "calendar_user.bot"), ("error", "alarm.visit")]
        clinic.demand_nothing_to_do()
        clinic.apply()
        assert "OWN:" not in digests_of(clinic)
    for _, _, message in unknown_findings(clinic):
        clinic.succeed(*message.partition("`alice-apply ")[2].rstrip("`").split())
    assert unknown_findings(clinic) == []
    clinic.apply()
    renumber_back = (clinic.directory / "manifest.yaml").read_text().replace("0934890885", "0934890883")
    clinic.write("manifest.yaml", renumber_back)
    assert [each["address"] for each in clinic.plan()["changes"]] == ["alarm.visit"]


def test_a_change_of_what_is_not_known_needs_somebody_who_knows(clinic: Owner) -> None:
    clinic.simulator.variants(forbidden_get="alarm")
    keyed_with(clinic, "nobody has it any more")
    later = (clinic.directory / "manifest.yaml").read_text().replace("2027-02-14T09:00", "2027-02-14T10:00")
    clinic.write("manifest.yaml", later)
    said = clinic.run("apply", "--auto-approve", "--allow-calls")
    assert said.code == 3
    assert "secret-unknown: whether alarm_phonenumber is still as it was sent is not known" in said.err
    assert clinic.simulator.objects("alarm")[0]["date_start_notice"].startswith("2027-02-14T02:00")


# What once was a secret


def test_the_old_value_of_what_came_from_the_environment_stays_hidden(owner: Owner) -> None:
    secret = replace(owner, environ={"NOTE": "s3cr3t-Value"})
    book = "phonebooks: {vip: {name: VIP, description: %s}}\n"
    secret.declare_and_apply(book % '"${env.NOTE}"')
    owner.declare(book % "other")
    for format in ("text", "json", "html", "markdown", "full"):
        assert "s3cr3t" not in owner.succeed("plan", "--output", format).out, format
    [change] = owner.plan()["changes"]
    assert change["fields"] == [{"path": "description", "before": "(sensitive)", "after": "other"}]
    assert "s3cr3t" not in owner.succeed("drift", "--output", "json").out
    owner.declare("phonebooks: {vip: {name: VIP}}\n")  # not managed any more, and still there
    owner.apply()
    owner.declare(book % '""')
    [change] = owner.plan()["changes"]
    assert change["fields"] == [{"path": "description", "before": "(sensitive)", "after": None}]
    owner.declare_and_apply(book % "open")
    owner.declare(book % "another")
    assert owner.plan()["changes"][0]["fields"] == [{"path": "description", "before": "open", "after": "another"}]


@pytest.mark.parametrize("after", ["renamed", "gone", "stopped"])
def test_a_copy_keeps_a_former_name_that_is_not_shown(owner: Owner, after: str) -> None:
    """A start copies the survey with its name; the survey has another name since, and the copy has the old one."""
    parts = (PHONEBOOK, f"{CAMPAIGN}    status: started\n", CALENDAR.replace("{id: SEALED}", "{campaign: tet}"))
    secret = replace(owner, environ={"NAME": "S3cret-Geheim", "BOT_PASSWORD": "correct-horse"})
    secret.declare_and_apply(SURVEY.replace("name: Promo", 'name: "${env.NAME}"'), *parts)
    secret.declare_and_apply(SURVEY.replace("name: Promo", "name: Open"), *parts)
    if after == "stopped":
        secret.simulator.change("campaigns", secret.simulator.objects("campaigns")[0]["id"], status=2)
    if after == "gone":
        secret.simulator.variants(unread_fields="survey-list.campaign")
    other = secret.simulator.create("survey-list", name="Sealed", user=203)["id"]
    secret.declare(SURVEY, *parts[:2], CALENDAR.replace("SEALED", str(other)))
    said = [secret.run(*each, "--output", form) for each in (["plan"], ["drift"]) for form in ("json", "html", "full")]
    secret.declare(SURVEY, *parts[:2], CALENDAR.replace("{id: SEALED}", "{name: Nothing}"))
    said += [secret.run("plan"), secret.run("state", "list"), secret.run("graph"), secret.run("status")]
    shown = "".join(each.out + each.err for each in said)
    assert "(sensitive)" in shown.partition("is named 'Nothing'; the account has: ")[2]
    kept = (secret.directory / ".alice" / "state.db").read_bytes().decode(errors="replace")
    assert "Geheim" not in shown + kept


# Rows that can be written and not read


def test_rows_that_cannot_be_read_are_not_sent_again_with_another_login(owner: Owner) -> None:
    """With a fresh token for every run the whole list was posted by every run."""
    owner.simulator.variants(forbidden_get="dnc-contact")
    owner.declare_and_apply('dnc_lists: {opt-outs: {name: Opt-outs, numbers: ["0934890849"]}}\n')
    for _ in range(2):
        environ = {"ALICE_PASSWORD": "", "ALICE_USERNAME": "", "ALICE_TOKEN": owner.simulator.token()}
        replace(owner, environ=environ).demand_nothing_to_do()


def test_a_digest_of_rows_that_another_key_made_proves_nothing(owner: Owner) -> None:
    """No state that is read has one of a password any more; the numbers are sent again, once."""
    owner.simulator.variants(forbidden_get="dnc-contact")
    owner.declare_and_apply('dnc_lists: {opt-outs: {name: Opt-outs, numbers: ["0934890849"]}}\n')
    project = load(owner.directory, environment=None, variables={}, environ={})
    [address] = project.resources
    rows = project.resources[address].rows
    assert rows is not None
    with (
        open_store(
            "sqlite:///.alice/state.db", directory=owner.directory, project="ownership", environment="default"
        ) as store,
        Workspace(owner.directory) as space,
    ):
        space.load_source(address, rows, region="VN")
        space.difference(address)
        digest = space.digest(address, Key.derived("demo", store.scope.key).value)
        store.put(replace(store.recorded()[address], digests={"rows": digest}))
    assert [each["add"] for each in owner.plan()["rows"]] == [1]
    owner.apply()
    assert digest not in digests_of(owner)
    owner.demand_nothing_to_do()
