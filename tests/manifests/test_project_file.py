"""alice.yaml: defaults, environments, overrides; and that it is enough for commands which need nothing else."""

from __future__ import annotations

import pytest

from provisioner.errors import ManifestError
from provisioner.project import Safety, Waiver
from tests.manifests.conftest import Folder

ENVIRONMENTS = """
safety: {max_update_percent: 20, from: 5}
checks: {overlap: error, forecast: warning}
environments:
  staging:
    endpoint: https://staging.example.vn
    safety: {max_update_percent: 90}
    checks: {forecast: "off"}
    number_format: e164
  production:
"""


def test_what_is_not_said_has_a_default(folder: Folder) -> None:
    folder.write("alice.yaml", "alice: 1\nendpoint: https://alice.antbuddy.com/rest-api\n")
    found = folder.settings()
    assert found.directory == folder.root
    assert (found.project, found.environment, found.timezone, found.server_timezone) == (None, "default", "UTC", None)
    assert (found.region, found.number_format, found.state) == (None, "national", "sqlite:///.alice/state.db")
    assert (found.safety, found.checks, found.waivers) == (Safety(30, 30, 10), {}, ())


def test_an_environment_merges_mappings_by_key_and_replaces_the_rest(folder: Folder) -> None:
    folder.configure(ENVIRONMENTS)
    folder.environment = "staging"
    found = folder.settings()
    assert (found.environment, found.endpoint, found.number_format) == (
        "staging",
        "https://staging.example.vn",
        "e164",
    )
    assert found.safety == Safety(max_update_percent=90, max_remove_percent=30, floor=5)
    assert found.checks == {"overlap": "error", "forecast": "off"}
    assert (found.timezone, found.region) == ("Asia/Ho_Chi_Minh", "VN")


def test_an_empty_environment_is_one(folder: Folder) -> None:
    folder.configure(ENVIRONMENTS)
    folder.environment = "production"
    assert folder.settings().environment == "production"


def test_the_environment_comes_from_the_command_line_then_from_alice_env(folder: Folder) -> None:
    folder.configure(ENVIRONMENTS)
    folder.environ = {"ALICE_ENV": "staging"}
    assert folder.settings().environment == "staging"
    folder.environment = "production"
    assert folder.settings().environment == "production"
    folder.environment, folder.environ = None, {"ALICE_ENV": ""}
    assert folder.settings().environment == "default"


def test_the_default_environment_may_be_declared(folder: Folder) -> None:
    folder.configure("environments: {default: {region: FR}}\n")
    assert folder.settings().region == "FR"


def test_environment_variables_override_the_file(folder: Folder) -> None:
    folder.write("alice.yaml", "alice: 1\nendpoint: ${env.NOT_SET}\nstate: 7\n")
    folder.environ = {"ALICE_ENDPOINT": "http://127.0.0.1:9/rest-api", "ALICE_STATE": "sqlite:///other.db"}
    found = folder.settings()
    assert (found.endpoint, found.state) == ("http://127.0.0.1:9/rest-api", "sqlite:///other.db")


def test_a_wrong_override_is_refused_without_showing_it(folder: Folder) -> None:
    folder.environ = {"ALICE_ENDPOINT": "alice.example.com", "ALICE_STATE": "mysql://user:secret@host"}
    assert folder.errors() == [
        "error: ALICE_ENDPOINT: must look like https://alice.antbuddy.com/rest-api, which this is not [field-value]",
        "error: ALICE_STATE: must look like sqlite:///.alice/state.db or postgresql+psycopg://user@host/database, "
        "which this is not [field-value]",
    ]


def test_credentials_in_the_endpoint_are_refused_and_not_shown(folder: Folder) -> None:
    folder.write("alice.yaml", "alice: 1\nendpoint: https://user:secret@alice.antbuddy.com\n")
    found = folder.errors()
    assert len(found) == 1
    assert "secret" not in found[0]


def test_settings_are_read_while_every_other_file_is_broken(folder: Folder) -> None:
    folder.configure("variables: {password: '${env.NOT_SET}'}\n")
    folder.write("broken.yaml", "campaigns: [\n")
    assert folder.settings().region == "VN"


def test_settings_report_a_variable_only_when_they_use_it(folder: Folder) -> None:
    folder.write(
        "alice.yaml", "alice: 1\nendpoint: ${var.host}/rest-api\nvariables: {host: '${env.HOST}', x: '${env.X}'}\n"
    )
    with pytest.raises(ManifestError) as caught:
        folder.settings()
    assert str(caught.value) == (
        "alice.yaml:3:19: error: variables.host: the environment variable HOST is not set; set it before running "
        "[variable-not-set]"
    )
    folder.environ = {"HOST": "http://127.0.0.1"}
    assert folder.settings().endpoint == "http://127.0.0.1/rest-api"


def test_only_the_chosen_environment_needs_its_environment_variables(folder: Folder) -> None:
    folder.configure(
        "environments: {production: {state: '${env.DB}', region: '${env.REGION}', nonsense: '${env.X}'}}\n"
    )
    assert folder.settings().state.startswith("sqlite")


def test_a_near_time_zone_that_is_another_one_is_not_proposed(folder: Folder) -> None:
    folder.write("alice.yaml", "alice: 1\nendpoint: https://x.example/rest-api\ntimezone: Asia/Hanoi\n")
    with pytest.raises(ManifestError, match="no region 'Asia/Hanoi', did you mean 'Asia/Ho_Chi_Minh'"):
        folder.settings()


def test_waivers_are_read(folder: Folder) -> None:
    folder.configure("waivers: [{check: overlap, address: campaign.tet, reason: agreed, until: 2027-02-01}]\n")
    assert folder.settings().waivers == (Waiver("overlap", "campaign.tet", "agreed", "2027-02-01"),)


def test_a_waiver_until_a_day_that_does_not_exist_is_refused(folder: Folder) -> None:
    folder.configure("waivers: [{check: overlap, address: campaign.tet, reason: agreed, until: 2027-02-31}]\n")
    assert folder.errors() == ["alice.yaml:5:74: error: waivers[0].until: is not a valid day [field-datetime]"]


def test_an_endpoint_only_in_environments_asks_for_one(folder: Folder) -> None:
    folder.write("alice.yaml", "alice: 1\nenvironments: {staging: {endpoint: 'http://127.0.0.1'}}\n")
    assert folder.errors() == [
        "alice.yaml:1:1: error: endpoint: is required, for example https://alice.antbuddy.com/rest-api; "
        "or choose an environment with -e: staging [endpoint-required]"
    ]


@pytest.mark.parametrize(
    "state", ["postgres://u:secret@h/db", "postgresql+psycopg2://u:secret@h/db", "mysql://h/db", "x.db"]
)
def test_a_state_of_another_kind_is_answered_with_those_there_are(folder: Folder, state: str) -> None:
    folder.configure(f"state: {state}\n")
    (error,) = folder.errors()
    assert "sqlite:///.alice/state.db or postgresql+psycopg://user@host/database, which this is not" in error
    assert "secret" not in error
