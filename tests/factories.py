"""What tests are made of, in one place: the clock, and manifests as text.

survey(), phonebook(), campaign(frequency=20), ...   manifests, a piece each; `manifest` puts pieces together
project_of(text)                                     what a manifest says, read by the real reader
"""

from __future__ import annotations

import tempfile
from datetime import datetime
from functools import cache
from pathlib import Path

from provisioner.manifests.load import load
from provisioner.model import Project

NOW = datetime.fromisoformat("2027-01-15T09:00:00+07:00")  # a Friday
PASSWORD = "correct-horse"  # what ${env.BOT_PASSWORD} holds
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


def calendar(sealed: object = "{campaign: tet}", *, moment: str = "2027-02-14T09:00:00+07:00") -> str:
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
        return load(Path(directory), environment=None, variables={}, environ={"BOT_PASSWORD": PASSWORD})
