"""The same work by another tool that plans from files: `make bench-peers`, or `python -m tests.bench.peers OCTODNS`.

A plan over so many records, of which two hundredths are new and one hundredth is changed, by `alice-apply` against the
stand-in, and by octoDNS (OCTODNS is its `octodns-sync`) against a provider that has all records in a file. Both are
whole processes. octoDNS asks no server, so what `alice-apply` spends on its requests is told beside it, as the floor.
`docs/benchmarks.md` says what is compared with what.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.bench import configuration
from tests.bench.account import Spec
from tests.bench.cases import least, project
from tests.bench.measure import Failed, floor, run, tool
from tests.bench.results import Cost

COUNTS = (1_000, 10_000)
ZONE = "bench.test."

# What octoDNS plans against: everything at once, as the stand-in has it.
PROVIDER = """
import json
import logging
from pathlib import Path

from octodns.provider.base import BaseProvider
from octodns.record import Record


class Stored(BaseProvider):
    SUPPORTS_GEO = False
    SUPPORTS_DYNAMIC = False
    SUPPORTS = {"A"}
    log = logging.getLogger("stored")

    def populate(self, zone, target=False, lenient=False):
        for name, data in json.loads(Path("stored.json").read_text()).items():
            zone.add_record(Record.new(zone, name, data, source=self, lenient=lenient), lenient=lenient)
        return True
"""
CONFIG = f"""
manager: {{plan_outputs: {{json: {{class: octodns.provider.plan.PlanJson, output_filename: plan.json}}}}}}
providers:
  files: {{class: octodns.provider.yaml.YamlProvider, directory: zones, default_ttl: 300}}
  stored: {{class: stored.Stored}}
zones:
  {ZONE}: {{sources: [files], targets: [stored]}}
"""


def main() -> None:
    """Measure, and print a line for each tool and number of records."""
    parser = argparse.ArgumentParser(description="Measure a plan beside one of octoDNS.")
    parser.add_argument("octodns", type=Path, help="its octodns-sync")
    parser.add_argument("--repeat", type=int, default=3, help="runs of each, of which the least counts")
    options = parser.parse_args()
    print("| records | tool | ratio of CPU | seconds | CPU | peak |\n| ---: | --- | ---: | ---: | ---: | ---: |")
    for count in COUNTS:
        ours, bare = _ours(count, options.repeat)
        theirs = _octodns(options.octodns.absolute(), count, options.repeat)
        print(_row(count, "alice-apply", ours, ours), flush=True)
        print(_row(count, "its requests alone", bare, ours), flush=True)
        print(_row(count, "octoDNS", theirs, ours), flush=True)


def _row(count: int, name: str, cost: Cost, ours: Cost) -> str:
    figures = f"{cost.cpu / ours.cpu:.2f} | {cost.wall:.2f} | {cost.cpu:.2f} | {cost.memory:.0f} MB"
    return f"| {count:,} | {name} | {figures} |"


def _ours(count: int, repeat: int) -> tuple[Cost, Cost]:
    """Of a plan of ours and of its bare requests."""
    spec = Spec(resources=count)
    costs, floors = [], []
    with project(spec) as (folder, server):
        tool(folder, "apply", "--auto-approve")
        configuration.change(folder, spec)
        for _ in range(repeat):
            server.forget()
            cost, out = tool(folder, "plan", "--output", "json")
            _require(count, [each["action"] for each in json.loads(out)["changes"]])
            costs.append(cost)
            floors.append(floor(folder, server, server.log()))
    return least(costs), least(floors)


def _octodns(sync: Path, count: int, repeat: int) -> Cost:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.joinpath("stored.py").write_text(PROVIDER)
        folder.joinpath("config.yaml").write_text(CONFIG)
        folder.joinpath("stored.json").write_text(json.dumps(dict(records(count, 0, 0))))
        folder.joinpath("zones").mkdir()
        declared = "".join(f"{name}: {json.dumps(data)}\n" for name, data in records(count, count // 50, count // 100))
        folder.joinpath("zones", f"{ZONE}yaml").write_text(declared)
        command = [str(sync), "--config-file", "config.yaml", "--force"]
        costs = [run(command, folder=folder, modules=folder)[0] for _ in range(repeat)]
        changes = json.loads(folder.joinpath("plan.json").read_text())["stored"][ZONE]["changes"]
        _require(count, [each["type"] for each in changes])
        return least(costs)


def records(count: int, new: int, changed: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """Records in the order of their names, which octoDNS asks for; the first ones are changed, the last ones new."""
    for index in range(count + new):
        value = f"10.1.{index // 250 % 250}.{index % 250}" if index < changed else f"10.0.{index // 250 % 250}.1"
        yield f"r{index:07}", {"ttl": 300, "type": "A", "value": value}


def _require(count: int, actions: list[str]) -> None:
    """Both plan the same."""
    found = sum(each == "create" for each in actions), sum(each == "update" for each in actions)
    if found != (count // 50, count // 100):
        raise Failed(f"another plan than expected: {found[0]} created, {found[1]} updated")


if __name__ == "__main__":
    main()
