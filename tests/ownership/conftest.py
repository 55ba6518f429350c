"""An operator with one of everything that can be owned, changed by others, replaced or removed."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from provisioner.simulator.process import Simulator
from tests.factories import NOW as MOMENT
from tests.factories import alice, calendar, campaign, phonebook, survey
from tests.operator import Operator

NOW = MOMENT - timedelta(days=10)  # its campaigns have not begun

PROJECT = alice("ownership")
SURVEY, PHONEBOOK, CAMPAIGN = survey(), phonebook("vip", "0934890821"), campaign()
CALENDAR = calendar("{id: SEALED}")


class Owner(Operator):
    """An operator whose whole project is one manifest."""

    def declare(self, *parts: str) -> None:
        """Write the manifest anew from these parts."""
        self.write("manifest.yaml", "".join(parts))

    def declare_and_apply(self, *parts: str, options: tuple[str, ...] = ()) -> None:
        """The usual day: declare, apply, nothing left to do."""
        self.declare(*parts)
        self.apply(*options)
        self.demand_nothing_to_do()

    def id_of(self, kind: str, **fields: object) -> int:
        """The id of the one live object with these fields."""
        [found] = self.simulator.objects(kind, **fields)
        return int(found["id"])


@pytest.fixture
def owner(simulator: Simulator, tmp_path: Path) -> Owner:
    simulator.reset(now=NOW)
    found = Owner(tmp_path, simulator, now=NOW, environ={"BOT_PASSWORD": "correct-horse"})
    found.write("alice.yaml", PROJECT.format(endpoint=simulator.endpoint))
    return found
