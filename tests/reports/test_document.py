"""The plan as JSON, which programs rely on, and the way back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import orjson
import pytest

from provisioner.bound import Bound
from provisioner.plan.model import Impact, Plan
from provisioner.reports import REPORTS, Run, plan_document, plan_from_document
from provisioner.reports.document import NotAPlan, run_document
from tests.plan_schema import demand_valid, schema
from tests.same import demand_same

from .rich import RICH
from .samples import EVERYTHING, NOTHING, OUTCOMES


def printed(plan: Plan) -> Any:
    return json.loads(REPORTS["json"].render(Run(plan), False))


@pytest.mark.parametrize("plan", [EVERYTHING, NOTHING], ids=["everything", "nothing"])
def test_a_plan_comes_back_equal_from_its_document(plan: Plan) -> None:
    demand_same(plan_from_document(orjson.loads(orjson.dumps(plan_document(plan)))), plan)


def test_the_keys_and_their_order_are_fixed() -> None:
    document = printed(EVERYTHING)
    assert list(document) == [
        *("format_version", "tool_version", "project", "environment", "endpoint", "created_at", "options"),
        *("fingerprint", "summary", "rows", "changes", "deferred", "drift", "findings", "calls", "outlook"),
        *("refusals", "links", "timezone", "checks"),
    ]
    assert list(document["summary"]) == ["create", "update", "replace", "delete", "adopt", "forget"]
    rows = ["address", "add", "change", "remove", "unchanged", "invalid", "duplicate", "calls", "left_out"]
    assert [list(each) for each in document["rows"]] == [rows, rows]
    assert list(document["changes"][0]) == ["address", "action", "fields", "calls", "reason"]
    assert list(document["changes"][0]["fields"][0]) == ["path", "before", "after"]
    findings = ["id", "severity", "address", "source", "message", "waived", "justification"]
    assert [list(each) for each in document["findings"]] == [findings, findings]
    assert [each["justification"] for each in document["findings"]] == [None, "agreed (until 2027-02-01)"]
    assert document["calls"] == {"campaigns": 1, "contacts": 1000, "alarms": 0}


def test_the_summary_counts_every_address_once_and_no_rows() -> None:
    assert printed(EVERYTHING)["summary"] == {
        "create": 2,
        "update": 1,
        "replace": 1,
        "delete": 1,
        "adopt": 1,
        "forget": 1,
    }


def test_values_are_written_as_in_a_manifest() -> None:
    fields = {field["path"]: field for field in printed(EVERYTHING)["changes"][3]["fields"]}
    assert fields["phonebooks"]["before"] == ["vip", {"name": "Old list"}]
    assert fields["phonebooks"]["after"] == ["vip", {"id": 732}]
    assert fields["startingdate"]["before"] == "2027-01-04T08:30:00+07:00"
    assert fields["daily_start_time"] == {"path": "daily_start_time", "before": "08:00", "after": "08:30:15"}
    assert fields["callerid"]["after"] is None


def test_a_finding_tells_its_place_or_null() -> None:
    first, second = printed(EVERYTHING)["findings"]
    assert first["source"] == "tet.yaml:12:5"
    assert (second["source"], second["address"]) == (None, None)


def test_apply_adds_outcomes_to_the_plan() -> None:
    document = json.loads(REPORTS["json"].render(Run(EVERYTHING, OUTCOMES), False))
    assert document.pop("outcomes")[1] == {
        "address": "phonebook.vip",
        "action": "rows",
        "result": "unknown",
        "message": "the answer was lost",
    }
    assert document == printed(EVERYTHING)


def test_another_format_version_is_recognised() -> None:
    with pytest.raises(NotAPlan) as caught:
        plan_from_document({**plan_document(EVERYTHING), "format_version": 2})
    assert caught.value.version == 2


@pytest.mark.parametrize(
    "document",
    [
        pytest.param([], id="a list"),
        pytest.param({}, id="no version"),
        pytest.param({"format_version": 1}, id="nothing else"),
        pytest.param({**plan_document(NOTHING), "created_at": "yesterday"}, id="a bad date"),
        pytest.param({**plan_document(NOTHING), "changes": [{"address": "x"}]}, id="a bad address"),
        pytest.param({**plan_document(NOTHING), "options": None}, id="no options"),
    ],
)
def test_what_is_no_plan_is_refused(document: Any) -> None:
    with pytest.raises(NotAPlan) as caught:
        plan_from_document(document)
    assert caught.value.version is None


def test_whatever_a_plan_holds_is_described_by_the_schema() -> None:
    for run in (Run(EVERYTHING), Run(EVERYTHING, OUTCOMES), Run(NOTHING), Run(RICH), Run(unknown())):
        demand_valid(orjson.loads(orjson.dumps(run_document(run))))


def test_the_schema_describes_every_key() -> None:
    def undescribed(node: Any, where: str) -> Iterator[str]:
        for name, part in node.get("properties", {}).items():
            yield from () if len(part.get("description", "")) > 7 else (f"{where}.{name}",)
        for name, part in node.items():
            if isinstance(part, dict):
                yield from undescribed(part, f"{where}.{name}")

    assert list(undescribed(schema(), "plan")) == []


def unknown() -> Plan:
    """A campaign of which an unknown number of it calls, nor whom."""
    outlook = EVERYTHING.outlook
    (campaign, *_) = RICH.outlook.campaigns
    campaign = replace(campaign, contacts=Bound.unknown("not listed"), rings=Bound.unknown("not listed"), reached=None)
    impact = Impact(Bound(0, None), Bound(0, None), doubts=("not listed",))
    return replace(EVERYTHING, outlook=replace(outlook, campaigns=(campaign,), impact=impact))


def test_what_nobody_knows_comes_back_from_a_plan_file() -> None:
    demand_same(plan_from_document(orjson.loads(orjson.dumps(plan_document(unknown())))), unknown())
