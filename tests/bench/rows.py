"""Time and peak memory of rows in sets: `python tests/bench/rows.py [ROWS] [MEMORY] [--local]`. Not a test.

Declared and live rows of the same phonebook are generated, 1 % added, changed and removed. `--local` fills the live
table from SQL instead of decoded pages, to measure the difference alone at sizes where the pages would dominate.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from provisioner.contacts import Workspace
from provisioner.contacts.tables import LiveReport, created, live_columns
from provisioner.model import Address, Rows, Source

VIP = Address("phonebook", "vip")
PAGE = 1000


@contextmanager
def timed(what: str, rows: int) -> Iterator[None]:
    """Print the wall time, the rate and the peak memory so far."""
    began, cpu = time.perf_counter(), time.process_time()
    yield
    took, cpu = time.perf_counter() - began, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{what:12} {took:7.2f} s  cpu {cpu:7.2f} s  {rows / took / 1000:8.0f} k rows/s  peak {peak} MB", flush=True)


def number(index: int) -> str:
    """A number of the size of a Vietnamese mobile."""
    return f"0{340_000_000 + index * 37 % 59_999_999}" if index < 59_999_999 else f"0{700_000_000 + index}"


def write_csv(path: Path, rows: int) -> None:
    """The declared rows."""
    with path.open("w", encoding="utf-8") as file:
        file.write("phone,ten,ho,email,policy_no,amount,note\n")
        for index in range(rows):
            cells = f"Linh{index % 1000},Huỳnh,linh{index}@example.com,P{index},{index % 1000},x"
            file.write(f"{number(index)},{cells}\n")


def pages(rows: int) -> Iterator[list[dict[str, Any]]]:
    """The live rows, as a client would decode them."""
    for start in range(rows // 100, rows + rows // 100, PAGE):
        yield [payload(index) for index in range(start, min(start + PAGE, rows + rows // 100))]


def payload(index: int) -> dict[str, Any]:
    """One live row; every hundredth has another e-mail address than declared."""
    return {
        "id": index + 1,
        "phonebook": 7,
        "contact": number(index),
        "status": 1,
        "last_name": "Huỳnh",
        "first_name": f"Linh{index % 1000}",
        "email": "other@example.com" if index % 100 == 0 else f"linh{index}@example.com",
        "address": None,
        "city": None,
        "state": None,
        "country": "",
        "unit_number": None,
        "additional_vars": f'{{"amount":"{index % 1000}","policy_no":"P{index}"}}',
        "description": None,
        "created_date": "2020-02-11T02:36:39.045000Z",
        "updated_date": "2020-02-11T02:36:39.045000Z",
    }


def fill_live(workspace: Workspace, rows: int) -> None:
    """Live rows straight from the source table."""
    owned = workspace.owned(VIP)
    shift = rows // 100
    with workspace.cursor() as connection:
        connection.execute(created(owned.live, live_columns(owned.shape)))
        connection.execute(f"""
            INSERT INTO {owned.live} BY NAME
            SELECT row AS id, number, sent, active, variables, last_name, first_name, '' AS description, '' AS country,
                   CASE WHEN row % 100 = 0 THEN 'other@example.com' ELSE email END AS email
            FROM {owned.source} WHERE row > {shift}
            UNION ALL BY NAME
            SELECT row + {rows} AS id, 99900000000 + row AS number, '0' || row AS sent, true AS active
            FROM {owned.source} WHERE row <= {shift}""")
    owned.live_report = LiveReport(rows)


def main() -> None:
    """Run once and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", nargs="?", type=int, default=1_000_000)
    parser.add_argument("memory", nargs="?", default="400MB")
    parser.add_argument("--local", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "vip.csv"
        write_csv(path, options.rows)
        columns = {"contact": "phone", "first_name": "ten", "last_name": "ho", "email": "email"}
        declared = Rows(Source("bench.yaml", 1, 1), (path,), columns=columns, variables=("policy_no", "amount"))
        with Workspace(Path(folder), memory=options.memory) as workspace:
            with timed("source", options.rows):
                workspace.load_source(VIP, declared, region="VN")
            if options.local:
                fill_live(workspace, options.rows)
            else:
                with timed("live", options.rows):
                    workspace.load_live({VIP: 7}, pages(options.rows))
            with timed("difference", options.rows):
                change = workspace.difference(VIP, rings=True)
            with timed("digest", change.add + change.change + change.remove):
                workspace.digest(VIP, b"0123456789abcdef")
            print(change)


if __name__ == "__main__":
    main()
