"""Changes to the fields of something that was started: what each of them does, in four words, and how bad that is.

See docs/alice-api.md#what-rings and #what-does-not-stop-calls.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from provisioner.bound import Bound
from provisioner.checks.context import Context
from provisioner.errors import Severity
from provisioner.forecast.calling_hours import DAYTIME
from provisioner.forecast.dialler import Dialler
from provisioner.language import gettext, template, term
from provisioner.messages import count
from provisioner.model import Address, Finding, Source, Unknown, members
from provisioner.plan.decision import Decision
from provisioner.plan.dnc import Scrubbing
from provisioner.plan.observed import ActiveCampaign
from provisioner.resources import KINDS

ID = "running-campaign"


class Effect(StrEnum):
    """What comes of a change, whatever was meant."""

    DANGEROUS = template("dangerous")
    RINGS = template("rings now")
    NONE = template("has no effect")
    TAKES = template("takes effect")


SEVERITIES: Mapping[Effect, Severity] = MappingProxyType(
    {
        Effect.DANGEROUS: Severity.ERROR,
        Effect.RINGS: Severity.WARNING,
        Effect.NONE: Severity.WARNING,
        Effect.TAKES: Severity.INFO,
    }
)


def rows(number: int | Bound, kind: str, which: str = "") -> str:
    """`2 active contacts`: rows that something of a kind owns."""
    owner = KINDS[kind].rows
    noun = f"{which} {KINDS[owner.kind].title if owner else 'row'}".strip()
    if isinstance(number, int):
        return count(number, noun)
    if number.most is None:
        return gettext("an unknown number of {things} ({reason})", things=term(f"{noun}s"), reason=number.reason)
    return count(number.most, noun)


def rings(since: datetime | None) -> str:
    """`rings now`, or from a moment on at which the hours open for the first time."""
    return gettext("rings from {moment}", moment=f"{since:%Y-%m-%d %H:%M}") if since else term(Effect.RINGS)


def soon(since: datetime | None) -> str:
    """How soon after a write somebody is called, where it is not said by `rings from`."""
    return "" if since else gettext(" within a minute, if the hours allow")


def told(effect: Effect, message: str, address: Address, source: Source, since: datetime | None = None) -> Finding:
    """The finding at the line of the change; `since`: when what rings begins to, None if that is now."""
    words = rings(since) if effect is Effect.RINGS else term(effect)
    return Finding(ID, SEVERITIES[effect], gettext("{effect}: {what}", effect=words, what=message), address, source)


def changes_of(context: Context, started: tuple[ActiveCampaign, ...]) -> Iterator[Finding]:
    """What each changed field of something that runs comes to."""
    situation = context.situation
    dialler, scrubbing = Dialler.of(situation), Scrubbing.of(situation.decisions, situation.matches.targets)
    for campaign in started:
        if campaign.decision is not None and campaign.runs:
            yield from _Running(context, dialler, scrubbing, campaign, campaign.decision).findings()


@dataclass(frozen=True, slots=True)
class _Running:
    """One campaign that runs after the plan and was started before it."""

    context: Context
    dialler: Dialler
    scrubbing: Scrubbing
    campaign: ActiveCampaign
    decision: Decision

    def findings(self) -> Iterator[Finding]:
        """A resumption alone says all; else one finding for each field, two where phonebooks come and go."""
        startable, schedule = self.campaign.startable, self.campaign.startable.schedule
        if self.decision.status.resumes:
            left = rows(self.dialler.contacts(self.campaign), self.campaign.dialled_kind)
            message = gettext("it is resumed and calls up to {contacts} still to be called", contacts=left)
            yield self._told(Effect.RINGS, startable.field, message)
            return
        for path in self.decision.changed:
            before, after = (self.decision.before or {}).get(path), self.decision.after.get(path)
            before = None if isinstance(before, Unknown) else before
            if path == startable.dials:
                yield from self._attached()
                yield from self._detached(set(members(before)) - set(members(after)))
            elif path == schedule.frequency:
                yield self._paced(path, before, after)
            elif path in (schedule.begins, schedule.expires, schedule.opens, schedule.closes):
                yield self._timed(path, before, after)
            else:
                yield self._told(Effect.TAKES, path, gettext("from the next call on"))

    def _attached(self) -> Iterator[Finding]:
        """Imported and called within a minute (docs/alice-api.md#what-rings)."""
        path = self.campaign.startable.dials
        for target in self.campaign.attached:
            address = self.context.situation.matches.targets.address(self.campaign.dialled_kind, target)
            label, listed = self.context.label(address), self._listed(address)
            if listed:
                text = gettext(
                    "it calls {contacts} of {phonebook} that a DNC list holds: leave them out first (`dnc: drop`)",
                    contacts=rows(listed, self.campaign.dialled_kind),
                    phonebook=label,
                )
                yield self._told(Effect.DANGEROUS, path, text)
            else:
                text = gettext(
                    "it calls {contacts} of {phonebook}{soon}: to call them later, declare a campaign of their own",
                    contacts=rows(self.dialler.active(self.campaign, target), self.campaign.dialled_kind, "active"),
                    phonebook=label,
                    soon=soon(self.dialler.waits_until(self.campaign)),
                )
                yield self._told(Effect.RINGS, path, text)

    def _listed(self, address: Address) -> int:
        known = self.context.situation.rows.known
        lists = [each for each in self.scrubbing.lists_of(self.decision) if each in known]
        return self.context.numbers.listed(address, lists).numbers if lists and address in known else 0

    def _detached(self, targets: set[Any]) -> Iterator[Finding]:
        """It looks like a stop, and calls whoever was taken in (docs/alice-api.md#what-does-not-stop-calls)."""
        startable = self.campaign.startable
        for target in sorted(targets):
            address = self.context.situation.matches.targets.address(self.campaign.dialled_kind, target)
            text = gettext(
                "detaching {phonebook} stops no call, because its contacts have been taken in: only `{field}: "
                "{pause}` or `{abort}` stops calls",
                phonebook=self.context.label(address),
                field=startable.field,
                pause=startable.pause,
                abort=startable.abort,
            )
            yield self._told(Effect.DANGEROUS, startable.dials, text)

    def _paced(self, path: str, before: Any, after: Any) -> Finding:
        limit = self.dialler.limit(self.campaign)
        paced = gettext("{after} calls a minute instead of {before}", after=after, before=before)
        if before is None:
            paced = gettext("{after} calls a minute; how many it made is not known", after=after)
        if before is not None and after <= before:
            return self._told(Effect.TAKES, path, paced)
        if limit is not None and after > limit:
            gateway = self.dialler.gateway_name(self.campaign.gateway_kind, self.campaign.gateway)
            text = gettext(
                "{after} calls a minute are more than the {limit} that {gateway} takes at a time: declare {limit} at "
                "most",
                after=after,
                limit=limit,
                gateway=gateway,
            )
            return self._told(Effect.DANGEROUS, path, text)
        return self._told(Effect.RINGS, path, paced)

    def _timed(self, path: str, before: Any, after: Any) -> Finding:
        """A wider window rings, into the night it is dangerous; a narrower one only lets go on who is being called."""
        schedule, now = self.campaign.startable.schedule, self.dialler.situation.now
        earlier = before is not None and after < before
        if path == schedule.begins and after <= now and (before is None or before <= now):
            return self._told(Effect.NONE, path, gettext("it has begun"))
        if earlier == (path in (schedule.expires, schedule.closes)):
            return self._told(Effect.TAKES, path, gettext("it calls at fewer times; calls under way go on"))
        if (path == schedule.opens and after < DAYTIME[0]) or (path == schedule.closes and after > DAYTIME[1]):
            text = gettext(
                "it would call people at night, outside {hours}: keep to the day, or declare a campaign for those who "
                "agreed",
                hours=f"{DAYTIME[0]:%H:%M}-{DAYTIME[1]:%H:%M}",
            )
            return self._told(Effect.DANGEROUS, path, text)
        if self.dialler.waits_until(self.campaign):
            return self._told(Effect.RINGS, path, gettext("it calls at more times"))
        return self._told(Effect.RINGS, path, gettext("it calls at more times, from now on"))

    def _told(self, effect: Effect, path: str, message: str) -> Finding:
        resource = self.decision.resource
        since = self.dialler.waits_until(self.campaign)
        return told(effect, message, resource.address, resource.position(path), since)
