"""Values that many tests need."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from provisioner.model import Address, Recorded
from provisioner.state import Entry

SURVEY = Address("survey", "welcome")
GREETING = Address("section", "welcome.greeting")
CAMPAIGN = Address("campaign", "tet-2027")


def record(address: Address = SURVEY, remote_id: int = 7, **more: Any) -> Recorded:
    return Recorded(address, remote_id, **more)


def entry(address: Address = CAMPAIGN, **more: Any) -> Entry:
    sent_at = datetime(2027, 1, 20, 1, 0, 0, 250_000, tzinfo=UTC)
    values = {"kind": address.kind, "verb": "POST", "path": "campaigns/", "sent_at": sent_at, "timeout": 30.0, **more}
    return Entry(address, **values)
