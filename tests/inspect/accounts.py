"""Campaigns in the simulator, for what looks at them."""

from __future__ import annotations

from typing import Any

from provisioner.api import Client, Credentials
from provisioner.simulator.process import Simulator

WINDOW = {
    "startingdate": "2020-01-01T00:00:00Z",
    "expirationdate": "2040-01-01T00:00:00Z",
    "daily_start_time": "00:00",
    "daily_stop_time": "23:59:59",
}


def client(simulator: Simulator, user: str = "demo") -> Client:
    return Client(simulator.endpoint, Credentials(user, user), backoff=0.01)


def campaign(simulator: Simulator, name: str, contacts: int = 0, start: bool = True) -> int:
    """The id of a campaign with so many contacts, started or not; made through the API, as the user demo."""
    with client(simulator) as api:
        phonebook = api.create("phonebook", {"name": name})["id"]
        rows = [{"phonebook": phonebook, "contact": f"0900{phonebook}{row:04}"} for row in range(contacts)]
        if rows:
            simulator.create_many("contact", rows)
        survey = api.create("survey-template", {"name": name, "tts_language": "vi"})["id"]
        body: dict[str, Any] = {"name": name, "phonebook": [phonebook], "aleg_gateway": 23, "object_id": survey}
        made = int(api.create("campaigns", {**body, **WINDOW, "frequency": 100})["id"])
        if start:
            api.post(f"campaigns/{made}/status", {"status": 1})
    simulator.clear_requests()
    return made
