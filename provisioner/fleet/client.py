"""What came of one environment, read from how its process ended and from the JSON that it wrote.

The exit codes are those of docs/exit-codes.md: to us they are another program's.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import orjson

from provisioner.fleet.task import ProcessResult
from provisioner.forecast.projection import Pace
from provisioner.inspect.lookup import startable_kind
from provisioner.language import Message, gettext

Counted = Mapping[str, int]
ROWS = ("add", "change", "remove")
MOST_REASONS = 3
SEVERITIES = ("error", "warning", "info")


class ClientResult(StrEnum):
    """How it stands with an environment, the worst first."""

    INCOMPLETE = "incomplete"
    FAILED = "failed"
    STALE = "stale"
    LOCKED = "locked"
    INTERRUPTED = "interrupted"
    NOT_STARTED = "not started"
    REFUSED = "refused"
    BEHIND = "behind"
    DRIFT = "drift"
    CALLS = "calls"
    CHANGES = "changes"
    APPLIED = "applied"
    RUNNING = "running"
    QUIET = "nothing"

    @property
    def counted(self) -> str:
        """As it stands behind a number: `3 with calls`, where `3 calls` would count the calls."""
        return f"with {self}" if self in (self.CALLS, self.CHANGES, self.DRIFT, self.QUIET) else str(self)


NOT_WELL = frozenset(
    {
        ClientResult.INCOMPLETE,
        ClientResult.FAILED,
        ClientResult.STALE,
        ClientResult.LOCKED,
        ClientResult.INTERRUPTED,
        ClientResult.NOT_STARTED,
        ClientResult.REFUSED,
    }
)
BY_CODE = {
    3: ClientResult.REFUSED,
    4: ClientResult.INCOMPLETE,
    5: ClientResult.STALE,
    6: ClientResult.LOCKED,
    130: ClientResult.INTERRUPTED,
    129: ClientResult.INTERRUPTED,
    143: ClientResult.INTERRUPTED,
    None: ClientResult.NOT_STARTED,
}
_ERROR = re.compile(r"(?:^|: )(?:error|refused|stale plan): ?(.*)")
_COUNTED = re.compile(r"\d+ errors?(, \d+ \w+)*(; .*)?")


@dataclass(frozen=True, slots=True)
class FleetClient:
    """One environment of the summary; a part that its command does not have, or that nobody could read, is None.

    `changes` are those that send something, by what they do; `findings` the open ones by severity, and the waived.
    `reasons` say why it ended so. `page` and `plan_file` are names in the folder of the reports.
    """

    environment: str
    result: ClientResult
    code: int | None
    seconds: float
    endpoint: str | None = None
    changes: Counted | None = None
    rows: Counted | None = None
    calls: Counted | None = None
    findings: Counted | None = None
    outcomes: Counted | None = None
    drift: Counted | None = None
    campaigns: Counted | None = None
    reasons: tuple[str, ...] = ()
    page: str | None = None
    plan_file: str | None = None
    urgent: int = field(default=0, compare=False)

    @property
    def badness(self) -> tuple[int, int, str]:
        """The worst come first, of them those that call most, then by name."""
        return list(ClientResult).index(self.result), -self.urgent, self.environment


def client_of(command: str, ended: ProcessResult, page: str | None = None, plan_file: str | None = None) -> FleetClient:
    """What a run of `plan`, `apply`, `drift` or `status` came to."""
    document = _document(ended.output)
    found: dict[str, Any] = {}
    if command == "status" and isinstance(document, list):
        found = {"campaigns": _campaigns(document)}
    elif isinstance(document, dict):
        found = _of_plan(document) if command != "drift" else _of_drift(document)
    result = _result(command, ended, found, document)
    refusals = document.get("refusals", ()) if isinstance(document, dict) else ()
    return FleetClient(
        environment=ended.environment,
        result=result,
        code=ended.code,
        seconds=ended.seconds,
        reasons=_reasons(ended, refusals) if result in NOT_WELL else (),
        page=page,
        plan_file=plan_file,
        urgent=sum((found.get("calls") or {}).values()),
        **found,
    )


def _document(output: bytes) -> Any:
    try:
        return orjson.loads(output)
    except orjson.JSONDecodeError:
        return None


def _of_plan(document: Mapping[str, Any]) -> dict[str, Any]:
    """Of one that could not be made nothing is known but where it would have been."""
    if "changes" not in document:
        return {"endpoint": document.get("endpoint")}
    changes = [each for each in document["changes"] if _writes(each)]
    outcomes = document.get("outcomes")
    return {
        "endpoint": document.get("endpoint"),
        "changes": _counts((each["action"] for each in changes), ("create", "update", "replace", "delete", "adopt")),
        "rows": {name: sum(each[name] for each in document.get("rows") or ()) for name in ROWS},
        "calls": dict(document.get("calls") or {}),
        "findings": _findings(document.get("findings") or ()),
        "outcomes": None if outcomes is None else dict(Counter(each["result"] for each in outcomes)),
    }


def _writes(change: Mapping[str, Any]) -> bool:
    """Whether a change of the plan's JSON sends anything."""
    return change["action"] != "forget" and (change["action"] != "adopt" or bool(change["fields"]))


def _findings(findings: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    found = _counts((each["severity"] for each in findings if not each["waived"]), SEVERITIES)
    return {**found, "waived": sum(bool(each["waived"]) for each in findings)}


def _of_drift(document: Mapping[str, Any]) -> dict[str, Any]:
    unclear = {each["address"] for each in document.get("findings") or () if each["id"] == "not-compared"}
    counted = {"drifted": len(document.get("drift") or ()), "not_compared": len(unclear)}
    return {"endpoint": document.get("endpoint"), "drift": counted}


def _campaigns(statuses: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """How many there are and run, and of those how many are behind; what has a status nobody knows may run."""
    startable = startable_kind().as_startable
    running = [each for each in statuses if not startable.at_rest(each["status"])]
    return {"total": len(statuses), "running": len(running), "behind": sum(is_behind(each) for each in running)}


def is_behind(status: Mapping[str, Any]) -> bool:
    """Whether one that runs will not finish at its pace, or has done less than was expected."""
    forecast = status.get("forecast")
    if not forecast:
        return False
    return Pace(*(forecast[each] for each in ("total", "done", "expected", "by_expiry"))).is_behind


def _counts(names: Any, known: Sequence[str]) -> dict[str, int]:
    """How often each name is there, those that are not among them too."""
    counted = Counter(names)
    return {name: counted[name] for name in known}


def _result(command: str, ended: ProcessResult, found: Mapping[str, Any], document: Any) -> ClientResult:
    if ended.code not in (0, 2):
        return BY_CODE.get(ended.code, ClientResult.FAILED)
    if not found:
        return ClientResult.FAILED
    if command == "status":
        return _pace(found["campaigns"])
    if command == "drift":
        return ClientResult.DRIFT if any(found["drift"].values()) else ClientResult.QUIET
    if command == "apply":
        return ClientResult.APPLIED if found["outcomes"] else ClientResult.QUIET
    if document.get("refusals"):
        return ClientResult.REFUSED
    if any(found["calls"].values()):
        return ClientResult.CALLS
    return ClientResult.CHANGES if any(found["changes"].values()) or any(found["rows"].values()) else ClientResult.QUIET


def _pace(campaigns: Counted) -> ClientResult:
    return (
        ClientResult.BEHIND
        if campaigns["behind"]
        else ClientResult.RUNNING
        if campaigns["running"]
        else ClientResult.QUIET
    )


def _reasons(ended: ProcessResult, refusals: Sequence[str]) -> tuple[str, ...]:
    """What the run said was wrong, the first of it; the rest is in its own report or on stderr."""
    if ended.again and ended.code == 4 and not ended.output:
        return (gettext("its worker died while it applied the plan file: plan again for what is left"),)
    found = list(refusals) or [line for line in ended.said if _ERROR.search(line) and not _COUNTED.fullmatch(line)]
    if not found and ended.code not in (0, None):
        found = [_last(ended)]
    left = len(found) - MOST_REASONS
    more = [gettext("and {count:,} more", count=left)] if left > 0 else []
    return (*map(_reason, found[:MOST_REASONS]), *more)


def _reason(line: str) -> str:
    """Without the word that a run begins it with; a sentence of ours has none."""
    return line if isinstance(line, Message) else line.removeprefix("error: ").removeprefix("refused: ")


def _last(ended: ProcessResult) -> str:
    return ended.said[-1] if ended.said else gettext("it ended with {code} and said nothing", code=ended.code)
