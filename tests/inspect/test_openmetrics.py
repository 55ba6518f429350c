"""`status --output openmetrics`: a text that a strict reader takes, with no number for what nobody could read."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from provisioner.inspect.alarm_status import AlarmStatus
from provisioner.inspect.campaign_status import CampaignStatus
from provisioner.inspect.openmetrics import MetricsSource, exposition
from provisioner.inspect.reach import reach_of
from provisioner.inspect.reading import Reading
from provisioner.model import LiveObject, Unknown
from provisioner.resources import KINDS
from provisioner.simulator.process import Simulator
from tests.operator import Operator

from .test_campaign_status import NOW, started
from .test_status_page import HOSTILE, PERSONAL, PROJECT

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = r'[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*"'
SAMPLE = re.compile(rf"({NAME})(?:\{{((?:{LABEL})(?:,{LABEL})*)\}})? (-?(?:\d+(?:\.\d+)?(?:e[+-]?\d+)?))")
Samples = Mapping[tuple[str, frozenset[tuple[str, str]]], float]


def read(text: str) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """As the specification has it: a family's HELP and TYPE, then its samples; each label set once; EOF at the end."""
    *lines, last, nothing = text.split("\n")
    assert (last, nothing) == ("# EOF", "")
    found: dict[tuple[str, frozenset[tuple[str, str]]], float] = {}
    family, seen = "", list[str]()
    for line in lines:
        if line.startswith("# HELP "):
            family = line.split(" ")[2]
            assert family not in seen and re.fullmatch(NAME, family)
            seen.append(family)
        elif line.startswith("# TYPE "):
            assert line == f"# TYPE {family} gauge"
        else:
            sample = SAMPLE.fullmatch(line)
            assert sample is not None and sample[1] == family, line
            pairs = re.findall(LABEL, sample[2] or "")
            labels = frozenset((name, _unescaped(value)) for name, value in (each.split("=", 1) for each in pairs))
            assert len(dict(labels)) == len(pairs) and (family, labels) not in found
            found[family, labels] = float(sample[3])
    return found


def _unescaped(quoted: str) -> str:
    return re.sub(r"\\(.)", lambda found: "\n" if found[1] == "n" else found[1], quoted[1:-1])


def values(samples: Samples, name: str) -> list[float]:
    return [value for (family, _), value in samples.items() if family == f"alice_{name}"]


def up(samples: Samples) -> dict[str, float]:
    return {dict(labels)["part"]: value for (family, labels), value in samples.items() if family == "alice_up"}


@pytest.fixture
def operator(simulator: Simulator, tmp_path: Path) -> Operator:
    operator = Operator(tmp_path, simulator, now=NOW)
    operator.write("alice.yaml", PROJECT.format(simulator.endpoint))
    return operator


def test_what_is_read_is_told(operator: Operator) -> None:
    started(operator.simulator)
    text = operator.succeed("status", "--output", "openmetrics").out
    found = read(text)
    assert up(found) == {"campaigns": 1, "subscribers": 1, "cdr": 1, "alarms": 1}
    for name, value in (("contacts", 3000), ("done", 420), ("pending", 2580), ("calls_left", 2580), ("dialled", 420)):
        assert values(found, f"campaign_{name}") == [value]
    assert values(found, "campaign_running") == [1] and values(found, "status_read_timestamp_seconds") == [
        NOW.timestamp()
    ]
    [labels] = [dict(labels) for family, labels in found if family == "alice_campaign_status"]
    assert labels == {
        "project": "vn", "environment": "default", "campaign": "1243", "name": "tet", "status": "started"
    }  # fmt: skip
    assert PERSONAL not in text


def test_a_name_cannot_leave_its_label() -> None:
    name = f'{HOSTILE}"}} 1\n# EOF\n\\'
    text = exposition(
        MetricsSource(NOW, {}, Reading(NOW, (CampaignStatus(LiveObject("campaign", 7, {"name": name})),)))
    )
    [labels] = [dict(labels) for family, labels in read(text) if family == "alice_campaign_status"]
    assert labels["name"] == '<script>alert(1)</script><b>x?"} 1 # EOF \\' and labels["status"] == "unknown"


def test_what_could_not_be_read_has_no_sample(operator: Operator) -> None:
    started(operator.simulator, contacts=500)
    operator.simulator.variants(forbidden_get="subscriber-list,alarm", absent="cdr")
    found = read(operator.succeed("status", "--output", "openmetrics").out)
    assert up(found) == {"campaigns": 1, "subscribers": 0, "cdr": 0, "alarms": 0}
    for name in ("contacts", "done", "pending", "calls_left", "dialled", "answered", "calls_per_minute"):
        assert values(found, f"campaign_{name}") == []
    assert values(found, "alarms_to_ring") == [] and values(found, "campaign_running") == [1]


def test_a_status_that_nobody_understands_is_a_call_left_and_no_zero() -> None:
    live = LiveObject("campaign", 7, {"name": "tet", "status": "started"})
    counts = {"subscribers": Counter({"completed": 3, "abort": 2, "17": 5}), "cdr": Counter({"ANSWER": 1, "ODD": 2})}
    status = CampaignStatus(live, counts, reach=reach_of(KINDS["campaign"], counts))
    found = read(exposition(MetricsSource(NOW, {}, Reading(NOW, (status,)))))
    told = {name: values(found, f"campaign_{name}") for name in ("contacts", "done", "calls_left", "dialled")}
    assert told == {"contacts": [10], "done": [5], "calls_left": [5], "dialled": [3]}
    assert values(found, "campaign_pending") == values(found, "campaign_answered") == []
    assert up(found) == {"campaigns": 1, "subscribers": 0, "cdr": 0}


def test_who_waits_is_never_more_than_the_calls_left() -> None:
    counts = {"subscribers": Counter({"pending": 4, "pause": 1, "in_process": 2, "abort": 8}), "cdr": Counter[str]()}
    live = LiveObject("campaign", 7, {"name": "tet", "status": "aborted"})
    found = read(exposition(MetricsSource(NOW, {}, Reading(NOW, (CampaignStatus(live, counts),)))))
    assert values(found, "campaign_pending") == [5] and values(found, "campaign_calls_left") == [7]


def test_an_account_that_cannot_be_read_is_down_and_an_error(operator: Operator, tmp_path: Path) -> None:
    metrics = tmp_path / "alice.prom"
    started(operator.simulator, contacts=30)
    operator.succeed("status", "--output", f"openmetrics={metrics}")
    assert values(read(metrics.read_text()), "campaign_contacts") == [30]
    operator.simulator.variants(absent="campaigns")
    said = operator.run("status", "--output", f"openmetrics={metrics}")
    assert said.code == 1 and "campaigns cannot be listed" in said.err
    found = read(metrics.read_text())
    assert up(found) == {"campaigns": 0} and {family for family, _ in found} == {
        "alice_up", "alice_status_read_timestamp_seconds"
    }  # fmt: skip
    assert [each.name for each in tmp_path.iterdir() if each.name.startswith(".alice-")] == []


def test_a_file_of_somebody_else_stays(operator: Operator, tmp_path: Path) -> None:
    other = tmp_path / "node.prom"
    other.write_text("# HELP node_load1 1m load average.\n")
    operator.simulator.clear_requests()
    said = operator.run("status", "--output", f"openmetrics={other}")
    assert said.code == 1 and operator.simulator.requests() == [] and other.read_text().startswith("# HELP node_")


def test_drift_is_counted_when_asked_for(operator: Operator) -> None:
    operator.write("s.yaml", "surveys: {hello: {name: Hello, tts_language: vi}}\n")
    operator.apply()
    [survey] = [each for each in operator.simulator.objects("survey-template") if each["name"] == "Hello"]
    operator.simulator.change("survey-template", survey["id"], tts_language="en")
    assert values(read(operator.succeed("status", "--output", "openmetrics").out), "drift_resources") == []
    found = read(operator.succeed("status", "--drift", "--output", "openmetrics").out)
    assert values(found, "drift_resources") == [1] and up(found)["drift"] == 1
    operator.write("s.yaml", "surveys: [")
    found = read(operator.succeed("status", "--drift", "--output", "openmetrics").out)
    assert values(found, "drift_resources") == [] and up(found)["drift"] == 0


def test_alarms_by_how_soon_they_ring() -> None:
    alarms = AlarmStatus()
    alarms.ahead.update({NOW: 3, NOW + timedelta(hours=5): 2, NOW + timedelta(hours=23): 9, None: 1})
    found = read(exposition(MetricsSource(NOW, {}, Reading(NOW, (), alarms), Unknown("x"))))
    ringing = {dict(labels)["hours"]: value for (family, labels), value in found.items() if "ringing" in family}
    assert ringing == {"1": 3, "6": 5, "24": 14}
    assert values(found, "alarms_to_ring") == [15] and values(found, "alarms_unknown") == [1]
