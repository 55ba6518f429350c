"""What loading costs: time for many resources, and what is imported for few."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from time import process_time

import pytest

from provisioner import runtime
from tests.manifests.conftest import Folder

# About 0.6 s on the reference machine; the slack is for machines that are busy with other tests.
SECONDS = 3.0
LOAD = sys.modules["provisioner.manifests.load"]  # the package has a function of that name
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


def test_more_resources_than_fit_are_refused_before_all_files_are_read(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(LOAD, "MOST_RESOURCES", 20)
    for part in range(10):
        lines = (f"  p{part}-{number}: {{name: P {part} {number}}}\n" for number in range(10))
        folder.write(f"part{part}.yaml", "phonebooks:\n" + "".join(lines))
    folder.write("part3.yaml", "[")  # nobody gets as far as here
    (refusal,) = folder.errors()
    assert refusal.startswith("part2.yaml:1:1: ") and "declares 30 resources, and may declare 20: split it" in refusal


def test_megabytes_of_manifests_are_refused_before_one_is_read(folder: Folder) -> None:
    for part in range(9):
        path = folder.write(f"part{part}.yaml", "")
        os.truncate(path, 8 << 20)
    (refusal,) = folder.errors()
    assert "are 72 MB, and may be 64 MB together: split it" in refusal


def test_sections_count_among_the_resources_of_a_project(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    sections = "sections: [{key: a, type: play_message, question: A}, {key: b, type: play_message, question: B}]"
    text = f"surveys:\n  s: {{name: S, {sections}}}\n"
    monkeypatch.setattr(LOAD, "MOST_RESOURCES", 3)
    assert len(folder.resources(text)) == 3
    monkeypatch.setattr(LOAD, "MOST_RESOURCES", 2)
    assert "declares 3 resources" in folder.errors()[0]


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
