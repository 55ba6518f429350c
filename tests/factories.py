"""What tests are made of, in one place: the clock, manifests as text, and what the planner compares, as values.

survey(), phonebook(), campaign(frequency=20), ...   manifests, a piece each; `manifest` puts pieces together
project_of(text)                                     what a manifest says, read by the real reader
Account.applied(project)                             what is live and recorded after an apply, to be edited
plan_of(project, account, options)                   the plan: the pure part of a run, no server, no command line
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping
from copy import copy
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from provisioner.encoding import canonical
from provisioner.forecast.outlook import outlook_of
from provisioner.inspect.lookup import require_known
from provisioner.manifests.load import load
from provisioner.model import Address, Listing, LiveObject, Recorded, Resource, Unknown
from provisioner.plan.build import ExecutablePlan, build
from provisioner.plan.decision import Decision
from provisioner.plan.dialled import dialled_now
from provisioner.plan.diff import desired_fields
from provisioner.plan.dnc import Scrubbing
from provisioner.plan.drift import drifts
from provisioner.plan.graph import dependencies
from provisioner.plan.live import Live, covered
from provisioner.plan.match import NOTHING_LOST, Lost
from provisioner.plan.model import Outlook, RowChange
from provisioner.plan.observed import NOTHING
from provisioner.plan.options import PlanOptions
from provisioner.plan.references import Targets
from provisioner.plan.secrets import Digester, Key, digests_of, sensitive_fields
from provisioner.plan.situation import RowFacts, Situation
from provisioner.plan.stages import PlanInputs, decided, matched, situation
from provisioner.project import Project
from provisioner.resources import KINDS, Password, Text
from provisioner.stop_marks import NOTHING_STOPPED, Marks

NOW = datetime.fromisoformat("2027-01-15T09:00:00+07:00")  # a Friday
ENVIRON = {"BOT_PASSWORD": "correct-horse", "NEW_PASSWORD": "battery-staple"}
ENDPOINT = "https://alice.example/rest-api"

# Manifests


def alice(project: str = "tests", endpoint: object = "{endpoint}", **settings: object) -> str:
    """The text of alice.yaml; None leaves a setting out."""
    usual = {"alice": 1, "project": project, "endpoint": endpoint, "timezone": "Asia/Ho_Chi_Minh", "region": "VN"}
    return "".join(f"{name}: {value}\n" for name, value in {**usual, **settings}.items() if value is not None)


def block(collection: str, key: str, **fields: object) -> str:
    """One resource with a line for each field, to which further lines can be added; a value is YAML as it stands."""
    lines = [f"    {name}: {value}\n" for name, value in fields.items() if value is not None]
    return f"{collection}:\n  {key}:\n{''.join(lines)}"


def flow(collection: str, key: str, **fields: object) -> str:
    """One resource on one line, beside which others can be added."""
    told = ", ".join(f"{name}: {value}" for name, value in fields.items() if value is not None)
    return f"{collection}:\n  {key}: {{{told}}}\n"


HELLO = "{key: hi, type: play_message, question: Hello, script: Hello there}"


def survey(key: str = "promo", *sections: str, name: str = "Promo", **fields: object) -> str:
    """A survey that says hello, or consists of these sections."""
    return block("surveys", key, name=name, **fields, sections=f"[{', '.join(sections or (HELLO,))}]")


def phonebook(key: str = "vip", *numbers: str, name: str = "VIP", **fields: object) -> str:
    """A phonebook, with rows where there are numbers."""
    rows = ", ".join(f'{{contact: "{number}"}}' for number in numbers)
    contacts = {"contacts": f"{{rows: [{rows}]}}"} if numbers else {}
    return flow("phonebooks", key, name=name, **contacts, **fields)


def dnc_list(key: str = "opt-outs", *numbers: str, name: str = "Opt-outs", **fields: object) -> str:
    """A do-not-call list, with numbers where there are some."""
    listed = ", ".join(f'"{number}"' for number in numbers)
    return flow("dnc_lists", key, name=name, **({"numbers": f"[{listed}]"} if numbers else {}), **fields)


CAMPAIGN = {
    "name": "Tet",
    "survey": "promo",
    "phonebooks": "[vip]",
    "gateway": "AliceDevGateway",
    "frequency": 10,
    "startingdate": "2027-01-10T08:00:00+07:00",
    "expirationdate": "2027-01-30T17:00:00+07:00",
    "daily_start_time": "08:00",
    "daily_stop_time": "17:00",
}


def campaign(key: str = "tet", **fields: object) -> str:
    """A campaign of ten calls a minute for the rest of January; it is open at NOW."""
    return block("campaigns", key, **{**CAMPAIGN, **fields})


def calendar(sealed: object = "{name: Reminder}", *, moment: str = "2027-02-14T09:00:00+07:00") -> str:
    """The whole chain of one alarm: setting, user, calendar, event; `sealed` is the survey that is played."""
    return manifest(
        flow("calendar_settings", "clinic", label="Clinic", survey=sealed, gateway="AliceDevGateway", call_timeout=60),
        flow(
            "calendar_users",
            "bot",
            username="clinic-bot",
            password='"${env.BOT_PASSWORD}"',
            calendar_setting="clinic",
        ),
        flow("calendars", "rounds", name="Rounds", user="bot"),
        flow(
            "events",
            "visit",
            title="Visit",
            start="2027-02-15T09:30:00+07:00",
            end="2027-02-15T10:00:00+07:00",
            calendar="rounds",
        ),
        flow("alarms", "visit", event="visit", alarm_phonenumber='"0934890883"', date_start_notice=moment),
    )


def manifest(*pieces: str) -> str:
    """The pieces as one manifest: what several say of one collection stands together, in the order they came."""
    found: dict[str, list[str]] = {}
    for line in "".join(pieces).splitlines(keepends=True):
        if not line.startswith(" "):
            lines = found.setdefault(line, [])
        else:
            lines.append(line)
    return "".join(f"{head}{''.join(lines)}" for head, lines in found.items())


@cache
def project_of(text: str, settings: str = alice(endpoint=ENDPOINT)) -> Project:
    """What one manifest says beside an alice.yaml."""
    with tempfile.TemporaryDirectory() as directory:
        (Path(directory) / "alice.yaml").write_text(settings, encoding="utf-8")
        (Path(directory) / "manifest.yaml").write_text(text, encoding="utf-8")
        return load(Path(directory), environment=None, variables={}, environ=ENVIRON)


# What is live, and what is recorded

US, RIVAL = "demo", "rival"
SEAL = Digester(Key(b"a key of the tests, and no secret"))
EVER_SINCE = (
    LiveObject("gateway", 21, {"name": "AliceDevGateway", "status": "active", "maximum_call": 100}),
    LiveObject("gateway", 22, {"name": "AliceBackupGateway", "status": "active", "maximum_call": 100}),
    LiveObject("sealed_survey", 1000, {"name": "Reminder", "campaign": None}, US),
)
FIRST_ID = {
    "survey": 101,
    "section": 201,
    "phonebook": 301,
    "dnc_list": 401,
    "campaign": 501,
    "calendar_setting": 601,
    "calendar_user": 701,
    "calendar": 801,
    "event": 901,
    "alarm": 951,
    "sealed_survey": 1000,
}
LISTED = sorted({*FIRST_ID, "gateway"})  # the kinds that a run lists; rows and call records are none of them


@dataclass
class Account:
    """What is live and what is recorded. `Account()` is one of its own: two gateways and a sealed survey."""

    objects: list[LiveObject] = field(default_factory=lambda: [*EVER_SINCE])
    recorded: dict[Address, Recorded] = field(default_factory=dict)
    unlisted: dict[str, str] = field(default_factory=dict)
    users: frozenset[str] = frozenset({US})
    verbs: dict[str, frozenset[str]] = field(default_factory=dict)
    dialled: set[tuple[str, int]] = field(default_factory=set)
    doubtful: dict[tuple[str, int], Unknown] = field(default_factory=dict)
    refused: dict[tuple[str, int], Unknown] = field(default_factory=dict)

    @classmethod
    def applied(cls, project: Project) -> Account:
        """Everything that the project declares, live and recorded as an apply leaves it; what was started runs."""
        account, resources = cls(), project.resources
        targets = Targets(resources, account.live)
        for address, resource in resources.items():
            if any(relation.inherit for relation in KINDS[address.kind].relations()):
                targets.live = account.live
            account.add(address.kind, account._next_id(address.kind), **_shown(resource, targets, targets.live))
            remote_id = account.objects[-1].id
            targets.bind(address, remote_id)
            account.recorded[address] = _record(resource, remote_id, targets)
            startable = KINDS[address.kind].startable
            if startable is not None and resource.fields.get(startable.field) == startable.running:
                account.digester(remote_id)
                targets.live = account.live
        return account

    def copy(self) -> Account:
        """Another one like it, to be edited."""
        return Account(**{each.name: copy(getattr(self, each.name)) for each in fields(self)})

    def add(self, kind: str, remote_id: int, owner: str | None = US, /, **given: Any) -> None:
        """One more object; what is not given is shown as empty."""
        known = {each.name: None for each in KINDS[kind].fields if not isinstance(each, Password)}
        startable = KINDS[kind].startable
        known |= {startable.field: startable.initial} if startable else {}
        owner = None if "user" in known else owner  # whose user somebody is tells nobody whose object it is
        self.objects.append(LiveObject(kind, remote_id, {**known, **_as_read(kind, given)}, owner, given))

    def change(self, kind: str, remote_id: int, **given: Any) -> None:
        """Some of its fields are otherwise."""
        self.objects = [
            replace(each, fields={**each.fields, **_as_read(kind, given)})
            if (each.kind, each.id) == (kind, remote_id)
            else each
            for each in self.objects
        ]

    def remove(self, kind: str, remote_id: int) -> None:
        """It is gone."""
        self.objects = [each for each in self.objects if (each.kind, each.id) != (kind, remote_id)]

    def hide(self, kind: str, *names: str) -> None:
        """The server does not show these fields."""
        self.objects = [
            replace(each, fields={name: value for name, value in each.fields.items() if name not in names})
            if each.kind == kind
            else each
            for each in self.objects
        ]

    def digester(self, campaign: int) -> None:
        """What a start does: a copy of the survey, which the campaign points at from then on."""
        [started] = [each for each in self.objects if (each.kind, each.id) == ("campaign", campaign)]
        copied = ("survey", started.fields["survey"])
        [name] = [each.fields["name"] for each in self.objects if (each.kind, each.id) == copied]
        copy = self._next_id("sealed_survey")
        self.add("sealed_survey", copy, name=name, campaign=campaign)
        self.change("campaign", campaign, survey=copy)

    def id_of(self, address: str) -> int:
        """The id behind a recorded address."""
        return self.recorded[Address.parse(address)].remote_id

    @property
    def live(self) -> Live:
        """As a run reads it."""
        return Live(
            {kind: self._listing(kind) for kind in LISTED},
            self.users,
            dict(self.verbs),
            frozenset(self.dialled),
            dict(self.doubtful),
            dict(self.refused),
        )

    def _listing(self, kind: str) -> Listing:
        if kind in self.unlisted:
            return Listing(kind, unreadable=self.unlisted[kind])
        return Listing(kind, tuple(each for each in self.objects if each.kind == kind))

    def _next_id(self, kind: str) -> int:
        return FIRST_ID[kind] + sum(each.kind == kind for each in self.objects)


def _as_read(kind: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Texts as a run reads them: what people write about people is hidden from then on."""
    texts = {each.name: each for each in KINDS[kind].fields if isinstance(each, Text)}
    read = {name: field.canonical(given[name]) for name, field in texts.items() if isinstance(given.get(name), str)}
    return {**given, **read}


def _shown(resource: Resource, targets: Targets, live: Live) -> dict[str, Any]:
    """The fields as the server shows them: relations as ids, no password."""
    fields = desired_fields(resource, targets, live)
    return {name: fields[name] for name in fields if not isinstance(_field(resource, name), Password)}


def _field(resource: Resource, name: str) -> Any:
    return KINDS[resource.address.kind].field(name)


def _record(resource: Resource, remote_id: int, targets: Targets) -> Recorded:
    """What an apply remembers of it."""
    hidden = sensitive_fields(resource.address, resource)
    fields = {name: canonical(value) for name, value in resource.fields.items() if name not in hidden}
    startable = KINDS[resource.address.kind].startable
    fields |= {startable.field: resource.fields.get(startable.field)} if startable else {}
    return Recorded(
        resource.address,
        remote_id,
        fields,
        digests=digests_of(resource, SEAL, {}),
        depends_on=tuple(sorted(dependencies(resource, targets))),
        created=True,
        user=US,
        protected=resource.lifecycle.prevent_delete,
    )


# The plan


def plan_of(
    project: Project,
    account: Account,
    options: PlanOptions = PlanOptions(),  # noqa: B008
    *,
    now: datetime = NOW,
    rows: Mapping[str, RowChange] | None = None,
    marks: Marks = NOTHING_STOPPED,
    absent: Iterable[str] = (),
    lost: Lost = NOTHING_LOST,
) -> ExecutablePlan:
    """The plan, by the stages of `Session.plan`.

    Without a gate that asks for it there is no outlook.
    """
    found = situation_of(project, account, options, now=now, rows=rows, marks=marks, absent=absent, lost=lost)
    drifted = drifts(account.recorded, found.live, project.resources, now, SEAL).drift
    outlook = outlook_of(found) if options.min_reach is not None else Outlook()
    return build(found, project.findings, drifted, outlook, SEAL.key)


def situation_of(
    project: Project,
    account: Account,
    options: PlanOptions = PlanOptions(),  # noqa: B008
    *,
    now: datetime = NOW,
    rows: Mapping[str, RowChange] | None = None,
    marks: Marks = NOTHING_STOPPED,
    absent: Iterable[str] = (),
    lost: Lost = NOTHING_LOST,
) -> Situation:
    """What is known and decided. PlanError and UsageError as of `Session.plan`.

    `rows` are those whose rows change; of other declared rows all are added to what is new, and stay in what is there.
    """
    recorded, resources = account.recorded, project.resources
    require_known(options, resources, recorded)
    live = covered(account.live, resources.values(), recorded)
    inputs = PlanInputs(project, options, now, recorded, SEAL, marks, frozenset(map(Address.parse, absent)), lost)
    found = decided(matched(inputs, live), live)
    facts = _rows(found.decisions, live, found.matches.targets, rows or {})
    return situation(found, facts, NOTHING, found.notices())


def scrubbing_of(executable: ExecutablePlan) -> Scrubbing:
    """Which do-not-call lists are held against whom."""
    return Scrubbing.of(executable.decisions, executable.matches.targets)


def address(text: str) -> Address:
    """`campaign.tet`."""
    return Address.parse(text)


def _rows(
    decisions: Mapping[Address, Decision], live: Live, targets: Targets, given: Mapping[str, RowChange]
) -> RowFacts:
    """What becomes of declared rows; what is added to something that is dialled rings."""
    dialled = dialled_now(decisions, live)
    changes, before, active = {}, {}, {}
    for address, change in _row_changes(decisions, given):
        target = targets.ids.get(address, address)
        changes[address] = replace(change, address=address, calls=change.add if target in dialled else 0)
        before[address] = change.change + change.remove + change.unchanged
        active[target] = change.add + change.change + change.unchanged
    return RowFacts(changes, before, active, known=frozenset(changes))


def _row_changes(
    decisions: Mapping[Address, Decision], given: Mapping[str, RowChange]
) -> Iterator[tuple[Address, RowChange]]:
    for address, decision in decisions.items():
        rows = decision.resource.rows
        if rows is not None and decision.chosen and decision.live_after:
            count = len(rows.inline)
            usual = RowChange(address, **{"unchanged" if decision.match.live else "add": count})
            yield address, given.get(str(address), usual)
