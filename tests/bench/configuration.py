"""The resources of an account, as manifests and as the lists of a server: see `account`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from tests.bench import account, appointments
from tests.bench.account import MOMENT, PHONEBOOK, USER, Spec

GATEWAY = 3
PER_FILE = 20_000  # resources
PARTS = {"surveys": 30, "sections": 30, "phonebooks": 29, "dnc_lists": 1, "campaigns": 10}  # hundredths of all
PROJECT = """alice: 1
project: bench
endpoint: {endpoint}
timezone: Asia/Ho_Chi_Minh
region: VN
safety: {{max_update_percent: 100, max_remove_percent: 100}}
checks: {{{checks}}}
"""
WINDOW = "daily_start_time: 08:00, daily_stop_time: 17:00"
LATER = "startingdate: 2037-01-20T08:00:00+07:00, expirationdate: 2037-01-30T17:00:00+07:00"
SOON = "startingdate: 2027-01-20T08:00:00+07:00, expirationdate: 2027-02-20T17:00:00+07:00"


def write_project(folder: Path, spec: Spec, endpoint: str, checks: Mapping[str, str] | None = None) -> None:
    """The manifests, and the row files if there are rows; `checks` as in alice.yaml."""
    settings = ", ".join(f"{name}: {value}" for name, value in (checks or {}).items())
    folder.joinpath("alice.yaml").write_text(PROJECT.format(endpoint=endpoint, checks=settings))
    if spec.rows:
        folder.joinpath("rows.yaml").write_text(account.write_rows(folder, spec))
    if spec.appointments:
        appointments.write_appointments(folder, spec)
    if spec.campaigns:
        folder.joinpath("campaigns.yaml").write_text("".join(_starting(spec)), encoding="utf-8")
    if spec.resources:
        _write_resources(folder, spec)


def part(spec: Spec, collection: str) -> int:
    """How many resources of a collection there are."""
    return spec.resources * PARTS[collection] // sum(PARTS.values())


def dialled(spec: Spec, campaign: int) -> list[int]:
    """The two phonebooks that a campaign over rows dials."""
    return sorted({campaign % spec.books, (campaign + 1) % spec.books})


def _starting(spec: Spec) -> Iterator[str]:
    """Campaigns over the rows, which the plan would start."""
    yield "surveys:\n  s0: {name: Survey 0, tts_language: vi, sections: [{key: hi, type: play_message,"
    yield " question: Question 0, script: Xin chào 0}]}\n"
    yield "campaigns:\n"
    for index in range(spec.campaigns):
        books = ", ".join(f"vip{book}" for book in dialled(spec, index))
        yield f"  c{index}: {{name: Campaign {index}, survey: s0, phonebooks: [{books}], gateway: AliceDevGateway,"
        yield f" frequency: 60, {SOON}, {WINDOW}, status: started, purpose: advertising, dnc_lists: [stop]}}\n"


def _write_resources(folder: Path, spec: Spec) -> None:
    """A file for each collection, or more where one would be too large for people and for the tool."""
    for collection, entries in _collections(spec).items():
        for number, part in enumerate(_batched(entries, PER_FILE)):
            folder.joinpath(f"{collection}{number}.yaml").write_text(f"{collection}:\n{part}", encoding="utf-8")


def _batched(entries: Iterator[str], size: int) -> Iterator[str]:
    while part := "".join(islice(entries, size)):
        yield part


def _collections(spec: Spec) -> dict[str, Iterator[str]]:
    """Every resource as its lines of YAML, by the collection that it is declared in."""
    numbers = {collection: range(part(spec, collection)) for collection in PARTS}
    return {
        "surveys": (
            f"  s{index}: {{name: Survey {index}, tts_language: vi, sections: [{{key: hi, type: play_message,"
            f" question: Question {index}, script: Xin chào {index}}}]}}\n"
            for index in numbers["surveys"]
        ),
        "phonebooks": (
            f"  p{index}: {{name: Phonebook {index}, description: Book {index}}}\n" for index in numbers["phonebooks"]
        ),
        "dnc_lists": (f"  d{index}: {{name: List {index}}}\n" for index in numbers["dnc_lists"]),
        "campaigns": (
            f"  c{index}: {{name: Campaign {index}, survey: s{index}, phonebooks: [p{index}],"
            f" gateway: AliceDevGateway, frequency: 10, {LATER}, {WINDOW}}}\n"
            for index in numbers["campaigns"]
        ),
    }


def change(folder: Path, spec: Spec) -> None:
    """Two hundredths more resources, and another value in one hundredth of them."""
    new = "".join(f"  n{index}: {{name: New {index}, description: New}}\n" for index in range(spec.resources // 50))
    folder.joinpath("new.yaml").write_text(f"phonebooks:\n{new}", encoding="utf-8")
    path = folder / "phonebooks0.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("description: Book", "description: Other", spec.resources // 100), encoding="utf-8")


def lists(spec: Spec) -> dict[str, list[dict[str, Any]]]:
    """Every list but those of rows, by its path."""
    surveys = 1 if spec.campaigns else part(spec, "surveys")
    owners = account.owners(spec)
    return {
        **appointments.lists(spec),
        "gateway": [{"id": GATEWAY, "name": "AliceDevGateway", "status": 1, "maximum_call": 2000}],
        "survey-template": [_survey(index) for index in range(surveys)],
        "section-template": [_section(index) for index in range(surveys)],
        "phonebook": [_phonebook(index) for index in range(part(spec, "phonebooks"))]
        + ([] if spec.absent else owners["phonebook"]),
        "dnc-list": [_owned(index, name=f"List {index}", description="") for index in range(part(spec, "dnc_lists"))]
        + owners["dnc-list"],
        "campaigns": [_campaign(index, [index + 1], "2037-01-") for index in range(part(spec, "campaigns"))]
        + [_campaign(i, [PHONEBOOK + book for book in dialled(spec, i)], "2027-01-") for i in range(spec.campaigns)],
    }


def _owned(index: int, **fields: Any) -> dict[str, Any]:
    return {"id": index + 1, "user": USER, "created_date": MOMENT, "updated_date": MOMENT, **fields}


def _survey(index: int) -> dict[str, Any]:
    return _owned(index, name=f"Survey {index}", tts_language="vi", description="", is_onboarding=False)


def _section(index: int) -> dict[str, Any]:
    texts = {"question": f"Question {index}", "script": f"Xin chào {index}"}
    return {"id": index + 1, "order": index + 1, "type": 1, "survey": index + 1, **texts, "retries": 0, "timeout": 5}


def _phonebook(index: int) -> dict[str, Any]:
    return _owned(index, name=f"Phonebook {index}", description=f"Book {index}")


def _campaign(index: int, books: list[int], month: str) -> dict[str, Any]:
    soon = month.startswith("2027")
    dates = {
        "startingdate": f"{month}20T01:00:00Z",
        "expirationdate": "2027-02-20T10:00:00Z" if soon else f"{month}30T10:00:00Z",
    }
    fields = {"status": 2, "frequency": 60 if soon else 10, "callerid": "", **dates}
    window = {"daily_start_time": "08:00:00", "daily_stop_time": "17:00:00"}
    relations = {"object_id": 1 if soon else index + 1, "phonebook": books, "aleg_gateway": GATEWAY}
    return _owned(index, name=f"Campaign {index}", **fields, **window, **relations)
