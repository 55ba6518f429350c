"""The command line in this process, and a project whose Alice is the simulator."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from provisioner.cli import run
from provisioner.simulator.process import Simulator
from tests.factories import alice as settings
from tests.factories import campaign, phonebook, survey


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


XIN_CHAO = '{key: hi, type: play_message, question: Hi, script: "Xin chào"}'
MANIFEST = (
    survey("welcome", XIN_CHAO, name="Welcome")
    + phonebook("vip", "0934890883")
    + campaign(name="Tết 2027", survey="welcome", startingdate="2027-01-20T08:00:00+07:00")
)


def write_project(directory: Path, endpoint: str) -> Path:
    (directory / "alice.yaml").write_text(settings("test", endpoint), encoding="utf-8")
    (directory / "tet.yaml").write_text(MANIFEST, encoding="utf-8")
    return directory


@pytest.fixture
def project(tmp_path: Path, simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The directory we are in, with the credentials of the simulator's user."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ALICE_USERNAME", "demo")
    monkeypatch.setenv("ALICE_PASSWORD", "demo")
    return write_project(tmp_path, simulator.endpoint)
