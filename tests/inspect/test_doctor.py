"""`doctor` against servers that differ."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from provisioner.errors import AuthError
from provisioner.inspect import doctor
from provisioner.inspect.doctor import Ability, Diagnosis
from provisioner.simulator.process import Simulator

from .accounts import campaign, client


def examined(simulator: Simulator, **variants: str) -> Diagnosis:
    simulator.variants(**variants)
    with client(simulator) as api:
        return doctor.examine(api, datetime.now(UTC))


def ability(diagnosis: Diagnosis, plural: str) -> Ability:
    return next(each for each in diagnosis.abilities if each.kind.plural == plural)


def marks(diagnosis: Diagnosis, plural: str) -> tuple[str, ...]:
    """Its row: list, get, create, update, delete."""
    return next(row[2:7] for row in doctor.as_table(diagnosis).rows if row[0] == plural)


def test_documented_and_undocumented_verbs_are_told_apart(simulator: Simulator) -> None:
    diagnosis = examined(simulator)
    assert marks(diagnosis, "campaigns") == ("yes", "yes*", "yes", "yes", "yes")
    assert marks(diagnosis, "gateways") == ("yes", "yes*", "-", "-", "-")
    assert marks(diagnosis, "sections") == ("yes*", "yes*", "yes", "yes", "-")


def test_what_is_missing_stands_out(simulator: Simulator) -> None:
    diagnosis = examined(simulator, absent="cdr", forbidden_get="dnc-contact", put_kinds="none")
    assert marks(diagnosis, "cdr") == ("NO", "-", "-", "-", "-")
    assert marks(diagnosis, "dnc-numbers")[0] == "NO"
    assert marks(diagnosis, "campaigns")[3] == "NO"
    assert diagnosis.usable


def test_without_options_only_lists_are_known(simulator: Simulator) -> None:
    assert marks(examined(simulator, options="405"), "campaigns") == ("yes", "?", "?", "?", "?")


@pytest.mark.parametrize(
    ("variants", "shape"),
    [({}, "results and count"), ({"lists": "results"}, "results"), ({"lists": "bare"}, "bare list")],
    ids=["envelope", "results", "bare"],
)
def test_the_shape_of_lists_is_shown(simulator: Simulator, variants: dict[str, str], shape: str) -> None:
    assert ability(examined(simulator, **variants), "gateways").envelope == shape


@pytest.mark.parametrize(("param", "honoured"), [("honoured", True), ("ignored", False)])
def test_page_size_is_tried(simulator: Simulator, param: str, honoured: bool) -> None:
    campaign(simulator, "tet", 25)
    diagnosis = examined(simulator, page_size_param=param)
    assert (diagnosis.page_size, diagnosis.page_size_honoured) == (10, honoured)


def test_the_clock_of_the_server_is_compared(simulator: Simulator) -> None:
    difference = examined(simulator).clock_difference
    assert difference is not None
    assert abs(difference) < 30


def test_nothing_is_written(simulator: Simulator) -> None:
    examined(simulator)
    assert simulator.writes() == []
    assert {request["method"] for request in simulator.requests()} <= {"GET", "OPTIONS", "POST"}


def test_a_wrong_password_is_an_error_and_no_finding(simulator: Simulator) -> None:
    with client(simulator, "nobody") as api, pytest.raises(AuthError):
        doctor.examine(api, datetime.now(UTC))


def test_a_server_without_any_endpoint_is_not_usable(simulator: Simulator) -> None:
    absent = sorted({each.kind.path for each in examined(simulator).abilities})
    assert not examined(simulator, absent=",".join(absent)).usable
