"""The plan that is carried out says of every address with rows to send whether they ring; nobody else is asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from provisioner.plan.dialled import RowTarget
from provisioner.plan.steps import Verb
from tests.factories import Account, address, phonebook, plan_of, project_of
from tests.plan.table import changed, hidden, rows, tet, unlisted

RUNS, PAUSED, STARTED = tet(status="started"), tet(status="paused"), tet(status="started")
LEADS = phonebook("leads", "0934890885", name="Leads")
MORE = {"phonebook.vip": rows(add=1, unchanged=1)}


@pytest.mark.parametrize(
    ("applied", "desired", "edit", "dialled"),
    [
        (PAUSED, PAUSED, None, {"vip": False}),
        (RUNS, RUNS, None, {"vip": True}),
        (PAUSED, STARTED, None, {"vip": False}),  # a first start dials them later, and all of them
        (RUNS, PAUSED, None, {"vip": False}),
        (PAUSED, PAUSED, changed("campaign.tet", status="started"), {"vip": False}),  # and this plan pauses it
        (RUNS, RUNS, hidden("campaign", "phonebooks"), {"vip": True}),
        (PAUSED, PAUSED, unlisted("campaign"), {"vip": True}),
        (RUNS, tet(LEADS, status="started"), None, {"vip": True, "leads": False}),
        (RUNS, tet(LEADS, status="started"), unlisted("campaign"), {"vip": True, "leads": False}),
    ],
)
def test_rows_that_are_sent_are_known_to_ring_or_not(
    applied: str, desired: str, edit: Callable[[Account], Any] | None, dialled: dict[str, bool]
) -> None:
    account = Account.applied(project_of(applied))
    if edit is not None:
        edit(account)
    executable = plan_of(project_of(desired), account, rows=MORE)
    expected = {address(f"phonebook.{key}"): RowTarget(rings, readable=True) for key, rings in dialled.items()}
    assert executable.row_targets == expected
    assert {step.address for step in executable.steps if step.verb is Verb.ROWS} == expected.keys()


def test_what_has_no_rows_to_send_has_nobody_to_ring() -> None:
    executable = plan_of(project_of(RUNS), Account.applied(project_of(RUNS)))
    assert not executable.row_targets
