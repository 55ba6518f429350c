"""Accounts of any size, twice: as a project of manifests and as the pages that a server would show of it.

The same spec makes both sides, so that a plan of the project is empty, or differs in a known share of the rows. Here
are the rows; what has none is in `configuration`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

PHONEBOOK = 7  # the id of the first one with rows
DNC_LIST = 5
USER = 203
MOMENT = "2020-02-11T02:36:39.045000Z"
LISTED_EVERY = 100  # the share of the contacts that are on the do-not-call list, too
COLUMNS = "columns: {contact: phone, first_name: ten, last_name: ho, email: email}"


@dataclass(frozen=True)
class Spec:
    """`rows` contacts of which every `differing`-th differs from the file (0: none), or `resources` without rows.

    The rows are in `books` phonebooks that share a hundredth of their numbers with the next one, dialled by
    `campaigns`, with a do-not-call list if there are any. `page_size` is the server's own; `latency` in seconds is what
    it takes for each answer on top. `absent`: the phonebooks do not exist until they are created; `creates`: nor do the
    resources, or the `appointments` of a calendar (see there).
    """

    rows: int = 0
    page_size: int = 1000
    differing: int = 0
    resources: int = 0
    books: int = 1
    campaigns: int = 0
    absent: bool = False
    creates: bool = False
    appointments: int = 0
    latency: float = 0.0

    def dumped(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def loaded(cls, text: str) -> Spec:
        return cls(**json.loads(text))

    def indices(self, book: int) -> range:
        """The people in a phonebook."""
        size = self.rows // self.books
        start = book * (size - size // 100)
        return range(start, start + size)

    @property
    def listed(self) -> range:
        """The people on the do-not-call list."""
        return range(0, self.rows if self.campaigns else 0, LISTED_EVERY)


def number(index: int) -> str:
    """A Vietnamese mobile number; in an order that is not that of the ids."""
    return f"0{340_000_000 + index * 37 % 59_999_999}"


def write_rows(folder: Path, spec: Spec) -> str:
    """The row files; gives the manifest of their owners."""
    lines = ["phonebooks:\n"]
    for book in range(spec.books):
        write_csv(folder / f"vip{book}.csv", spec.indices(book))
        lines.append(f"  vip{book}: {{name: VIP {book}, contacts: {{file: vip{book}.csv, {COLUMNS}}}}}\n")
    if spec.listed:
        folder.joinpath("dnc.csv").write_text("phone_number\n" + "".join(f"{number(i)}\n" for i in spec.listed))
        lines.append("dnc_lists:\n  stop: {name: Stop, numbers: dnc.csv}\n")
    return "".join(lines)


def write_csv(path: Path, people: range) -> None:
    """Declared rows, with columns that nobody asks for."""
    with path.open("w", encoding="utf-8") as file:
        file.write("phone,ten,ho,email,policy_no,amount,note\n")
        for index in people:
            cells = f"Linh{index % 1000},Huỳnh,linh{index}@example.com,P{index},{index % 1000},x"
            file.write(f"{number(index)},{cells}\n")


def owners(spec: Spec) -> Mapping[str, list[dict[str, Any]]]:
    """What the rows are in, by the path of its list."""
    owned = {"user": USER, "created_date": MOMENT, "updated_date": MOMENT, "description": ""}
    books = [{"id": PHONEBOOK + book, "name": f"VIP {book}", **owned} for book in range(spec.books if spec.rows else 0)]
    lists = [{"id": DNC_LIST, "name": "Stop", **owned}] if spec.listed else []
    return {"phonebook": books, "dnc-list": lists}


def contact(id: int, parent: int, index: int, differing: int) -> str:
    """One live row as JSON text."""
    other = differing and index % differing == 0
    email = "other@example.com" if other else f"linh{index}@example.com"
    return (
        f'{{"id":{id},"phonebook":{parent},"contact":"{number(index)}","status":1,"last_name":"Huỳnh",'
        f'"first_name":"Linh{index % 1000}","email":"{email}","address":null,"city":null,"state":null,"country":"",'
        f'"unit_number":null,"additional_vars":null,"description":null,"created_date":"{MOMENT}",'
        f'"updated_date":"{MOMENT}"}}'
    )


def row_pages(spec: Spec) -> dict[tuple[str, int], list[bytes]]:
    """The rows of every owner as the bodies of their pages, by the path of the list and the id of the owner."""
    pages = {}
    for book in range(spec.books):
        parent, people = PHONEBOOK + book, spec.indices(book)
        first = book * len(people) + 1
        rows = (contact(id, parent, index, spec.differing) for id, index in enumerate(people, first))
        pages["contact", parent] = list(paged(rows, len(people), spec.page_size))
    numbers = (f'{{"id":{id},"dnc":{DNC_LIST},"phone_number":"{number(i)}"}}' for id, i in enumerate(spec.listed, 1))
    pages["dnc-contact", DNC_LIST] = list(paged(numbers, len(spec.listed), spec.page_size))
    return pages


def contact_pages(spec: Spec) -> Iterator[bytes]:
    """All pages of the first phonebook."""
    people = spec.indices(0)
    rows = (contact(index + 1, PHONEBOOK, index, spec.differing) for index in people)
    return paged(rows, len(people), spec.page_size)


def paged(rows: Iterator[str], count: int, size: int) -> Iterator[bytes]:
    """So many rows as the bodies of their pages."""
    for start in range(0, count, size):
        yield envelope(count, ",".join(next(rows) for _ in range(min(size, count - start))))


def envelope(count: int, rows: str) -> bytes:
    """A page as DRF writes it."""
    return f'{{"count":{count},"next":null,"previous":null,"results":[{rows}]}}'.encode()
