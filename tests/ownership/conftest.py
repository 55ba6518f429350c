"""An operator with one of everything that can be owned, changed by others, replaced or removed."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from provisioner.simulator.process import Simulator
from tests.operator import Operator

NOW = datetime.fromisoformat("2027-01-05T09:00:00+07:00")

PROJECT = """\
alice: 1
project: ownership
endpoint: {endpoint}
timezone: Asia/Ho_Chi_Minh
region: VN
"""

SURVEY = """\
surveys:
  promo:
    name: Promo
    sections: [{key: hi, type: play_message, question: Hello, script: Hello there}]
"""

PHONEBOOK = """\
phonebooks:
  vip: {name: VIP, contacts: {rows: [{contact: "0934890821"}]}}
"""

CAMPAIGN = """\
campaigns:
  tet:
    name: Tet
    survey: promo
    phonebooks: [vip]
    gateway: AliceDevGateway
    frequency: 10
    startingdate: 2027-01-10T08:00:00+07:00
    expirationdate: 2027-01-30T17:00:00+07:00
    daily_start_time: 08:00
    daily_stop_time: 17:00
"""

CALENDAR = """\
calendar_settings:
  clinic: {label: Clinic, survey: {id: SEALED}, gateway: AliceDevGateway, call_timeout: 60}
calendar_users:
  bot: {username: clinic-bot, password: "${env.BOT_PASSWORD}", calendar_setting: clinic}
calendars:
  rounds: {name: Rounds, user: bot}
events:
  visit: {title: Visit, start: 2027-02-15T09:30:00+07:00, end: 2027-02-15T10:00:00+07:00, calendar: rounds}
alarms:
  visit: {event: visit, alarm_phonenumber: "0934890883", date_start_notice: 2027-02-14T09:00:00+07:00}
"""


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
