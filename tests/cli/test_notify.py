"""`notify`: who is told of a run over real HTTP, what of it, how often; and nothing that goes wrong with it matters."""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from provisioner.notify import Notification, on_the_network, send
from provisioner.project import NotifyTarget
from provisioner.simulator.process import Simulator
from tests.cli.conftest import MANIFEST
from tests.factories import NOW
from tests.factories import alice as settings
from tests.operator import Operator

# Modules of apprise import what Python deprecates.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

TOKEN = "t0ken-of-the-chat"
EVERYTHING = "[applied, failed, refused, drift, behind-forecast, finished]"


class Chat:
    """A webhook that keeps what it is told; `seconds` is how long it takes to answer."""

    def __init__(self) -> None:
        self.told: list[dict[str, Any]] = []
        self.seconds, self.status = 0.0, 200
        chat = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                time.sleep(chat.seconds)
                chat.told.append(json.loads(body))
                self.send_response(chat.status)
                self.end_headers()

            def log_message(self, *arguments: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"json://127.0.0.1:{self.server.server_address[1]}/{TOKEN}"

    def taken(self) -> list[tuple[str, str]]:
        """What was told since the last time."""
        told, self.told = self.told, []
        return [(each["title"], each["message"]) for each in told]


@pytest.fixture
def chat() -> Iterator[Chat]:
    found = Chat()
    yield found
    found.server.shutdown()
    found.server.server_close()


@pytest.fixture
def operator(simulator: Simulator, tmp_path: Path, chat: Chat, monkeypatch: pytest.MonkeyPatch) -> Operator:
    simulator.reset(now=NOW)
    monkeypatch.setattr("provisioner.notify.PATIENCE", 60.0)  # the machine of the tests may be slow
    found = Operator(tmp_path, simulator, now=NOW, environ={"OPS_CHAT": chat.url})
    text = settings("test", simulator.endpoint)
    found.write("alice.yaml", f'{text}\nnotify: [{{url: "${{env.OPS_CHAT}}", on: {EVERYTHING}}}]\n')
    found.write("tet.yaml", MANIFEST)
    return found


def test_told_of_an_apply_and_of_drift(operator: Operator, chat: Chat) -> None:
    assert operator.run("apply").code == 3
    assert chat.taken() == [("alice-apply: test default: refused", "refused for 1 reason")]
    operator.apply()
    [(title, body)] = chat.taken()
    assert title == "alice-apply: test default: applied" and body.startswith("Apply: ") and "0 failed" in body
    operator.apply()
    assert chat.taken() == []  # there was nothing to do
    [campaign] = [each for each in operator.simulator.objects("campaigns") if each["name"] == "Tết 2027"]
    operator.succeed("drift")
    assert chat.taken() == []
    operator.simulator.change("campaigns", campaign["id"], frequency=33)
    operator.succeed("drift")
    [(title, body)] = chat.taken()
    assert title.endswith(": drift") and "campaign." in body and "33" not in body
    operator.simulator.change("campaigns", campaign["id"], status=5)
    operator.succeed("status")
    [(title, body)] = chat.taken()
    assert title.endswith(": finished") and body.startswith("campaign.") and "Tết" not in body
    operator.succeed("status")
    assert chat.taken() == []  # once
    state = operator.directory / ".alice" / "state.db"
    with closing(sqlite3.connect(state)) as database, database:
        database.execute("UPDATE alice_resources SET depends_on = '{' || depends_on")
    assert "warning: nobody is told how far campaigns are" in operator.succeed("status").err
    with closing(sqlite3.connect(state)) as database, database:
        database.execute("UPDATE alice_resources SET depends_on = substr(depends_on, 2)")
    operator.succeed("status")
    assert chat.taken() == []  # it was told before the records could not be read


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("", "the variable is not set"),
        ("no url at all", "the variable holds no URL that apprise knows"),
        ("syslog://", "it is not known to be on the network"),
        (f"json://127.0.0.1:9/{TOKEN}", "it was not taken"),
    ],
    ids=["unset", "nonsense", "local", "nobody-answers"],
)
def test_what_goes_wrong_is_a_warning_that_shows_no_url(url: str, told: str) -> None:
    warnings: list[str] = []
    notice = Notification("failed", "test", "default", ("failed before its first write",))
    send(notice, [NotifyTarget("OPS_CHAT", ("failed",))], {"OPS_CHAT": url}, warnings.append)
    assert warnings == [f"warning: the notification to ${{env.OPS_CHAT}} was not sent: {told}"]


def test_only_what_is_known_to_be_on_the_network_is_told() -> None:
    from apprise import NotificationManager

    services = {each.__module__: each for each in NotificationManager().plugins()}
    elsewhere = {name for name, each in services.items() if on_the_network(each)}
    here = {f"apprise.plugins.{name}" for name in ("dbus", "glib", "gnome", "macosx", "syslog", "windows")}
    assert here <= services.keys() - elsewhere
    assert len(elsewhere) > 100
    assert elsewhere >= {f"apprise.plugins.{name}" for name in ("slack", "telegram", "email.base", "mqtt", "irc.base")}


def test_a_service_that_nobody_knows_is_refused_before_it_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    import apprise

    asked: list[str] = []

    class Program(apprise.NotifyBase):  # type: ignore[misc]
        """As a later apprise may have it; one of the web by its looks, too."""

        protocol, secure_protocol, templates = "program", "programs", ("{schema}://",)
        service_name = service_url = setup_url = "x"

        def send(self, *given: object, **named: object) -> bool:
            asked.append("sent")
            return True

    apprise.NotificationManager().add(Program, schemas=["program"])
    try:
        for module in (__name__, "apprise.plugins.program"):
            monkeypatch.setattr(Program, "__module__", module)
            warnings: list[str] = []
            targets = [NotifyTarget("OPS_CHAT", ("failed",))]
            send(Notification("failed", None, "x", ()), targets, {"OPS_CHAT": "program://localhost"}, warnings.append)
            [told] = warnings
            assert told.endswith("was not sent: it is not known to be on the network") and not asked
    finally:
        apprise.NotificationManager().remove("program")


def test_nobody_waits_long(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("provisioner.notify.PATIENCE", 1.5)
    chat.seconds = 30
    warnings: list[str] = []
    began = time.monotonic()
    send(Notification("failed", None, "a", ()), [NotifyTarget("C", ("failed",))], {"C": chat.url}, warnings.append)
    assert time.monotonic() - began < 20 and len(warnings) == 1 and TOKEN not in warnings[0]


@pytest.mark.parametrize(
    ("notify", "told"),
    [
        (f'[{{url: "json://host/{TOKEN}", on: [failed]}}]', "notify"),
        ('[{url: "${env.ALICE_TOKEN}", on: [failed]}]', "notify"),
        ('[{url: "${env.OPS_CHAT}", on: [everything]}]', "notify"),
        ('[{url: "https://host/${env.OPS_CHAT}", on: [failed]}]', "notify"),
        ("[{on: [failed]}]", "needs `url: ${env.NAME}`"),
    ],
    ids=["in-clear", "ours", "event", "mixed", "without"],
)
@pytest.mark.parametrize("indent", ["", "environments: {x: {"], ids=["project", "environment"])
def test_refused_in_alice_yaml(simulator: Simulator, tmp_path: Path, notify: str, told: str, indent: str) -> None:
    operator = Operator(tmp_path, simulator, now=NOW)
    text = f"notify: {notify}" if not indent else f"{indent}notify: {notify}}}}}"
    operator.write("alice.yaml", f"{settings('test', simulator.endpoint)}\n{text}\n")
    said = operator.run(*(["-e", "x"] if indent else []), "validate")
    assert said.code == 1 and "notify" in said.err and told in said.err and TOKEN not in said.err
