"""What a branch may not decide: where credentials go, what refuses, where the state is. Nothing is sent, exit 1."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from provisioner.manifests.schema_validator import schema
from provisioner.simulator.process import Simulator

from .conftest import MANIFEST, Alice

CANARY = "c4nary-0f-the-runner"
TRUSTED = """\
alice: 1
project: test
endpoint: {endpoint}
timezone: Asia/Ho_Chi_Minh
server_timezone: UTC
region: VN
safety: {{max_remove_percent: 20}}
checks: {{dnc-scrub: error, overlap: warning}}
waivers: [{{check: overlap, address: campaign.tet, reason: agreed, until: 2027-02-01}}]
variables: {{brand: AntBuddy, host: unused}}
environments:
  staging: {{endpoint: "{endpoint}", variables: {{brand: Test}}}}
"""


@dataclass
class Attacker:
    """Listens, and keeps what it is sent."""

    port: int = 0
    heard: list[bytes] = field(default_factory=list)


@pytest.fixture
def attacker() -> Iterator[Attacker]:
    found = Attacker()
    with socket.create_server(("127.0.0.1", 0)) as server:
        found.port = server.getsockname()[1]

        def listen() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    connection.settimeout(1)
                    found.heard.append(connection.recv(4096))

        threading.Thread(target=listen, daemon=True).start()
        yield found
        server.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def trusted(project: Path, simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> str:
    """The text of the protected branch's alice.yaml, which the branch has as well; the file is outside."""
    simulator.reset()
    text = TRUSTED.format(endpoint=simulator.endpoint)
    (project / ".trusted").write_text(text)
    (project / "alice.yaml").write_text(text)
    monkeypatch.setenv("ALICE_TRUST", str(project / ".trusted"))
    monkeypatch.setenv("CI", "true")
    return text


def test_what_is_the_same_is_planned(alice: Alice, project: Path, trusted: str) -> None:
    """Comments and the order of keys say nothing, nor do variables that no pinned value uses."""
    head, _, rest = trusted.partition("timezone: Asia")
    changed = f"# hello\n{head}# hello\ntimezone: Asia{rest}".replace("brand: AntBuddy", "brand: Other, more: 1")
    (project / "alice.yaml").write_text(
        "checks: {overlap: warning, dnc-scrub: error}\n"
        + changed.replace("checks: {dnc-scrub: error, overlap: warning}\n", "")
    )
    ran = alice("plan")
    assert ran.code == 0, ran.err


def swap(old: str, new: str) -> Callable[[str], str]:
    return lambda text: text.replace(old, new)


def add(more: str) -> Callable[[str], str]:
    return lambda text: f"{text}{more}\n"


HOST = "127.0.0.1:"
CHANGES: dict[str, tuple[Callable[[str], str], str]] = {
    "endpoint": (swap(f"\nendpoint: http://{HOST}", f"\nendpoint: http://{HOST}PORT/"), "endpoint"),
    "of an environment": (swap(f'"http://{HOST}', f'"http://{HOST}PORT/'), "environments.staging.endpoint"),
    "a new environment": (add("  more: {safety: {from: 100}}"), "environments.more"),
    "state": (add(f"state: postgresql://u:${{env.ALICE_PASSWORD}}@{HOST}PORT/x"), "state"),
    "checks": (swap("dnc-scrub: error", "dnc-scrub: off"), "checks.dnc-scrub"),
    "a check that is left out": (swap("dnc-scrub: error, ", ""), "checks.dnc-scrub"),
    "one more check": (swap("{dnc-scrub: error", "{tenant: off, dnc-scrub: error"), "checks.tenant"),
    "waivers": (swap("until: 2027-02-01", "until: 2029-02-01"), "waivers"),
    "thresholds": (swap("max_remove_percent: 20", "max_remove_percent: 99"), "safety.max_remove_percent"),
    "thresholds, left out": (swap("safety: {max_remove_percent: 20}\n", ""), "safety"),
    "server_timezone": (swap("server_timezone: UTC", "server_timezone: Asia/Tokyo"), "server_timezone"),
    "hours": (add('policies: {vn-advertising: {hours: {every_day: "00:00-24:00"}}}'), "policies"),
    "project": (swap("project: test", "project: other"), "project"),
    "http": (add("allow_plain_http: true"), "allow_plain_http"),
    "a key that is not known": (add(f"notify: [{{url: http://127.0.0.1/{CANARY}}}]"), "notify"),
    "no mapping at all": (lambda text: "[]\n", "endpoint"),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("command", [("plan",), ("get", "campaigns"), ("state", "list"), ("validate",)], ids=" ".join)
def test_what_the_branch_says_otherwise_is_an_error(
    alice: Alice, project: Path, trusted: str, simulator: Simulator, attacker: Attacker, change: str,
    command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """The keys are named, the values are not; the attacker hears nothing, nor does Alice."""
    alter, key = CHANGES[change]
    (project / "alice.yaml").write_text(alter(trusted).replace("PORT", str(attacker.port)))
    monkeypatch.setenv("ALICE_PASSWORD", CANARY)
    ran = alice(*command)
    assert ran.code == 1 and f"{key}: is not as in the file that ALICE_TRUST names" in ran.err, ran.err
    assert CANARY not in ran.out + ran.err
    assert attacker.heard == [] and simulator.requests() == []


def test_every_key_of_the_project_file_is_pinned(alice: Alice, project: Path, trusted: str) -> None:
    """Those to come as well: whoever adds one and wants it free says so in FREE."""
    for key in sorted({*schema("project")["properties"]} - {"alice", "variables", "environments"}):
        text = "".join(line for line in trusted.splitlines(True) if not line.startswith(f"{key}:"))
        for name, value in ((project / ".trusted", "branch"), (project / "alice.yaml", "other")):
            name.write_text(f"{text}{key}: {value}\n")
        assert f" {key}: is not as in" in alice("validate").err, key


@pytest.mark.parametrize("place", ["variables: {{host: {}}}", "environments: {{staging: {{variables: {{host: {}}}}}}}"])
def test_a_variable_that_a_pinned_value_uses_is_pinned(
    alice: Alice, project: Path, trusted: str, attacker: Attacker, place: str
) -> None:
    head = 'alice: 1\nendpoint: "http://${var.host}/rest-api"\n'
    (project / ".trusted").write_text(head + place.format("127.0.0.1:9") + "\n")
    (project / "alice.yaml").write_text(head + place.format(f"127.0.0.1:{attacker.port}") + "\n")
    for environment in ((), ("-e", "staging")):
        ran = alice(*environment, "get", "campaigns")
        assert ran.code == 1 and "variables.host: is not as in" in ran.err, ran.err
    assert attacker.heard == []


def test_a_threshold_of_a_resource_may_only_be_stricter(alice: Alice, project: Path, trusted: str) -> None:
    manifest = project / "tet.yaml"
    for safety, code in (("{max_remove_percent: 21}", 1), ("{from: 50}", 1), ("{max_remove_percent: 20, from: 5}", 0)):
        manifest.write_text(MANIFEST.replace("{name: VIP,", f"{{name: VIP, safety: {safety},"))
        ran = alice("validate")
        assert ran.code == code, ran.err
        assert ("safety: is looser than `safety` of alice.yaml" in ran.err) is bool(code)


UNUSABLE: dict[str, Callable[[Path], str]] = {
    "is set and empty": lambda project: " ",
    "cannot be read": lambda project: str(project / "nowhere"),
    "cannot be read: Is a dir": lambda project: str(project),
    "names the very file": lambda project: str(project / "alice.yaml"),
    "is not an alice.yaml": lambda project: str(project / "broken"),
    "${file...}": lambda project: str(project / "file"),
}


@pytest.mark.parametrize("why", UNUSABLE)
def test_without_a_trusted_file_nothing_is_trusted(
    alice: Alice, project: Path, trusted: str, simulator: Simulator, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "broken").write_text("a: [\n")
    (project / "file").write_text("alice: 1\nendpoint: ${file.host}\n")
    monkeypatch.setenv("ALICE_TRUST", UNUSABLE[why](project))
    for command in (["plan"], ["stop", "tet"]):
        ran = alice(*command)
        assert ran.code == 1 and "ALICE_TRUST" in ran.err and why in ran.err, ran.err
    assert simulator.requests() == []


def test_a_stop_goes_to_the_trusted_endpoint(
    alice: Alice, project: Path, trusted: str, simulator: Simulator, attacker: Attacker
) -> None:
    """Whatever the branch has made of alice.yaml: it keeps nobody from stopping, and gets no password."""
    for text in (f"alice: 1\nendpoint: http://127.0.0.1:{attacker.port}\n", "{", None):
        simulator.reset()
        (project / "alice.yaml").unlink() if text is None else (project / "alice.yaml").write_text(text)
        ran = alice("stop", "--all")
        assert (ran.code, ran.out) == (0, "Nothing is started.\n"), ran.err
        assert simulator.requests() and attacker.heard == []


STATES = {
    "sqlite:////tmp/elsewhere.db": "outside the project",
    "sqlite:///../elsewhere.db": "outside the project",
    "sqlite:///link/state.db": "through a link",
    "postgresql+psycopg://u:${env.DB_PASSWORD}@127.0.0.1:PORT/x": "on another machine",
    "postgresql://u:${env.DB_PASSWORD}@/x?host=127.0.0.1&port=PORT": "on another machine",
}


@pytest.mark.parametrize("state", STATES)
def test_in_ci_no_branch_alone_chooses_the_place_of_the_state(
    alice: Alice, project: Path, simulator: Simulator, attacker: Attacker, state: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    simulator.reset()
    outside = project / ".outside"
    outside.mkdir()
    (project / "link").symlink_to(outside)
    settings = project / "alice.yaml"
    settings.write_text(settings.read_text() + f"state: {state.replace('PORT', str(attacker.port))}\n")
    monkeypatch.setenv("CI", "true")
    monkeypatch.setenv("DB_PASSWORD", CANARY)
    for command in (["plan"], ["apply", "--auto-approve"], ["state", "list"]):
        ran = alice(*command)
        assert ran.code == 1 and f"the state is {STATES[state]}" in ran.err, ran.err
        assert CANARY not in ran.err
    assert attacker.heard == [] and simulator.requests() == [] and not [*outside.iterdir()]


def test_a_place_of_the_state_that_others_chose_is_taken(
    alice: Alice, project: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path_factory.mktemp("state")
    settings = project / "alice.yaml"
    own = settings.read_text()
    monkeypatch.setenv("CI", "true")
    assert alice("state", "list").code == 0  # .alice/state.db, in the project
    settings.write_text(f"{own}state: sqlite:///{elsewhere}/a.db\n")
    assert alice("state", "list").code == 1
    (project / ".trusted").write_text(settings.read_text())
    monkeypatch.setenv("ALICE_TRUST", str(project / ".trusted"))
    assert alice("state", "list").code == 0
    monkeypatch.delenv("ALICE_TRUST")
    monkeypatch.setenv("ALICE_STATE", f"sqlite:///{elsewhere}/a.db")
    assert alice("state", "list").code == 0
    monkeypatch.delenv("ALICE_STATE")
    monkeypatch.setenv("CI", "false")
    assert alice("state", "list").code == 0


PLAIN = "http://192.0.2.1/rest-api"


@pytest.mark.parametrize(
    "command",
    [("validate",), ("plan",), ("apply", "--auto-approve"), ("get", "campaigns"), ("status",), ("doctor",), ("drift",)],
    ids=" ".join,
)
def test_a_password_in_clear_is_asked_for(
    alice: Alice, project: Path, simulator: Simulator, command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = project / "alice.yaml"
    settings.write_text(settings.read_text().replace(simulator.endpoint, PLAIN))
    ran = alice(*command)
    assert ran.code == 1 and "alice.yaml:3:11: error: endpoint: sends the password" in ran.err, ran.err
    assert "allow_plain_http: true" in ran.err
    settings.write_text(settings.read_text().replace(PLAIN, simulator.endpoint))
    monkeypatch.setenv("ALICE_ENDPOINT", "http://192.0.2.1")
    ran = alice(*command)
    assert ran.code == 1 and "ALICE_ENDPOINT: sends the password" in ran.err, ran.err


@pytest.mark.parametrize(
    ("endpoint", "asked"),
    [
        ("http://localhost/x", False),
        ("http://127.0.0.2:80/x", False),
        ("http://[::1]:80/x", False),
        ("https://192.0.2.1/x", False),
        ("http://10.0.0.1/x", True),
        ("http://localhost.example.com/x", True),
        ("http://127.0.0.1.example.com/x", True),
        ("http://0x7f000001/x", True),
        ("http://alice/x", True),
    ],
)
def test_what_is_plain(alice: Alice, project: Path, simulator: Simulator, endpoint: str, asked: bool) -> None:
    settings = project / "alice.yaml"
    text = settings.read_text().replace(simulator.endpoint, endpoint)
    settings.write_text(text)
    assert alice("validate").code == int(asked)
    settings.write_text(f"{text}allow_plain_http: true\n")
    assert alice("validate").code == 0


def test_a_stop_goes_on_over_plain_http_and_says_so(
    alice: Alice, project: Path, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Telephones ring: the operator's own file names the host, and whoever listens there has heard it before."""
    simulator.reset()
    monkeypatch.setattr("provisioner.manifests.project_file.is_plain_http", lambda endpoint: True)
    ran = alice("stop", "--all")
    assert (ran.code, ran.out) == (0, "Nothing is started.\n")
    assert "sends the password" in ran.err and "do not prevent stopping" in ran.err
