"""Faults and kills: run again, and every alarm is there once. Where nobody can look, somebody is asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from provisioner.simulator.fault_hold import MODES
from provisioner.simulator.process import Simulator
from tests.appointments.clinic import APPLY, LIST, Clinic, clinic, expected
from tests.faults import victims

FAULTS = {"faults": "drop-before,drop-after,500-before,500-after,429,expire-token", "fault_retry_after": 0}
WRITES = 12  # three of the chain, three events, six alarms
REQUESTS = 27  # of which these are the writes; without the log-in
OFTEN = {(4, "executed"), (6, "late"), (8, "unexecuted"), (10, "executed")}
UNLISTED = {"forbidden_get": "alarm"}


@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.soak) for seed in range(2, 12))])
def test_whatever_goes_wrong_nobody_rings_twice(seed: int, simulator: Simulator, tmp_path: Path) -> None:
    office = clinic(simulator, tmp_path)
    office.declare(*LIST)
    simulator.variants(**FAULTS, fault_rate=0.2, fault_seed=seed)
    office.finish(8, "--timeout", "1")
    simulator.variants(faults="")
    assert office.alarms() == expected(*LIST)
    assert sum(office.events().values()) == 3
    office.demand_nothing_to_do()


def moments() -> list[object]:
    """A few in every run of the tests, all in the long ones."""
    found = []
    for n in range(1, WRITES + 1):
        for mode in MODES:
            found.append(pytest.param(n, mode, marks=[] if (n, mode) in OFTEN else pytest.mark.soak))
    return found


@pytest.mark.parametrize(("n", "mode"), moments())
def test_killed_at_a_write(n: int, mode: str, simulator: Simulator, tmp_path: Path) -> None:
    office = clinic(simulator, tmp_path)
    office.declare(*LIST)
    victims.kill(office.directory, simulator, n, mode, "writes", APPLY)
    office.finish(3, "--lock-timeout", "5", "--timeout", "1")
    assert office.alarms() == expected(*LIST)
    assert sum(office.events().values()) == 3
    office.demand_nothing_to_do()


@pytest.mark.soak
@pytest.mark.parametrize("n", range(1, REQUESTS + 1, 2))
def test_killed_at_a_request(n: int, simulator: Simulator, tmp_path: Path) -> None:
    """A read or a write, whichever the n-th is."""
    office = clinic(simulator, tmp_path)
    office.declare(*LIST)
    victims.kill(office.directory, simulator, n, "executed", "all", APPLY)
    office.finish(3, "--lock-timeout", "5", "--timeout", "1")
    assert office.alarms() == expected(*LIST)
    office.demand_nothing_to_do()


def test_there_are_as_many_requests_as_are_killed(simulator: Simulator, tmp_path: Path) -> None:
    """Else some are left out above: correct WRITES and REQUESTS."""
    office = clinic(simulator, tmp_path)
    office.declare(*LIST)
    simulator.clear_requests()
    office.apply("--parallelism", "1")
    asked = [each for each in simulator.requests() if not each["path"].endswith("/get-token/")]
    assert (len(simulator.writes()), len(asked)) == (WRITES, REQUESTS)


EXECUTED = "drop-after,500-after,429,expire-token"
UNEXECUTED = "drop-before,500-before,429,expire-token"


@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.soak) for seed in range(2, 8))])
@pytest.mark.parametrize(("faults", "word"), [(EXECUTED, "there"), (UNEXECUTED, "absent")], ids=["there", "absent"])
def test_whatever_goes_wrong_with_alarms_that_nobody_can_list_none_rings_twice(
    seed: int, faults: str, word: str, simulator: Simulator, tmp_path: Path
) -> None:
    """What was lost is held back until somebody has looked; all else is there."""
    office = clinic(simulator, tmp_path, UNLISTED)
    office.declare(*LIST)
    simulator.variants(faults=faults, fault_retry_after=0, fault_rate=0.25, fault_seed=seed, fault_scope="writes")
    office.finish(12)  # the usual timeout: an answer that is late for another reason would be no such fault
    simulator.variants(faults="")
    assert not office.alarms() - expected(*LIST)
    office.succeed("state", "adopt", "calendar.clinic", "--appointments", word)
    office.apply()
    assert office.alarms() == expected(*LIST)
    assert sum(office.events().values()) == 3
    office.demand_nothing_to_do()


@pytest.mark.parametrize("there", [True, False])
def test_an_alarm_that_nobody_can_look_up_waits_for_somebody_s_word_and_holds_up_nothing_else(
    there: bool, simulator: Simulator, tmp_path: Path
) -> None:
    office = clinic(simulator, tmp_path, UNLISTED)
    office.declare(LIST[0])
    office.run(*APPLY)
    office.declare(*LIST[:2])
    simulator.variants(faults="drop-after" if there else "drop-before", fault_at=faulty(office), fault_scope="writes")
    said = office.run(*APPLY, "--timeout", "1", "--parallelism", "1")
    assert said.code == 4 and "unknown" in said.out + said.err
    simulator.variants(faults="", fault_at=0)
    office.declare(*LIST)  # the rest goes on
    said = office.apply()
    assert "1 appointment not sent (list.csv:3)" in said.out + said.err
    assert "undeclared-alarms" not in said.out  # what may ring is on the list: nobody is told to delete it
    assert (
        "calendar.clinic: 1 row to add, 0 to change, 0 to delete, 1 unchanged, 1 not sent, as nobody knows" in said.out
    )
    assert office.rows()["left_out"] == {"unsettled": 1}
    assert "1 alarm sent without an answer" in office.succeed("state", "list").out
    shown = office.succeed("state", "show", "calendar.clinic").out
    assert "3 events and 5 alarms, the last of them rings 2027-02-16T06:00:00+07:00" in shown
    assert "rings 2027-02-14T09:00:00+07:00" in shown and "--appointments there" in shown
    assert office.alarms()[("0934890833", "2027-02-15T23:00")] == 1
    sent = sum(office.alarms().values())
    office.succeed("state", "adopt", "calendar.clinic", "--appointments", "there" if there else "absent")
    office.apply()
    assert office.alarms() == expected(*LIST), (sent, there)
    office.demand_nothing_to_do()


def test_alarms_of_an_event_whose_answer_was_lost_are_sent_without_asking_anybody(
    simulator: Simulator, tmp_path: Path
) -> None:
    """None of them can have been sent before the event had an id."""
    office = clinic(simulator, tmp_path, UNLISTED)
    office.declare(LIST[0])
    office.run(*APPLY)
    office.declare(*LIST[:2])
    office.simulator.clear_requests()
    simulator.variants(faults="drop-after", fault_at=1, fault_scope="writes")
    office.finish(3)
    simulator.variants(faults="", fault_at=0)
    assert office.alarms() == expected(*LIST[:2])
    office.demand_nothing_to_do()


def faulty(office: Clinic) -> int:
    """Which write of the next apply is the first alarm of its one new appointment: after the event."""
    office.simulator.clear_requests()
    return 2


def test_where_nothing_is_listed_and_the_state_is_lost_nothing_is_sent_until_somebody_has_looked(
    simulator: Simulator, tmp_path: Path
) -> None:
    office = clinic(simulator, tmp_path, UNLISTED)
    office.declare(*LIST)
    office.apply()
    office.forget()
    said = office.apply()
    assert "3 appointments not sent" in said.out + said.err
    said = office.apply()
    assert office.alarms() == expected(*LIST)
    office.succeed("state", "adopt", "calendar.clinic", "--appointments", "there")
    office.apply()
    assert office.alarms() == expected(*LIST)
    assert office.rows()["unchanged"] == 3
    office.demand_nothing_to_do()
