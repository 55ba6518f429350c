"""Killed at any request, in any state of it: the next run finds out what became of it and finishes.

The request at which the process dies is not executed, executed without an answer, or executed while the next run is
already looking for it.
"""

from __future__ import annotations

import signal
from functools import partial
from pathlib import Path

import pytest

from provisioner.simulator.fault_hold import MODES
from provisioner.simulator.process import Simulator
from tests.faults import victims
from tests.faults.conftest import References
from tests.faults.killed_at_commit import kill_at
from tests.faults.trial import Ending, Trial
from tests.faults.versions import FIRST, LAST

WRITES = {1: 27, 2: 25, 4: 3}  # how many an apply of each version sends
READS = {1: 50, 2: 81, 4: 37}  # likewise, one after another: threads that look for the same may share an answer
COMMITS = 30  # an apply of the first version has more, in groups of any size
OFTEN = (2, 5, 9, 13, 17, 22, 27)
EVERY = 7


def writes() -> list[object]:
    """Every seventh write in every run of the tests, one mode each; all of them, in all modes, in the long ones."""
    moments = [(version, n) for version, count in WRITES.items() for n in range(1, count + 1)]
    found = []
    for place, (version, n) in enumerate(moments):
        for mode in MODES:
            often = place % EVERY == 0 and MODES[place // EVERY % len(MODES)] == mode
            found.append(pytest.param(version, n, mode, marks=[] if often else pytest.mark.soak))
    return found


def replacements() -> list[object]:
    """The three writes of a replacement, each of them in one mode in every run of the tests."""
    moments = [(n, mode) for n in (1, 2, 3) for mode in MODES]
    often = list(zip((1, 2, 3), MODES, strict=True))
    return [pytest.param(*each, marks=[] if each in often else pytest.mark.soak) for each in moments]


@pytest.mark.parametrize(("version", "n", "mode"), writes())
def test_killed_at_a_write(
    version: int, n: int, mode: str, simulator_process: Simulator, references: References, tmp_path: Path
) -> None:
    wanted = references(version)
    trial = _prepared(tmp_path, simulator_process, version)
    _kill(trial, n, mode, "writes")
    _require(trial, wanted[version])


@pytest.mark.soak
@pytest.mark.parametrize(("version", "n"), [(v, n) for v, count in READS.items() for n in range(1, count + 1)])
def test_killed_at_a_read(
    version: int, n: int, simulator_process: Simulator, references: References, tmp_path: Path
) -> None:
    wanted = references(version)
    trial = _prepared(tmp_path, simulator_process, version)
    _kill(trial, n, "unexecuted", "reads", "--parallelism", "1")
    _require(trial, wanted[version])


def commits() -> list[object]:
    """A few commits of the first version in every run of the tests, in turn before and after; all in the long ones."""
    found = []
    for n in range(1, COMMITS + 1):
        for place, moment in enumerate(("before", "after")):
            often = n in OFTEN and place == OFTEN.index(n) % 2
            found.append(pytest.param(n, moment, marks=[] if often else pytest.mark.soak))
    return found


@pytest.mark.parametrize(("n", "moment"), commits())
def test_killed_at_a_commit(
    n: int, moment: str, simulator_process: Simulator, references: References, tmp_path: Path
) -> None:
    """Between journal and request, between answer and record, in a commit that several share: one run finishes it."""
    wanted = references(1)
    trial = _prepared(tmp_path, simulator_process, 1)
    first = partial(kill_at, n, moment)
    code, err = victims.start(trial.directory, simulator_process, command=trial.command, first=first).ended()
    assert code == -signal.SIGKILL, err
    _require(trial, wanted[1])


@pytest.mark.parametrize(("n", "mode"), replacements())
def test_killed_while_a_campaign_is_replaced(n: int, mode: str, simulator_process: Simulator, tmp_path: Path) -> None:
    """Created, the old one deleted, renamed: at no moment can the next run take one for the other, or make a third."""
    trial = Trial(tmp_path, simulator_process)
    trial.begin({"immutable_fields": "campaigns.aleg_gateway"})
    trial.lay_out(1)
    trial.finish()
    manifest = tmp_path / "manifest.yaml"
    before, later = manifest.read_text(), "later: {name: Sau Tết, survey: promo, phonebooks: [leads], gateway: Alice"
    assert f"{later}DevGateway" in before
    manifest.write_text(before.replace(f"{later}DevGateway", f"{later}BackupGateway"))
    assert trial.apply().code == 4  # which finds out that the server ignores another gateway
    _kill(trial, n, mode, "writes", "--allow-replace")
    trial.finish("--lock-timeout", "5", "--allow-replace")
    trial.operator.demand_nothing_to_do()
    campaigns = {each["name"]: each["aleg_gateway"] for each in simulator_process.objects("campaigns")}
    [backup] = simulator_process.objects("gateway", name="AliceBackupGateway")
    assert sorted(campaigns) == sorted(["Tết", "Seal", "Sau Tết"])
    assert campaigns["Sau Tết"] == backup["id"]
    assert len(simulator_process.objects("campaigns")) == 3


def test_there_are_as_many_requests_as_are_killed(simulator_process: Simulator, tmp_path: Path) -> None:
    """Else some are left out above: correct WRITES and READS."""
    trial = Trial(tmp_path, simulator_process)
    trial.begin({})
    writes, reads = {}, {}
    for version in range(FIRST, LAST + 1):
        trial.lay_out(version)
        trial.apply("--parallelism", "1")
        writes[version] = len(simulator_process.writes())
        reads[version] = sum(request["method"] in ("GET", "OPTIONS") for request in simulator_process.requests())
    assert {version: writes[version] for version in WRITES} == WRITES
    assert {version: reads[version] for version in READS} == READS


def _prepared(directory: Path, simulator: Simulator, version: int) -> Trial:
    """The version is declared, the ones before are applied."""
    trial = Trial(directory, simulator)
    trial.begin({})
    for earlier in range(FIRST, version):
        trial.lay_out(earlier)
        trial.finish()
    trial.lay_out(version)
    return trial


def _kill(trial: Trial, n: int, mode: str, scope: str, *options: str) -> None:
    victims.kill(trial.directory, trial.simulator, n, mode, scope, (*trial.command, *options))


def _require(trial: Trial, wanted: Ending) -> None:
    """One more run, which finds the lock free, and everything is as usual."""
    trial.finish("--lock-timeout", "5")
    trial.operator.demand_nothing_to_do()
    trial.ending(last=True).require(wanted, "after a kill and a run")
