"""Environments of many clients: who logs in, which manifests belong to them, and that one has to be chosen."""

from __future__ import annotations

from pathlib import Path

import pytest

from provisioner.api import Credentials, credentials_from, user_from
from provisioner.errors import AuthError, ManifestError
from provisioner.manifests import partial_settings
from provisioner.model import Unknown
from provisioner.project import CredentialNames
from tests.manifests.conftest import PROJECT, Folder

SECRET = "hunter2-not-for-you"
SURVEY = "surveys:\n  {key}: {{name: {key}}}\n"
ENVIRONMENTS = """
environments:
  acme:
    credentials: {username: "${env.ACME_USERNAME}", password: "${env.ACME_PASSWORD}"}
  bank:
    credentials: {token: "${env.BANK_TOKEN}"}
  clear:
    credentials: {username: clear-bot, password: "${env.CLEAR_PASSWORD}"}
  own:
"""
ENVIRON = {
    "ALICE_USERNAME": "alice",
    "ALICE_PASSWORD": "alice-secret",
    "ALICE_TOKEN": "alice-token",
    "ACME_USERNAME": "acme",
    "ACME_PASSWORD": "acme-secret",
    "BANK_TOKEN": "bank-token",
    "CLEAR_PASSWORD": "clear-secret",
}


@pytest.mark.parametrize(
    ("environment", "found"),
    [
        ("acme", Credentials("acme", "acme-secret")),
        ("bank", Credentials(token="bank-token")),
        ("clear", Credentials("clear-bot", "clear-secret")),
        ("own", Credentials("alice", "alice-secret", "alice-token")),
    ],
)
def test_an_environment_logs_in_with_its_own_and_nothing_of_others(
    folder: Folder, environment: str, found: Credentials
) -> None:
    """The token of ALICE_TOKEN would win over a password, and is another account's."""
    folder.configure(ENVIRONMENTS)
    folder.environment = environment
    assert credentials_from(ENVIRON, folder.settings().credentials) == found


def test_credentials_of_an_environment_are_taken_whole(folder: Folder) -> None:
    """Not merged by key as other mappings are: the user of one and the token of another would be nobody."""
    folder.configure('credentials: {username: top, password: "${env.TOP}"}\n' + ENVIRONMENTS)
    folder.environment = "bank"
    assert folder.settings().credentials == CredentialNames("", "", "BANK_TOKEN")
    folder.environment = "own"
    assert folder.settings().credentials == CredentialNames("", "TOP", "", "top")


def test_what_is_taken_of_a_variable_is_not_shown(folder: Folder) -> None:
    folder.configure(ENVIRONMENTS)
    folder.environment = "acme"
    user = user_from(ENVIRON, folder.settings().credentials)
    assert user == "acme" and f"{user}" == "(sensitive)"
    folder.environment = "clear"
    assert f"{user_from(ENVIRON, folder.settings().credentials)}" == "clear-bot"


@pytest.mark.parametrize("value", [None, ""])
def test_a_variable_that_is_not_set_is_an_error_at_its_place_for_what_logs_in(
    folder: Folder, value: str | None
) -> None:
    folder.configure(ENVIRONMENTS)
    folder.environment = "acme"
    environ = ENVIRON | {"ACME_PASSWORD": value} if value is not None else {"ACME_USERNAME": "acme"}
    names = folder.settings().credentials
    with pytest.raises(ManifestError) as caught:
        credentials_from(environ, names)
    message = "credentials: the environment variable ACME_PASSWORD is not set; set it before running"
    assert str(caught.value) == f"alice.yaml:8:18: error: {message} [variable-not-set]"


def test_offline_it_is_told(folder: Folder) -> None:
    folder.configure(ENVIRONMENTS)
    folder.environment = "acme"
    told = [(each.id, each.severity) for each in folder.load(offline=True).findings]
    assert told == [("unset-variable", "info")] * 2
    folder.environment = "bank"
    assert "BANK_TOKEN" in folder.load(offline=True).findings[0].message


WRONG = {
    f"{{username: acme, password: {SECRET}}}": "{at}.password: is written in plain text; write ${{env.NAME}}",
    f"{{token: {SECRET}}}": "{at}.token: is written in plain text",
    f"{SECRET}": "{at}: must be a mapping that takes username and password, or token alone, is a single value",
    f"[{SECRET}]": "{at}: must be a mapping that takes username and password, or token alone, is a list",
    f'{{username: "${{env.X}}{SECRET}", password: "${{env.Y}}"}}': "{at}.username: must be a user name, or",
    f'{{username: u, password: "{SECRET}${{env.Y}}"}}': "{at}.password: is written in plain text",
    '{username: u, password: "${var.brand}"}': "{at}.password: is written in plain text",
    '{username: u, password: "${file.secret.txt}"}': "{at}.password: is written in plain text",
    '{username: u, password: "${env.ALICE_PASSWORD}"}': "{at}.password: names one of our own variables",
    '{token: "${env.alice_token}"}': "{at}.token: names one of our own variables",
    '{username: "${env.ALICE_USERNAME}", password: "${env.P}"}': "{at}.username: names one of our own variables",
    '{username: u, password: "${env.P}", token: "${env.T}"}': "{at}: takes username and password, or token alone",
    '{username: u, token: "${env.T}"}': "{at}: takes username and password, or token alone",
    '{password: "${env.T}"}': "{at}: takes username and password, or token alone",
    "{}": "{at}: takes username and password, or token alone",
    '{usename: u, password: "${env.P}"}': "{at}.usename: unknown field; takes username and password",
    '{username: u, password: null}': "{at}.password: must be ${{env.NAME}}, is empty",
    '{username: [u], password: "${env.P}"}': "{at}.username: must be ${{env.NAME}}, is a list",
    "": "{at}: must be a mapping that takes username and password, or token alone, is empty",
}  # fmt: skip


@pytest.mark.parametrize("written", WRONG)
@pytest.mark.parametrize("environment", [None, "acme", "other"])
def test_what_is_wrong_is_told_in_every_environment_and_never_repeated(
    folder: Folder, environment: str | None, written: str
) -> None:
    folder.configure(f"environments:\n  acme:\n    credentials: {written}\n  other:\n")
    folder.environment = environment
    (told,) = folder.errors()
    assert WRONG[written].format(at="environments.acme.credentials") in told, told
    assert SECRET not in told and told.startswith("alice.yaml:7:")


def test_at_the_top_too(folder: Folder) -> None:
    folder.configure(f"credentials: {{username: acme, password: {SECRET}}}\n")
    (told,) = folder.errors()
    assert told.startswith("alice.yaml:5:41: error: credentials.password: is written in plain text")


USES = {
    "a text": "campaigns: {{x: {{name: '{}'}}}}",
    "a script": "surveys: {{s: {{name: S, sections: [{{key: a, type: play_message, question: Q, script: 'x {}'}}]}}}}",
    "a password": "calendar_users: {{b: {{username: b, password: '{}', calendar_setting: {{id: 1}}}}}}",
    "a database": "phonebooks: {{p: {{name: P, contacts: {{sql: select 1, database: '{}'}}}}}}",
}


@pytest.mark.parametrize("variable", ["ACME_PASSWORD", "ACME_USERNAME", "BANK_TOKEN"])
@pytest.mark.parametrize("offline", [False, True], ids=["online", "offline"])
@pytest.mark.parametrize("use", USES)
def test_no_manifest_has_one_clients_password_sent_to_another(
    folder: Folder, use: str, offline: bool, variable: str
) -> None:
    """Whatever environment is chosen; set or not."""
    folder.configure(ENVIRONMENTS)
    folder.environment = "own"
    for environ in ({}, dict(ENVIRON)):
        folder.environ = environ
        told = folder.errors(USES[use].format(f"${{env.{variable}}}"), offline=offline)
        refused = f"${{env.{variable}}} is refused, as it is one of the `credentials` of alice.yaml"
        assert any(refused in line for line in told), told
        assert not any(ENVIRON[variable] in line.replace(variable, "") for line in told)


def test_nor_does_alice_yaml(folder: Folder) -> None:
    folder.environ = dict(ENVIRON)
    for more in ('variables: {x: "${env.ACME_PASSWORD}"}', 'state: "sqlite:///${env.ACME_PASSWORD}"'):
        folder.configure(f"{more}\n{ENVIRONMENTS}")
        assert any("${env.ACME_PASSWORD} is refused" in line for line in folder.errors("surveys: {}"))


def test_what_the_trusted_file_reserves_is_reserved(folder: Folder, tmp_path: Path) -> None:
    """A branch that takes the credentials out of its alice.yaml has them refused twice."""
    (tmp_path / "trusted.yaml").write_text(PROJECT + ENVIRONMENTS)
    folder.environ = ENVIRON | {"ALICE_TRUST": str(tmp_path / "trusted.yaml")}
    told = folder.errors('campaigns: {x: {name: "${env.ACME_PASSWORD}"}}')
    assert any("environments" in line for line in told) and any("is refused, as it is one of" in line for line in told)


@pytest.mark.parametrize("command_line", [None, "default"])
def test_an_environment_has_to_be_chosen_where_it_is_required(folder: Folder, command_line: str | None) -> None:
    folder.configure("environment: required\n" + ENVIRONMENTS)
    folder.environment = command_line
    (told,) = folder.errors()
    assert told.startswith("alice.yaml:5:14: error: environment: this project has no run without an environment")
    assert told.endswith("acme, bank, clear, own [environment-required]")
    for client in ("acme", "bank"):  # together they would be said to declare it twice
        folder.write(f"{client}.yaml", SURVEY.format(key="promo"))
    assert folder.errors() == [told]
    (folder.root / "bank.yaml").unlink()
    folder.environment = "own"
    assert folder.load().settings.environment == "own"
    folder.environment, folder.environ = None, {"ALICE_ENV": "own"}
    assert folder.load().settings.environment == "own"


def test_without_an_endpoint_at_the_top_there_is_one_message(folder: Folder) -> None:
    folder.write("alice.yaml", "alice: 1\nenvironment: required\nenvironments: {a: {endpoint: https://a.example.vn}}\n")
    (told,) = folder.errors()
    assert "choose one with -e NAME or ALICE_ENV; there are a" in told


def test_a_declared_default_is_chosen_by_nobody_saying_otherwise(folder: Folder) -> None:
    folder.configure("environment: required\nenvironments: {default: {region: FR}}\n")
    assert folder.settings().region == "FR"


@pytest.mark.parametrize("value", ["optional", "true", "acme", ""])
def test_nothing_else_is_required(folder: Folder, value: str) -> None:
    folder.configure(f"environment: {value}\n{ENVIRONMENTS}")
    assert [line for line in folder.errors() if " environment: must " in line]


def test_an_environment_requires_none(folder: Folder) -> None:
    folder.configure("environments: {a: {environment: required}}\n")
    assert "environments.a.environment: unknown field" in folder.errors()[0]


# manifests


def clients(folder: Folder) -> None:
    for name in ("common/base", "clients/acme/a", "clients/acme/deep/b", "clients/bank/c", "top"):
        folder.write(f"{name}.yaml", SURVEY.format(key=name.rpartition("/")[2]))


@pytest.mark.parametrize(
    ("written", "keys"),
    [
        ("[common, clients/acme]", ["a", "b", "base"]),
        ("[clients/acme/, ./common]", ["a", "b", "base"]),
        ("[clients/acme/a.yaml]", ["a"]),
        ("['clients/*']", ["a", "b", "c"]),
        ("['clients/*/*.yaml']", ["a", "c"]),
        ("['**/b.yaml', top.yaml]", ["b", "top"]),
        ("[clients/../common]", ["base"]),
        ("[common, common/base.yaml, 'c*']", ["a", "b", "base", "c"]),
        ("['clients/${var.client}']", ["c"]),
        ("[.]", ["a", "b", "base", "c", "top"]),
    ],
)
def test_an_environment_is_made_of_its_manifests(folder: Folder, written: str, keys: list[str]) -> None:
    clients(folder)
    folder.configure(f"variables: {{client: bank}}\nenvironments: {{acme: {{manifests: {written}}}, all: {{}}}}\n")
    folder.environment = "acme"
    assert sorted(address.key for address in folder.load().resources) == keys
    folder.environment = "all"
    assert len(folder.load().resources) == 5


def test_what_belongs_to_others_is_not_even_read(folder: Folder) -> None:
    clients(folder)
    folder.write("clients/bank/c.yaml", "surveys: [\n")
    folder.configure("manifests: [common]\nenvironments: {acme: {manifests: [clients/acme]}}\n")
    assert [address.key for address in folder.load().resources] == ["base"]
    folder.environment = "acme"  # a list takes the place of another
    assert sorted(address.key for address in folder.load().resources) == ["a", "b"]


def test_row_files_are_relative_to_their_own_file(folder: Folder) -> None:
    folder.write("clients/acme/vip.csv", "contact\n0934890883\n")
    folder.write("clients/acme/p.yaml", "phonebooks: {p: {name: P, contacts: vip.csv}}\n")
    folder.configure("environments: {acme: {manifests: [clients/acme]}}\n")
    folder.environment = "acme"
    assert len(folder.load().resources) == 1


NOWHERE = {
    "clients/amce": "'clients/amce' selects no manifest",
    "clients/acme/list.csv": "selects no manifest",
    "empty": "selects no manifest",
    ".hidden": "selects no manifest",
    "ignored": "selects no manifest",
    "alice.yaml": "selects no manifest",
    "clients/z*": "selects no manifest",
    "../other": "leads out of the project",
    "clients/../../other": "leads out of the project",
    "/etc": "must be a path relative to alice.yaml",
    "link": "leads out of the project",
    "**/**/**/x.yaml": "is not a pattern",
    "a**b": "is not a pattern",
    " ": "is empty",
}


@pytest.mark.parametrize("pattern", NOWHERE)
def test_a_pattern_that_selects_nothing_is_an_error_at_its_place(folder: Folder, tmp_path: Path, pattern: str) -> None:
    clients(folder)
    for name in (".hidden/x.yaml", "ignored/x.yaml", "clients/acme/list.csv", "empty/x.txt"):
        folder.write(name, "x\n")
    folder.write(".aliceignore", "ignored/\n")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "x.yaml").write_text(SURVEY.format(key="x"))
    (folder.root / "link").symlink_to(tmp_path / "other")
    folder.configure(f'environments:\n  acme:\n    manifests: [common, "{pattern}"]\n')
    folder.environment = "acme"
    (told,) = folder.errors()
    assert told.startswith("alice.yaml:7:25: error: manifests: ") and NOWHERE[pattern] in told, told


def test_no_list_is_an_empty_one(folder: Folder) -> None:
    """An environment of nothing would have --prune delete everything."""
    folder.configure("manifests: []\n")
    assert "manifests: must not be an empty list" in folder.errors()[0]


def test_links_are_followed_to_what_is_not_read_anyway(folder: Folder) -> None:
    clients(folder)
    (folder.root / "clients" / "acme" / "shared").symlink_to("../../common")
    (folder.root / "clients" / "acme" / "again.yaml").symlink_to("../bank/c.yaml")
    (folder.root / "clients" / "acme" / "loop").symlink_to("..")
    (folder.root / "kunden").symlink_to("clients")
    (folder.root / "only").mkdir()
    (folder.root / "only" / "base.yaml").symlink_to("../common/base.yaml")
    wanted = {
        "clients/acme": ["a", "b", "base", "c"],
        "clients/acme, common": ["a", "b", "base", "c"],
        "kunden/bank": ["c"],
        "only": ["base"],
        "common, only": ["base"],
    }
    for written, keys in wanted.items():
        folder.configure(f"manifests: [{written}]\n")
        assert sorted(address.key for address in folder.load().resources) == keys, written


# an emergency


def emergency(folder: Folder) -> tuple[CredentialNames | Unknown, str]:
    """Whose credentials a stop takes, and where it goes."""
    found, _ = partial_settings(folder.root, environment=folder.environment, variables={}, environ=folder.environ)
    return found.credentials, found.endpoint


BROKEN = {
    "region": "region: XX\n",
    "an unknown key": "notfiy: []\n",
    "waivers": "waivers: 7\n",
    "variables": 'variables: {x: "${env.NOT_SET}"}\n',
    "a state that is not set": 'state: "${env.NOT_SET}"\n',
    "manifests": "manifests: {a: 1}\n",
    "environment": "environment: reqired\n",
}


@pytest.mark.parametrize("broken", BROKEN)
def test_a_stop_knows_who_logs_in_whatever_else_is_broken(folder: Folder, broken: str) -> None:
    more = "  broken: {credentials: {token: in-clear}, endpoint: 7, frequency: 1}\n"
    folder.configure(BROKEN[broken] + ENVIRONMENTS + more)
    folder.environment = "acme"
    assert emergency(folder) == (
        CredentialNames("ACME_USERNAME", "ACME_PASSWORD", ""),
        "http://127.0.0.1:8765/rest-api",
    )


@pytest.mark.parametrize(
    "written",
    [
        'credentials: {usrname: a, password: "${env.P}"}',
        "credentials: {username: a, password: in-clear}",
        'credentails: {username: a, password: "${env.P}"}',
        'credentials: {username: a, password: "${env.P}", token: "${env.T}"}',
    ],
)
def test_others_do_not_take_the_place_of_what_is_not_understood(folder: Folder, written: str) -> None:
    """ALICE_PASSWORD is that of another account: a stop there would stop another client's campaigns."""
    folder.configure(f"environments:\n  acme:\n    {written}\n")
    folder.environment = "acme"
    names, _ = emergency(folder)
    assert isinstance(names, Unknown)
    with pytest.raises(AuthError, match="`credentials` of"):
        credentials_from(ENVIRON, names)


def test_a_stop_without_the_environment_that_is_required_goes_nowhere(folder: Folder) -> None:
    folder.configure("environment: required\n" + ENVIRONMENTS)
    names, endpoint = emergency(folder)
    assert endpoint == "" and isinstance(names, Unknown)
    folder.environment = "amce"
    assert emergency(folder)[1] == ""
