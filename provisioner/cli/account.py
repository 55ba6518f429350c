"""What `status` asks an account: once, or again and again over one connection."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from time import monotonic
from typing import TYPE_CHECKING, Any

from provisioner.cli.invocation import GlobalOptions
from provisioner.cli.open import (
    declared_resources,
    hidden_names,
    open_client,
    open_session,
    open_settings,
    recorded_ids,
)
from provisioner.cli.output import say_lines
from provisioner.errors import ProvisionerError
from provisioner.inspect import campaign_status
from provisioner.inspect.alarm_status import AlarmStatus, alarm_status
from provisioner.inspect.lookup import ProjectIds
from provisioner.inspect.reading import Reading, read
from provisioner.model import Unknown
from provisioner.project import Settings
from provisioner.resources import Zones

if TYPE_CHECKING:
    from provisioner.api import Client

ALARMS_EVERY = 300.0  # seconds: all of them are read, and they change slowly


@dataclass(frozen=True, slots=True)
class AccountView:
    """The account of a project, and which of its campaigns is asked for; None: all, and the alarms."""

    context: GlobalOptions
    settings: Settings
    campaign: str | None
    known: ProjectIds

    @classmethod
    def of(cls, context: GlobalOptions, campaign: str | None) -> AccountView:
        """What a key means is looked up only where a campaign is named."""
        settings = open_settings(context)
        known = (
            ProjectIds()
            if campaign is None
            else ProjectIds(declared_resources(context), recorded_ids(context, settings))
        )
        return cls(context, settings, campaign, known)

    @property
    def zones(self) -> Zones:
        """Those of the project and of its server."""
        return Zones.of(self.settings)

    @property
    def labels(self) -> Mapping[str, str]:
        """What tells this account from others."""
        return {"project": self.settings.project or "", "environment": self.settings.environment}

    def now(self) -> datetime:
        """The time, in the project's zone."""
        moment: datetime = self.zones.local(self.context.now(self.settings.endpoint))
        return moment

    def read(self, *, daily: bool, alarms: bool) -> Reading:
        """Everything once; `daily`: with the calls of each day, `alarms`: with those of the account."""
        with open_client(self.context, self.settings) as client:
            reading = self._campaigns(client)
            if daily:
                days = campaign_status.with_daily(client, reading.campaigns, self.zones, reading.at)
                reading = replace(reading, campaigns=tuple(days))
            return replace(reading, alarms=self._alarms(client, reading.at)) if alarms else reading

    def alarms(self) -> tuple[AlarmStatus, datetime]:
        """Those alone, and when."""
        now = self.now()
        with open_client(self.context, self.settings) as client:
            return self._alarms(client, now), now

    @contextmanager
    def watched(self) -> Iterator[Callable[[], Reading]]:
        """Something that reads anew whenever it is called; the alarms now and then."""
        with open_client(self.context, self.settings) as client:
            kept: AlarmStatus | None = None
            due = 0.0

            def once() -> Reading:
                nonlocal kept, due
                reading = self._campaigns(client)
                if self.campaign is None and monotonic() >= due:
                    kept, due = self._alarms(client, reading.at), monotonic() + ALARMS_EVERY
                return replace(reading, alarms=kept)

            yield once

    def documents(self, reading: Reading) -> list[dict[str, Any]]:
        """The campaigns as JSON."""
        return [campaign_status.document(each, self.zones) for each in reading.campaigns]

    def drift(self) -> int | Unknown:
        """How many resources others changed; what went wrong is said."""
        try:
            with open_session(self.context) as session:
                return len(session.drift().drift)
        except ProvisionerError as error:
            say_lines(error.lines)
            return Unknown("drift cannot be told")

    def _campaigns(self, client: Client) -> Reading:
        hidden = hidden_names(self.context, self.known.declared)
        return read(client, self.zones, self.campaign, self.known, self.now(), hidden)

    def _alarms(self, client: Client, now: datetime) -> AlarmStatus:
        return alarm_status(client, self.zones, now, hidden_names(self.context, self.known.declared))
