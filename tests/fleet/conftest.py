"""A project of several clients on two simulators, each an account of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from provisioner.simulator.process import Simulator
from tests.factories import NOW
from tests.operator import Operator

PROJECT = """alice: 1
project: agency
timezone: Asia/Ho_Chi_Minh
region: VN
endpoint: {first}
environments:
  acme: {{endpoint: "{first}", variables: {{client: Acme}}}}
  beta: {{endpoint: "{second}", variables: {{client: Beta}}}}
"""
MANIFEST = """surveys:
  welcome:
    {name: "Welcome to ${var.client}", sections: [{key: hi, type: play_message, question: Hi, script: Hello}]}
phonebooks:
  vip: {name: "VIP of ${var.client}", contacts: {rows: [{contact: "0934890883"}, {contact: "0934890884"}]}}
campaigns:
  tet:
    {name: "Tet of ${var.client}", survey: welcome, phonebooks: [vip], gateway: AliceDevGateway, frequency: 10,
     callerid: "19001234", startingdate: 2027-01-20T08:00:00+07:00, expirationdate: 2027-01-30T17:00:00+07:00,
     daily_start_time: 08:00, daily_stop_time: 17:00}
"""


@dataclass
class Fleet(Operator):
    """An operator of two accounts; `simulator` is that of acme."""

    second: Simulator = None  # type: ignore[assignment]

    @property
    def both(self) -> tuple[Simulator, Simulator]:
        return self.simulator, self.second


@pytest.fixture(scope="session")
def second_process() -> Iterator[Simulator]:
    with Simulator() as process:
        yield process


@pytest.fixture
def fleet(simulator: Simulator, second_process: Simulator, tmp_path: Path) -> Fleet:
    second_process.reset(now=NOW)
    simulator.reset(now=NOW)
    directory = tmp_path / "agency"
    directory.mkdir()
    operator = Fleet(directory, simulator, now=NOW, second=second_process)
    operator.write("alice.yaml", PROJECT.format(first=simulator.endpoint, second=second_process.endpoint))
    operator.write("main.yaml", MANIFEST)
    return operator
