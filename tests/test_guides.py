"""The guides are followed: what the first pages tell a newcomer to type, with the simulator of the tests as theirs."""

from __future__ import annotations

import re
import shutil
from datetime import datetime
from pathlib import Path

import pytest

from provisioner.simulator.process import Simulator
from tests.pipeline import BLOCK, NOW, ROOT, Runner
from tests.rows.workbooks import xlsx

THERE = r"python3 -m venv|\. \.venv/bin/activate|pip install|alice-apply simulator"
LEFT_OUT = re.compile(rf"^(?:{THERE}).*\n", re.MULTILINE)  # what they make is there already
SAID = ("Plan: 7 to create", "Apply: 9 done"), ("Kế hoạch: tạo mới 7", "Thực hiện: 9 đã xong")
APPLY = re.compile(r"^(alice-apply apply\b[^#\n]*)", re.MULTILINE)


@pytest.fixture
def runner(simulator: Simulator, tmp_path: Path) -> Runner:
    simulator.reset(now=datetime.fromisoformat(NOW))
    return Runner(simulator, tmp_path)


def typed(runner: Runner, page: str, heading: str = "") -> str:
    """The shell's lines of a page, or of a section of it; nobody is asked, and Alice is the simulator."""
    text = (ROOT / page).read_text(encoding="utf-8")
    if heading:
        text = text.partition(heading)[2].partition("\n## ")[0]
    lines = "".join(found for name, found in BLOCK.findall(text) if name == "sh")
    lines = APPLY.sub(r"\1 --auto-approve", LEFT_OUT.sub("", lines))
    return lines.replace("http://127.0.0.1:8765/rest-api", runner.simulator.endpoint)


@pytest.mark.long
@pytest.mark.parametrize(
    ("page", "heading"),
    [
        ("docs/guides/first-campaign.md", ""),
        ("docs/vi/guides/first-campaign.md", ""),
        ("README.md", "## Five minutes to a first campaign\n"),
        ("README.vi.md", "## Chiến dịch đầu tiên trong năm phút\n"),
    ],
)
def test_a_first_campaign(page: str, heading: str, runner: Runner) -> None:
    said = runner.run(runner.folder, typed(runner, page, heading))
    planned, applied = SAID["export ALICE_LANG=vi" in (ROOT / page).read_text(encoding="utf-8")]
    assert planned in said and runner.started() == [1]
    assert "Tết 2027" in said.partition(applied)[2]  # status
    again = runner.run(runner.folder / "my-campaigns", f"ALICE_ENDPOINT={runner.simulator.endpoint} alice-apply plan")
    assert "No changes. Alice matches the manifests." in again


@pytest.mark.parametrize("page", ["docs/recipes/reminders.md", "docs/vi/guides/reminders.md"])
def test_reminders_from_a_spreadsheet(page: str, runner: Runner) -> None:
    """The first lines of the page, typed in the folder of the first campaign."""
    first = runner.folder / "my-campaigns"
    first.mkdir()
    steps = typed(runner, page).partition("status\n")
    said = runner.run(first, f"export ALICE_ENDPOINT={runner.simulator.endpoint}", steps[0] + steps[1])
    assert "50 alarms" in said.partition("Apply: ")[0] and "Alarms: 50 to ring" in said
    assert len(runner.simulator.objects("alarm")) == 50


@pytest.mark.parametrize("page", ["docs/recipes/excel.md", "docs/vi/guides/contacts.md"])
def test_contacts_from_excel(page: str, runner: Runner) -> None:
    project = runner.checkout("excel")
    [manifest] = [found for name, found in BLOCK.findall((ROOT / page).read_text(encoding="utf-8")) if name == "yaml"]
    manifest = manifest.replace("  vip:", "  excel:").replace("    name: ", "    name: Excel ")
    (project / "excel.yaml").write_text(manifest, encoding="utf-8")
    rows = [
        ["Danh sách khách hàng", None, None],
        ["Số điện thoại", "Tên", "Số hợp đồng"],
        [934890883, "Linh", "HD-1"],
        ["+84934890884", "Minh", "HD-2"],
        ["Tổng cộng", 2, None],
    ]
    sheets = {"Tháng 1": rows, "Ghi chú": [["A", "B"], ["x", "y"]]}
    (project / "contacts" / "khach-hang.xlsx").write_bytes(xlsx(sheets if "sheet:" in manifest else {"Tháng 1": rows}))
    said = runner.run(project, "alice-apply validate --rows", "alice-apply plan")
    assert "phonebook.excel: 2 rows; left out: 1 of totals" in said
    assert "phonebook.excel: 2 rows to add" in said


def test_a_project_on_another_machine(runner: Runner) -> None:
    project = runner.checkout("here")
    runner.secrets.pop("ALICE_STATE")
    runner.run(project, "alice-apply apply --auto-approve --allow-calls")
    shutil.copytree(project, runner.folder / "there")
    look = typed(runner, "docs/recipes/move-a-project.md").partition("export")[0]
    said = runner.run(runner.folder / "there", look)
    assert "campaign.tet-2027" in said and "No changes." in said
