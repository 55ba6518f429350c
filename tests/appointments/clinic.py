"""A clinic with a list of appointments, and what became of it on the server."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from provisioner.simulator.process import Simulator
from tests.factories import NOW
from tests.operator import Operator, Said

CHAIN = """\
calendar_settings:
  clinic: {label: Clinic, survey: {name: Reminder}, gateway: AliceDevGateway, call_timeout: 60}
calendar_users:
  bot: {username: bot, password: "${env.CLINIC_PASSWORD}", calendar_setting: clinic}
"""
OPTIONS = """\
      columns: {key: code, title: patient, start: when, phone: tel, transfer: desk}
      datetime_format: "%d/%m/%Y %H:%M"
      duration: 30m
      remind: ["-1d 09:00", "-2h"]
"""
HEADER = "code,patient,when,tel,desk"
Row = tuple[str, ...]
LIST: tuple[Row, ...] = (
    ("H1", "BN1", "15/02/2027 09:30", "0934890831", ""),
    ("H2", "BN2", "15/02/2027 10:00", "+84934890832", "02838222222"),
    ("H3", "BN1", "16/02/2027 08:00", "0934 890 833", ""),
)
APPLY = ("apply", "--auto-approve", "--allow-calls")


class Clinic(Operator):
    """An operator whose project is one calendar."""

    def declare(self, *rows: Row, more: str = "", options: str = OPTIONS, header: str = HEADER) -> None:
        """Write the list, and the manifest with `more` options of it."""
        calendar = "calendars:\n  clinic:\n    name: Rounds\n    user: bot\n    appointments:\n      file: list.csv\n"
        self.write("clinic.yaml", CHAIN + calendar + options + more)
        self.write("list.csv", "\n".join([header, *map(",".join, rows)]) + "\n")

    def rows(self, *options: str) -> dict[str, Any]:
        """What a plan says of the list."""
        found: dict[str, Any] = self.plan(*options)["rows"][0]
        return found

    def alarms(self) -> Counter[tuple[str, str]]:
        """Who is called when, on the server."""
        return Counter(
            (each["alarm_phonenumber"], each["date_start_notice"][:16]) for each in self.simulator.objects("alarm")
        )

    def events(self) -> Counter[tuple[str, str]]:
        """What is when, on the server."""
        return Counter((each["title"], each["start"][:16]) for each in self.simulator.objects("event"))

    def finish(self, most: int = 1, *options: str) -> Said:
        """Apply until it is done, at most so often."""
        for _ in range(most):
            said = self.run(*APPLY, *options)
            if said.code == 0:
                return said
        raise AssertionError(f"{said.code}\n{said.out}\n{said.err}")

    def forget(self) -> None:
        """Lose the state."""
        for file in (self.directory / ".alice").glob("*"):
            file.unlink()


def clinic(
    simulator: Simulator, directory: Path, variants: Mapping[str, object] | None = None, now: datetime = NOW
) -> Clinic:
    """A project on a fresh server where a sealed survey waits."""
    simulator.reset(variants=variants or {}, now=now)
    simulator.create("survey-list", name="Reminder")
    made = Clinic(directory, simulator, now, {"CLINIC_PASSWORD": "correct-horse"})
    made.write(
        "alice.yaml",
        f"alice: 1\nproject: clinic\nendpoint: {simulator.endpoint}\ntimezone: Asia/Ho_Chi_Minh\nregion: VN\n",
    )
    return made


def expected(*rows: Row, reminders: int = 2) -> Counter[tuple[str, str]]:
    """Whom these rows call when, by plain Python: the day before at nine, and two hours before (Vietnam is UTC+7)."""
    from datetime import UTC, timedelta, timezone

    zone, found = timezone(timedelta(hours=7)), Counter[tuple[str, str]]()
    for _, _, when, number, _ in rows:
        start = datetime.strptime(when, "%d/%m/%Y %H:%M").replace(tzinfo=zone)
        day = (start - timedelta(days=1)).replace(hour=9, minute=0)
        for moment in (day, start - timedelta(hours=2))[:reminders]:
            if moment > NOW:
                digits = number.replace(" ", "").replace("+84", "0")
                found[digits, f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M}"] += 1
    return found
