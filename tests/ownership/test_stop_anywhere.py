"""A stop between any two requests of an apply wins: nothing is started, resumed or restored after it.

Each test goes through every request of one apply, and does the same again with the stop at that place.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from provisioner.checks import CHECKS
from provisioner.cli.commands.stop import _stop
from provisioner.cli.invocation import GlobalOptions
from provisioner.cli.open import declared_resources, emergency_settings, recorded_ids
from provisioner.inspect.lookup import ProjectIds
from provisioner.simulator.process import Simulator
from tests.ownership.conftest import CAMPAIGN, NOW, PHONEBOOK, PROJECT, SURVEY, Owner
from tests.proxy import Proxy, in_front_of

SMALL = "surveys: {promo: {name: Promo}}\nphonebooks: {vip: {name: VIP}}\n" + CAMPAIGN  # few requests, no rows
OFF = ", ".join(f'{check}: "off"' for check in CHECKS)
STARTED, PAUSED = "    status: started\n", "    status: paused\n"
START, PAUSE = 1, 2


@dataclass
class Stage:
    """A project behind a proxy, and a way to bring both back to where an apply begins."""

    owner: Owner
    proxy: Proxy
    campaign: dict[str, Any] = field(default_factory=dict)
    way: str = ""  # how it was stopped last

    @property
    def state(self) -> Path:
        return self.owner.directory / ".alice" / "state.db"

    @property
    def status(self) -> int | None:
        found = self.owner.simulator.objects("campaigns")
        return int(found[0]["status"]) if found else None

    def keep(self) -> None:
        """This is where every apply of the test begins."""
        [self.campaign] = self.owner.simulator.objects("campaigns")
        shutil.copy(self.state, self.state.with_suffix(".kept"))

    def back(self) -> None:
        for suffix in ("-wal", "-shm"):
            Path(f"{self.state}{suffix}").unlink(missing_ok=True)
        if not self.campaign:
            self.owner.simulator.reset(now=NOW, variants=self.owner.simulator.variants())
            self.state.unlink(missing_ok=True)
            return
        shutil.copy(self.state.with_suffix(".kept"), self.state)
        values = {name: self.campaign[name] for name in ("status", "frequency", "description")}
        self.owner.simulator.change("campaigns", self.campaign["id"], **values)

    def apply(self) -> int:
        return self.owner.run("apply", "--auto-approve", "--allow-calls").code

    def stop(self, *names: str) -> bool:
        """What `stop NAMES` (or `--all`) does, here in this process; nothing is left unstopped."""
        environ = {"ALICE_USERNAME": "demo", "ALICE_PASSWORD": "demo"}
        context = GlobalOptions(self.owner.directory, environ=environ)
        settings = emergency_settings(context)
        known = ProjectIds(declared_resources(context) if names else {}, recorded_ids(context, settings))
        stops, told, _ = _stop(context, settings, names, known, abort=False)
        assert all(each.done for each in stops), stops
        assert not told.reason and told.holder
        return True

    def pause(self) -> bool:
        """Somebody pauses it in Alice's web page, if it runs; whether it did."""
        ran = self.status == START
        if ran:
            [found] = self.owner.simulator.objects("campaigns")
            self.owner.simulator.change("campaigns", found["id"], status=PAUSE)
        return ran


STOPS: dict[str, Callable[[Stage], bool]] = {
    "stop NAME": lambda stage: stage.stop("tet"),
    "stop --all": lambda stage: stage.stop(),
    "web page": Stage.pause,
}
TURN = "in turn"
WAYS = [TURN, *(pytest.param(way, marks=pytest.mark.soak) for way in STOPS)]


@pytest.fixture
def stage(simulator: Simulator, tmp_path: Path) -> Iterator[Stage]:
    simulator.reset(now=NOW)
    with in_front_of(simulator) as proxy:
        owner = Owner(tmp_path, simulator, now=NOW, environ={"BOT_PASSWORD": "correct-horse"})
        owner.write("alice.yaml", PROJECT.format(endpoint=proxy.endpoint) + f"checks: {{{OFF}}}\n")
        yield Stage(owner, proxy)


def everywhere(stage: Stage, how: str, *, window: str = "") -> None:
    """The apply of what is declared, without a stop, then with one before each request, from the first to the last.

    `how`: one way to stop, or the ways in turn and all of them before each write. `window`: the method of requests
    right before which a pause in the web page cannot be told from what the request does.
    """
    assert attempt(stage, "web page", 0) == (0, False, "")
    assert stage.status == START, "without a stop it runs in the end"
    ways = list(STOPS) if how == TURN else [how]
    for at in range(1, stage.proxy.seen + 1):
        first, *others = (ways[(at + turn) % len(ways)] for turn in range(len(ways)))
        where = stopped_at(stage, first, at, window)
        for way in others if where.startswith(("PUT", "POST")) else ():
            stopped_at(stage, way, at, window)
    code = stage.apply()
    assert stage.status != START or stage.way == "web page", f"the next apply runs it: {code}"


def stopped_at(stage: Stage, how: str, at: int, window: str) -> str:
    """Stop it before one request, which must be the end of it; what that request was."""
    code, effective, where = attempt(stage, how, at)
    told = not (window and how == "web page" and where.startswith(window))
    if effective and told:
        assert stage.status != START, f"{how} before {where} (request {at}), and it runs: exit {code}"
        assert code in (0, 4)
    return where


def attempt(stage: Stage, how: str, at: int) -> tuple[int, bool, str]:
    """One apply: its exit code, whether there was a stop that stopped something, and before what."""
    found = [False, ""]

    def stop(method: str, path: str) -> None:
        found[:] = STOPS[how](stage), f"{method} {path}"

    stage.back()
    stage.way = how
    stage.proxy.arm(at, stop)
    code = stage.apply()
    return code, bool(found[0]), str(found[1])


@pytest.mark.long
@pytest.mark.parametrize("how", WAYS)
def test_before_the_first_start(stage: Stage, how: str) -> None:
    stage.owner.declare(SMALL, STARTED)
    everywhere(stage, how)


@pytest.mark.long
@pytest.mark.parametrize("put", ["partial", "strict", "resetting"])
@pytest.mark.parametrize("how", WAYS)
def test_while_it_is_resumed_with_a_change(stage: Stage, how: str, put: str) -> None:
    stage.owner.declare(SMALL, STARTED)
    stage.apply()
    stage.owner.declare(SMALL, PAUSED)
    stage.apply()
    stage.owner.simulator.variants(put=put)
    stage.keep()
    stage.owner.declare(SMALL.replace("frequency: 10", "frequency: 9"), STARTED)
    everywhere(stage, how)


@pytest.mark.long
@pytest.mark.parametrize("put", ["partial", "strict", "resetting"])
@pytest.mark.parametrize("how", WAYS)
def test_while_it_runs_and_is_updated(stage: Stage, how: str, put: str) -> None:
    stage.owner.declare(SMALL, STARTED)
    stage.apply()
    stage.owner.simulator.variants(put=put)
    stage.keep()
    stage.owner.declare(SMALL, STARTED, "    description: Another\n")
    # A PUT that resets the status looks like a pause that comes between the reading right before it and itself.
    everywhere(stage, how, window="PUT" if put == "resetting" else "")


@pytest.mark.parametrize("other_owner", ["", "campaigns"], ids=["ours", "another-owner"])
def test_a_stop_of_what_nobody_declares_here_keeps_rows_for_it_back_whoever_owns_it(
    stage: Stage, other_owner: str
) -> None:
    owner = stage.owner
    owner.declare_and_apply(SURVEY, PHONEBOOK, CAMPAIGN, STARTED)
    identity = owner.id_of("campaigns")
    owner.succeed("state", "rm", "campaign.tet")
    owner.declare(SURVEY, PHONEBOOK.replace("}]}", '}, {contact: "0934890822"}]}'))
    owner.simulator.variants(other_owner=other_owner)
    stage.proxy.arm(0, lambda method, path: None)
    owner.plan("--allow-calls")
    contacts = owner.simulator.objects("contact")

    def stop(method: str, path: str) -> None:
        assert method in ("GET", "OPTIONS")
        stage.stop(str(identity))

    stage.proxy.arm(stage.proxy.seen, stop)
    assert stage.apply() == 4
    assert stage.proxy.fired
    assert owner.simulator.objects("contact") == contacts
