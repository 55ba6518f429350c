"""`for_each` is shorter and nothing else: the same project written out by hand is planned, sent and kept alike."""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

import pytest
from hypothesis import Phase, given, note
from hypothesis import strategies as st

from provisioner.simulator.process import Simulator
from tests.factories import NOW
from tests.properties.examples import examples
from tests.properties.folded import Folded, alike
from tests.properties.projects import files, projects
from tests.properties.test_two_projects import CHECKED, PROJECT, operator_of
from tests.same import demand_same

KEYED = re.compile(r"\b[gs]\d*\[([^]]+)\]")
OWN = ("password", "campaign_code", "time", "seconds")  # salted, random, or of one moment
MOMENT = re.compile(rf'"{NOW:%Y-%m-%d}T[\d:.]+\+00:00"')
ONLY_THERE = "empty-for-each"


class Written(NamedTuple):
    """One project twice: as files, and what alice.yaml has besides."""

    by_hand: dict[str, str]
    folded: dict[str, str]
    more: str


@st.composite
def twice(draw: Any) -> Written:
    """A project written out, and with for_each."""
    by_hand = dict(files(draw(alike(draw(projects())))))
    folded = Folded(draw, json.loads(by_hand["main.yaml"]))
    short = {**by_hand, **folded.files, "main.yaml": json.dumps(folded.manifest, indent=1, ensure_ascii=False)}
    return Written(by_hand, short, f"variables: {json.dumps(folded.variables)}")


class Came(NamedTuple):
    """What a project led to, with the addresses of one that is written out."""

    plan: Any
    writes: Any
    objects: Any


def came_of(simulator: Simulator, contents: dict[str, str], more: str) -> Came:
    """Plan and apply it in an empty account; then there is nothing to do."""
    with operator_of(simulator, {}) as operator:
        operator.write("alice.yaml", PROJECT.format(endpoint=simulator.endpoint, checks=CHECKED, more=more))
        for name, text in contents.items():
            operator.write(name, text)
            note(f"{name}:\n{text}")
        plan = operator.plan()
        simulator.clear_requests()
        operator.apply("--parallelism", "1")
        writes, objects = simulator.writes(), {path: simulator.objects(path) for path in simulator.counts()}
        operator.demand_nothing_to_do()
        return Came(_by_hand(plan), _timeless(writes), _timeless(objects))


def _by_hand(plan: dict[str, Any]) -> dict[str, Any]:
    """What it says besides when it was made and where; besides the changes nothing comes in the order of the work."""
    plan["findings"] = [finding for finding in plan["findings"] if finding["id"] != ONLY_THERE]
    told = json.dumps({name: value for name, value in plan.items() if name not in ("created_at", "fingerprint")})
    found: dict[str, Any] = json.loads(KEYED.sub(r"\1", told), object_hook=_unplaced)
    for part in (found, found["outlook"]):
        part |= {name: sorted(each, key=json.dumps) for name, each in part.items() if _is_set(name, each)}
    return found


def _is_set(name: str, value: object) -> bool:
    return isinstance(value, list) and name != "changes"


def _unplaced(value: dict[str, Any]) -> dict[str, Any]:
    """Without places in files; a message names addresses in the order of their text, which a key changes."""
    in_any_order = {"message": sorted(value["message"].split())} if isinstance(value.get("message"), str) else {}
    return {name: inner for name, inner in value.items() if name != "source"} | in_any_order


def _timeless(value: Any) -> Any:
    """Without what is another one in every run."""
    told = MOMENT.sub('"now"', json.dumps(value))
    return json.loads(told, object_hook=lambda row: {name: each for name, each in row.items() if name not in OWN})


def run_examples(simulator: Simulator, count: int, **how: Any) -> None:
    @examples(count, **how)
    @given(twice())
    def prove(written: Written) -> None:
        by_hand = came_of(simulator, written.by_hand, "")
        demand_same(came_of(simulator, written.folded, written.more)._asdict(), by_hand._asdict())

    prove()


@pytest.mark.long
def test_a_project_with_for_each_is_the_same_as_one_written_out(simulator_process: Simulator) -> None:
    run_examples(simulator_process, 8, derandomize=True, phases=[Phase.generate])


@pytest.mark.soak
def test_many_projects_with_for_each(simulator_process: Simulator) -> None:
    run_examples(simulator_process, 500)
