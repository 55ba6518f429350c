"""Accounts of any size, twice: as a project of manifests and as the pages that a server would show of it.

The same spec makes both sides, so that a plan of the project is empty, or differs in a known share of the rows.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

PHONEBOOK = 7
GATEWAY = 3
USER = 203
MOMENT = "2020-02-11T02:36:39.045000Z"
PROJECT = """alice: 1
project: bench
endpoint: {endpoint}
timezone: Asia/Ho_Chi_Minh
region: VN
safety: {{max_update_percent: 100, max_remove_percent: 100}}
"""
CONTACTS = """phonebooks:
  vip:
    name: VIP
    contacts: {file: vip.csv, columns: {contact: phone, first_name: ten, last_name: ho, email: email}}
"""
PARTS = {"surveys": 3, "sections": 3, "phonebooks": 2, "dnc_lists": 1, "campaigns": 1}  # tenths of the resources


@dataclass(frozen=True)
class Spec:
    """`rows` contacts of which every `differing`-th differs from the file (0: none), or `resources` without rows.

    `page_size` is the server's own; `latency` in seconds is what it takes for each answer on top.
    `absent`: the phonebook does not exist until it is created.
    """

    rows: int = 0
    page_size: int = 1000
    differing: int = 0
    resources: int = 0
    absent: bool = False
    latency: float = 0.0

    def dumped(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def loaded(cls, text: str) -> Spec:
        return cls(**json.loads(text))

    def part(self, collection: str) -> int:
        """How many resources of a collection there are."""
        return self.resources * PARTS[collection] // sum(PARTS.values())


def number(index: int) -> str:
    """A Vietnamese mobile number; in an order that is not that of the ids."""
    return f"0{340_000_000 + index * 37 % 59_999_999}"


def write_project(folder: Path, spec: Spec, endpoint: str) -> None:
    """The manifests, and the row file if there are rows."""
    folder.joinpath("alice.yaml").write_text(PROJECT.format(endpoint=endpoint))
    if spec.rows:
        folder.joinpath("phonebooks.yaml").write_text(CONTACTS)
        write_csv(folder / "vip.csv", spec.rows)
    if spec.resources:
        folder.joinpath("everything.yaml").write_text("".join(_manifest(spec)), encoding="utf-8")


def write_csv(path: Path, rows: int) -> None:
    """The declared rows."""
    with path.open("w", encoding="utf-8") as file:
        file.write("phone,ten,ho,email,policy_no,amount,note\n")
        for index in range(rows):
            cells = f"Linh{index % 1000},Huỳnh,linh{index}@example.com,P{index},{index % 1000},x"
            file.write(f"{number(index)},{cells}\n")


def _manifest(spec: Spec) -> Iterator[str]:
    yield "surveys:\n"
    for index in range(spec.part("surveys")):
        yield f"  s{index}: {{name: Survey {index}, tts_language: vi, sections: [{{key: hi, type: play_message,"
        yield f" question: Question {index}, script: Xin chào {index}}}]}}\n"
    yield "phonebooks:\n"
    for index in range(spec.part("phonebooks")):
        yield f"  p{index}: {{name: Phonebook {index}, description: Book {index}}}\n"
    yield "dnc_lists:\n"
    for index in range(spec.part("dnc_lists")):
        yield f"  d{index}: {{name: List {index}}}\n"
    yield "campaigns:\n"
    for index in range(spec.part("campaigns")):
        yield f"  c{index}: {{name: Campaign {index}, survey: s{index}, phonebooks: [p{index}],"
        yield " gateway: AliceDevGateway, frequency: 10, startingdate: 2037-01-20T08:00:00+07:00,"
        yield " expirationdate: 2037-01-30T17:00:00+07:00, daily_start_time: 08:00, daily_stop_time: 17:00}\n"


def lists(spec: Spec) -> dict[str, list[dict[str, Any]]]:
    """Every list but that of the contacts, by its path."""
    found: dict[str, list[dict[str, Any]]] = {
        "gateway": [{"id": GATEWAY, "name": "AliceDevGateway", "status": 1}],
        "survey-template": [_survey(index) for index in range(spec.part("surveys"))],
        "section-template": [_section(index) for index in range(spec.part("sections"))],
        "phonebook": [_phonebook(index) for index in range(spec.part("phonebooks"))],
        "dnc-list": [_owned(index, name=f"List {index}", description="") for index in range(spec.part("dnc_lists"))],
        "campaigns": [_campaign(index) for index in range(spec.part("campaigns"))],
    }
    if spec.rows and not spec.absent:
        found["phonebook"].append(phonebook())
    return found


def phonebook() -> dict[str, Any]:
    """The one that the rows are in."""
    return {**_owned(0, name="VIP", description=""), "id": PHONEBOOK}


def _owned(index: int, **fields: Any) -> dict[str, Any]:
    return {"id": index + 1, "user": USER, "created_date": MOMENT, "updated_date": MOMENT, **fields}


def _survey(index: int) -> dict[str, Any]:
    return _owned(index, name=f"Survey {index}", tts_language="vi", description="", is_onboarding=False)


def _section(index: int) -> dict[str, Any]:
    texts = {"question": f"Question {index}", "script": f"Xin chào {index}"}
    return {"id": index + 1, "order": index + 1, "type": 1, "survey": index + 1, **texts, "retries": 0, "timeout": 5}


def _phonebook(index: int) -> dict[str, Any]:
    return _owned(index, name=f"Phonebook {index}", description=f"Book {index}")


def _campaign(index: int) -> dict[str, Any]:
    window = {"daily_start_time": "08:00:00", "daily_stop_time": "17:00:00"}
    dates = {"startingdate": "2037-01-20T01:00:00Z", "expirationdate": "2037-01-30T10:00:00Z"}
    relations = {"object_id": index + 1, "phonebook": [index + 1], "aleg_gateway": GATEWAY}
    return _owned(index, name=f"Campaign {index}", status=2, frequency=10, callerid="", **window, **dates, **relations)


def contact(index: int, differing: int) -> str:
    """One live row as JSON text."""
    other = differing and index % differing == 0
    email = "other@example.com" if other else f"linh{index}@example.com"
    return (
        f'{{"id":{index + 1},"phonebook":{PHONEBOOK},"contact":"{number(index)}","status":1,"last_name":"Huỳnh",'
        f'"first_name":"Linh{index % 1000}","email":"{email}","address":null,"city":null,"state":null,"country":"",'
        f'"unit_number":null,"additional_vars":null,"description":null,"created_date":"{MOMENT}",'
        f'"updated_date":"{MOMENT}"}}'
    )


def contact_pages(spec: Spec) -> Iterator[bytes]:
    """The whole phonebook as the bodies of its pages."""
    for start in range(0, spec.rows, spec.page_size):
        rows = (contact(index, spec.differing) for index in range(start, min(start + spec.page_size, spec.rows)))
        yield envelope(spec.rows, ",".join(rows))


def envelope(count: int, rows: str) -> bytes:
    """A page as DRF writes it."""
    return f'{{"count":{count},"next":null,"previous":null,"results":[{rows}]}}'.encode()
