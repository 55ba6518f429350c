"""What single runs came to, together: values in, a summary out."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from provisioner.fleet.client import ClientResult, FleetClient, client_of
from provisioner.fleet.formats import FORMATS, MARK, is_summary
from provisioner.fleet.summary import Summary
from provisioner.fleet.task import FIRST, LAST, Lines, ProcessResult, Task, exit_code
from provisioner.reports import is_report
from provisioner.runtime import FLEET_SCHEMA, schemas
from tests.factories import NOW
from tests.strange import english

PLAN: dict[str, Any] = {
    "endpoint": "https://alice.example/rest-api",
    "changes": [
        {"action": "create", "fields": []},
        {"action": "adopt", "fields": []},
        {"action": "adopt", "fields": [{"path": "name"}]},
        {"action": "forget", "fields": []},
        {"action": "delete", "fields": []},
    ],
    "rows": [{"add": 3, "change": 0, "remove": 1}, {"add": 2, "change": 1, "remove": 0}],
    "calls": {"campaigns": 1, "contacts": 1200, "alarms": 0},
    "findings": [{"severity": "error", "waived": True}, {"severity": "warning", "waived": False}],
    "refusals": [],
}


def ended(code: int | None, document: Any = None, *said: str, name: str = "acme") -> ProcessResult:
    return ProcessResult(name, code, 1.5, b"" if document is None else json.dumps(document).encode(), {}, said)


def client(result: ClientResult, code: int | None = 0, name: str = "acme", urgent: int = 0) -> FleetClient:
    return FleetClient(name, result, code, 1.0, urgent=urgent)


def summary(*clients: FleetClient, command: str = "plan") -> Summary:
    return Summary.of(command, "agency", NOW, 2.0, clients)


def test_a_plan_is_counted_by_what_it_sends() -> None:
    found = client_of("plan", ended(0, PLAN))
    assert found.changes == {"create": 1, "update": 0, "replace": 0, "delete": 1, "adopt": 1}
    assert found.rows == {"add": 5, "change": 1, "remove": 1}
    assert found.findings == {"error": 0, "warning": 1, "info": 0, "waived": 1}
    assert found.result is ClientResult.CALLS and found.urgent == 1201


@pytest.mark.parametrize(
    ("command", "code", "document", "result"),
    [
        ("plan", 0, {**PLAN, "refusals": ["telephones would ring"]}, ClientResult.REFUSED),
        ("plan", 2, {**PLAN, "calls": {"contacts": 0}}, ClientResult.CHANGES),
        ("plan", 0, {"changes": [], "rows": [], "calls": {}, "findings": []}, ClientResult.QUIET),
        ("plan", 0, None, ClientResult.FAILED),
        ("plan", 1, None, ClientResult.FAILED),
        ("apply", 3, PLAN, ClientResult.REFUSED),
        ("apply", 4, {**PLAN, "outcomes": [{"result": "failed"}]}, ClientResult.INCOMPLETE),
        ("apply", 5, None, ClientResult.STALE),
        ("apply", 6, None, ClientResult.LOCKED),
        ("apply", 143, None, ClientResult.INTERRUPTED),
        ("apply", None, None, ClientResult.NOT_STARTED),
        ("apply", 0, {**PLAN, "outcomes": [{"result": "done"}]}, ClientResult.APPLIED),
        ("drift", 0, {"drift": [], "findings": []}, ClientResult.QUIET),
        ("drift", 0, {"drift": [], "findings": [{"id": "not-compared", "address": "a"}]}, ClientResult.DRIFT),
        ("status", 0, [], ClientResult.QUIET),
        ("status", 0, [{"status": "started", "forecast": None}], ClientResult.RUNNING),
        ("status", 0, [{"status": "code 9", "forecast": None}], ClientResult.RUNNING),
        ("status", 0, [{"status": "paused", "forecast": None}], ClientResult.QUIET),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_results(command: str, code: int | None, document: Any, result: ClientResult) -> None:
    assert client_of(command, ended(code, document)).result is result


@pytest.mark.parametrize(
    ("forecast", "behind"),
    [
        ({"expected": 50, "done": 50, "total": 100, "by_expiry": 100}, 0),
        ({"expected": 50, "done": 40, "total": 100, "by_expiry": 100}, 1),
        ({"expected": 50, "done": 50, "total": 100, "by_expiry": 90}, 1),
        ({"expected": 0, "done": 0, "total": 100, "by_expiry": None}, 0),
    ],
    ids=["as-foreseen", "late", "never-done", "just-begun"],
)
def test_behind(forecast: dict[str, Any], behind: int) -> None:
    found = client_of("status", ended(0, [{"status": "started", "forecast": forecast}]))
    assert found.campaigns == {"total": 1, "running": 1, "behind": behind}


def test_the_first_errors_are_the_reasons() -> None:
    said = ("reading", *(f"main.yaml:{n}:1: error: surveys.x: is wrong" for n in range(1, 6)), "5 errors, 1 warning")
    found = client_of("plan", ended(1, None, *said))
    assert found.reasons == (*said[1:4], "and 2 more")
    assert client_of("plan", ended(1)).reasons == ("it ended with 1 and said nothing",)
    assert client_of("apply", ended(3, None, "refused: not approved")).reasons == ("not approved",)


@pytest.mark.parametrize(
    ("codes", "code"),
    [
        ((0, 0), 0),
        ((0, 2), 2),
        ((1, 2), 1),
        ((2, 3, 1), 3),
        ((6, 4, 5), 4),
        ((143, 1), 143),
        ((143, 4), 4),
        ((0, None), 0),
    ],
    ids=str,
)
def test_exit_code(codes: tuple[int | None, ...], code: int) -> None:
    """2 says that nothing went wrong and there are changes, so it hides no failure."""
    assert summary(*(client(ClientResult.FAILED, each) for each in codes)).exit_code == code


def test_the_worst_come_first() -> None:
    clients = (
        client(ClientResult.QUIET, name="quiet"),
        client(ClientResult.CALLS, name="few", urgent=3),
        client(ClientResult.REFUSED, name="refused"),
        client(ClientResult.CALLS, name="many", urgent=900),
        client(ClientResult.INCOMPLETE, name="incomplete"),
        client(ClientResult.NOT_STARTED, None, name="waiting"),
        client(ClientResult.LOCKED, name="locked"),
    )
    order = ["incomplete", "locked", "waiting", "refused", "many", "few", "quiet"]
    assert [each.environment for each in summary(*clients).clients] == order


@pytest.mark.parametrize(
    ("returned", "apply", "code"),
    [(0, True, 0), (3, True, 3), (-9, True, 4), (-9, False, 1), (-15, True, 143), (-2, False, 130)],
    ids=str,
)
def test_what_a_signal_ended_may_have_written(returned: int, apply: bool, code: int) -> None:
    assert exit_code(returned, apply) == code


@pytest.mark.parametrize("command", ["plan", "apply", "drift", "status"])
@pytest.mark.parametrize("name", FORMATS)
def test_every_format_shows_every_result(name: str, command: str) -> None:
    clients = [client(result, 1, f"c{index}") for index, result in enumerate(ClientResult)]
    text = FORMATS[name].render(summary(*clients, command=command))
    assert all(each.environment in text and str(each.result) in text for each in clients)
    if name == "json":
        jsonschema.validate(json.loads(text), json.loads((schemas() / FLEET_SCHEMA).read_text()))
    if name == "markdown":
        assert text.startswith(f"{MARK}\n### alice-apply fleet {command} of project `agency`\n")
    if name in ("json", "html"):
        assert is_report(text.encode()[:4096])


@pytest.mark.parametrize("command", ["plan", "apply", "drift", "status"])
@pytest.mark.parametrize("name", [name for name, each in FORMATS.items() if each.translated])
def test_no_english_is_left_in_another_language(strange: None, name: str, command: str) -> None:
    """But what a run said, which is an error, and names."""
    said = ("reading", *(f"main.yaml:{n}:1: error: surveys.x: is wrong" for n in range(1, 6)))
    died = ProcessResult("died", 4, 1.5, b"", {}, (), again=True)
    campaigns = [{"status": "started", "forecast": None}]
    document: Any = {"plan": PLAN, "apply": {**PLAN, "outcomes": [{"result": "done"}]}, "status": campaigns}.get(
        command
    )
    clients = [
        *(client(result, 1, f"c{index}") for index, result in enumerate(ClientResult)),
        *(client_of(command, each) for each in (ended(0, document), ended(1, None, *said), ended(1), died)),
    ]
    text = FORMATS[name].told(summary(*clients, command=command), "vi")
    assert "ж" in text
    assert english(name, text, ["fleet", "Fleet", command, "agency", "died", "acme", "UTC", *said]) == []
    head = text.encode()[:4096]
    assert is_summary(head) or is_report(head)


def test_a_summary_in_vietnamese() -> None:
    clients = client(ClientResult.CALLS, urgent=1200), client(ClientResult.REFUSED, name="hue")
    text = FORMATS["text"].told(summary(*clients), "vi")
    assert text.splitlines()[-1] == "2 môi trường: 1 bị từ chối, 1 sẽ gọi."
    assert is_summary(text.encode())
    assert FORMATS["json"].told(summary(*clients), "vi") == FORMATS["json"].render(summary(*clients))


def test_the_page_links_that_of_each_client() -> None:
    """By the folder that leads to it; what a run said becomes no markup."""
    one = FleetClient("acme", ClientResult.FAILED, 1, 1.0, reasons=("<script>",), page="acme.html")
    page = FORMATS["html"].render(Summary("plan", "agency", NOW, 1.0, (one,), "../plans/"))
    assert '<a href="../plans/acme.html">acme</a>' in page
    assert "<script>" not in page and "&lt;script&gt;" in page


def test_a_comment_is_never_too_long() -> None:
    many = [
        FleetClient(f"branch-{n:04}", ClientResult.FAILED, 1, 1.0, reasons=("it failed " * 40,)) for n in range(400)
    ]
    text = FORMATS["markdown"].render(summary(*many))
    assert len(text.encode()) < 65_536 and "more are left out here" in text


def test_what_a_run_says_is_bounded() -> None:
    lines = Lines()
    for number in range(10_000):
        lines.add(f"{number} {'x' * 5_000}")
    kept = lines.kept()
    assert len(kept) == FIRST + LAST + 1 and max(map(len, kept)) == 2_000
    assert kept[0].startswith("0 ") and kept[-1].startswith("9999 ")


def test_arguments() -> None:
    task = Task(
        "acme", Path("agency"), ("-v",), ("plan", "--prune"), {"a": "b=c"}, {"html": "--output=html"}, Path("p.json")
    )
    line = ["-C", "agency", "-v", "--var=a=b=c", "-e", "acme", "plan", "--prune", "--output=html=/run/html", "p.json"]
    assert task.arguments(Path("/run")) == line
    assert task.elsewhere().arguments(Path("/run"), Path("/run/project"))[-1] == "/run/given.plan.json"


def test_moments_are_those_of_the_summary() -> None:
    document = summary(client(ClientResult.QUIET)).document()
    assert datetime.fromisoformat(document["created_at"]) == NOW


def test_of_a_plan_that_could_not_be_made_nothing_is_counted() -> None:
    report = json.dumps({"endpoint": "http://a", "conclusion": "No plan was made: 1 error.", "diagnostics": []})
    found = client_of("plan", ProcessResult("acme", 1, output=report.encode()))
    assert (found.endpoint, found.changes, found.rows, found.calls, found.findings) == (
        "http://a",
        None,
        None,
        None,
        None,
    )
