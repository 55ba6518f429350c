"""What loading costs: time for many resources, and what is imported for few."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from time import process_time

from provisioner import runtime
from tests.manifests.conftest import Folder

# About 0.6 s on the reference machine; the slack is for machines that are busy with other tests.
SECONDS = 3.0
HEAVY = ("requests", "duckdb", "sqlalchemy", "rich", "deepdiff", "django", "jsonschema", "pandas")


def test_ten_thousand_resources_load_in_about_a_second(folder: Folder) -> None:
    lines = ["calendars:", "  c: {name: C, user: {id: 1}}", "events:"]
    for number in range(2000):
        lines += [f"  e{number}:", f"    title: Tái khám {number}", "    start: 2027-02-15T09:30:00+07:00"]
        lines += ["    end: 2027-02-15T10:00:00+07:00", "    calendar: c"]
    lines.append("alarms:")
    for number in range(8000):
        lines += [f"  a{number}:", f"    event: e{number % 2000}", f'    alarm_phonenumber: "0934{number:06d}"']
        lines.append("    date_start_notice: 2027-02-14T09:00:00+07:00")
    folder.write("many.yaml", "\n".join(lines))
    begin = process_time()
    project = folder.load()
    assert process_time() - begin < SECONDS
    assert len(project.resources) == 10_001


def test_ten_thousand_mistakes_are_told_in_reasonable_time(folder: Folder) -> None:
    lines = ["surveys:", *(f"  s{number}: {{nam: S}}" for number in range(5000))]
    folder.write("many.yaml", "\n".join(lines))
    begin = process_time()
    assert len(folder.errors()) == 10_000
    assert process_time() - begin < 4 * SECONDS


def test_a_right_project_loads_nothing_heavy() -> None:
    program = f"""
import sys
from pathlib import Path
from provisioner.manifests import load
load(Path({str(runtime.starter())!r}), environment=None, variables={{}}, environ={{}})
print(" ".join(name for name in {HEAVY!r} if name in sys.modules))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=Path.cwd())
    assert done.stdout.strip() == ""
