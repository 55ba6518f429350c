"""What rings by itself: whoever owns it, where the account shows it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from provisioner.model import Listing, LiveObject
from provisioner.plan.live import Live
from provisioner.plan.notices import RingCause, notices, upcoming

NOW = datetime(2027, 1, 5, 9, tzinfo=UTC)
LATER = NOW + timedelta(days=1)


@pytest.mark.parametrize("user", [None, "demo", "somebody-else"])
def test_an_alarm_rings_whoever_owns_it(user: str | None) -> None:
    fields = {"event": 7, "alarm_phonenumber": "0934890883", "date_start_notice": LATER}
    found = LiveObject("alarm", 5, fields, user=user)
    live = Live({"alarm": Listing("alarm", (found,))}, frozenset({"demo"}))
    [notice] = notices({}, live, {}, {}, NOW)
    assert (str(notice.address), notice.moment, notice.cause) == ("alarm.#5", LATER, RingCause.UNDECLARED)
    assert upcoming(live, (), NOW) == {identity: [(("alarm", 5), LATER)] for identity in (("alarm", 5), ("event", 7))}
