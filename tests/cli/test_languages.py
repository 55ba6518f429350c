"""`--lang`: people read plans and statuses in their language, programs and logs read English."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from provisioner.simulator.process import Simulator
from tests.factories import NOW, alice
from tests.operator import Operator

MANIFEST = """phonebooks: {vip: {name: VIP, contacts: {rows: [{contact: "0934890841"}]}}}
surveys:
  hello: {name: Hello, sections: [{key: hi, type: play_message, question: Hi}]}
campaigns:
  tet:
    {name: Tet, survey: hello, phonebooks: [vip], gateway: AliceDevGateway, frequency: 10, status: started,
     startingdate: 2027-01-10T08:00:00+07:00, expirationdate: 2027-01-30T17:00:00+07:00,
     daily_start_time: 08:00, daily_stop_time: 19:00, purpose: advertising}
"""


@pytest.fixture
def operator(simulator: Simulator, tmp_path: Path) -> Operator:
    simulator.reset(now=NOW)
    folder = tmp_path / "project"
    folder.mkdir()
    found = Operator(folder, simulator, now=NOW)
    found.write("alice.yaml", alice("languages").format(endpoint=simulator.endpoint))
    found.write("main.yaml", MANIFEST)
    return found


def test_a_plan_its_file_and_statuses(operator: Operator) -> None:
    report = operator.directory.parent / "p.json"
    file = str(operator.directory.parent / "p.alice-plan")
    said = operator.succeed("--lang", "vi", "plan", "--out", file, "--output", "text", "--output", f"json={report}").out
    assert "dự án languages, môi trường default" in said
    assert "chỉ cho gọi 08:00-17:00: hãy đặt daily_stop_time thành 17:00" in said
    assert "apply sẽ từ chối: tạo mới" not in said
    document = json.loads(report.read_text())
    [error] = [each for each in document["findings"] if each["id"] == "calling-window"]
    assert "allows calls 08:00-17:00" in error["message"]
    assert operator.succeed("show", file).out == operator.succeed("--lang", "en", "show", file).out
    assert operator.succeed("--lang", "vi", "show", file).out == said
    assert "trạng thái" in replace(operator, environ={**operator.environ, "ALICE_LANG": "vi"}).succeed("status").out


def test_errors_are_english_and_an_unknown_language_is_one(operator: Operator) -> None:
    said = operator.run("--lang", "xx", "plan")
    assert (said.code, said.out) == (1, "")
    assert "--lang" in said.err
    refused = operator.run("--lang", "vi", "apply", "--auto-approve")
    assert refused.code == 3
    assert "pass --allow-calls" in refused.err
