"""The command line in this process, and a project whose Alice is the simulator."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from provisioner.cli import run
from provisioner.simulator.process import Simulator


@dataclass(frozen=True)
class Ran:
    """How a command ended."""

    code: int
    out: str
    err: str


Alice = Callable[..., Ran]


@pytest.fixture
def alice(capsys: pytest.CaptureFixture[str]) -> Alice:
    """`alice("get", "campaigns")`."""

    def call(*arguments: str) -> Ran:
        code = run(arguments)
        return Ran(code, *capsys.readouterr())

    return call


MANIFEST = """\
surveys:
  welcome:
    name: Welcome
    sections:
      - {key: hi, type: play_message, question: Hi, script: "Xin chào"}
phonebooks:
  vip: {name: VIP, contacts: {rows: [{contact: "0934890883"}]}}
campaigns:
  tet:
    name: Tết 2027
    survey: welcome
    phonebooks: [vip]
    gateway: AliceDevGateway
    frequency: 10
    startingdate: 2027-01-20T08:00:00+07:00
    expirationdate: 2027-01-30T17:00:00+07:00
    daily_start_time: 08:00
    daily_stop_time: 17:00
"""


def write_project(directory: Path, endpoint: str) -> Path:
    text = f"alice: 1\nproject: test\nendpoint: {endpoint}\ntimezone: Asia/Ho_Chi_Minh\nregion: VN\n"
    (directory / "alice.yaml").write_text(text, encoding="utf-8")
    (directory / "tet.yaml").write_text(MANIFEST, encoding="utf-8")
    return directory


@pytest.fixture
def project(tmp_path: Path, simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The directory we are in, with the credentials of the simulator's user."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ALICE_USERNAME", "demo")
    monkeypatch.setenv("ALICE_PASSWORD", "demo")
    return write_project(tmp_path, simulator.endpoint)
