"""Rows sent to servers that are hard to work with, over HTTP (docs/alice-api.md#bulk-contacts, #lost-answers).

After each story the phonebook on the server is exactly the declared one, each number once, and a plan is empty.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from provisioner.simulator.process import Simulator
from tests.factories import NOW, alice, campaign, survey
from tests.operator import Operator, Said

ANY = "{{max_update_percent: 100, max_remove_percent: 100}}"
PROJECT = alice("rows", safety=ANY)
PHONEBOOK = "phonebooks:\n  vip: {name: VIP, contacts: {file: vip.csv%s}}\n"
CAMPAIGN = survey() + campaign(status="started")
IMPATIENT = ("--timeout", "3")  # the next run waits twice as long for what this one may have sent: the default is 30
MAIN = "from provisioner.cli import main; main()"
Cells = dict[str, str]


def number(index: int) -> str:
    return f"0934{index:06d}"


@dataclass
class Book:
    """A project with one phonebook in `vip.csv`, and what the server has of it."""

    operator: Operator

    @property
    def simulator(self) -> Simulator:
        return self.operator.simulator

    def declare(self, rows: Iterable[Cells], *, settings: str = "", more: str = "") -> None:
        """Rows by column; `settings` go into `contacts`, `more` after the phonebook."""
        found = list(rows)
        lines = [",".join(row.values()) for row in found]
        self.operator.write("vip.csv", "\n".join([",".join(found[0]), *lines, ""]))
        self.operator.write("main.yaml", PHONEBOOK % settings + more)

    def try_to_apply(self, *options: str) -> Said:
        return self.operator.run("apply", "--auto-approve", "--allow-calls", *options)

    def apply_until_done(self, *options: str) -> None:
        """Again and again while the server misbehaves, and once when it no longer does."""
        for _ in range(10):
            if self.try_to_apply(*options).code == 0:
                break
        self.simulator.variants(faults="")
        self.operator.apply()

    def live(self) -> list[dict[str, Any]]:
        (book,) = self.simulator.objects("phonebook", name="VIP")
        return self.simulator.objects("contact", phonebook=book["id"])

    def demand(self, rows: Iterable[Cells]) -> None:
        """Exactly these rows are there, active, in these fields, and there is nothing left to do."""
        expected = {row["contact"]: row for row in rows}
        live = self.live()
        assert Counter(row["contact"] for row in live) == Counter(expected.keys())
        for row in live:
            wanted = expected[row["contact"]]
            assert {name: row[name] or "" for name in wanted} == wanted
            assert row["status"] == 1
        self.operator.demand_nothing_to_do()

    def sent(self, method: str, path: str) -> list[dict[str, Any]]:
        """The requests of that sort since the last reset."""
        found = (request for request in self.simulator.requests() if request["method"] == method)
        return [request for request in found if request["path"].startswith(f"/rest-api/{path}/")]


@pytest.fixture
def book(simulator: Simulator, tmp_path: Path) -> Book:
    simulator.reset(now=NOW, page_size=500)
    operator = Operator(tmp_path, simulator, now=NOW)
    operator.write("alice.yaml", PROJECT.format(endpoint=simulator.endpoint))
    return Book(operator)


def plain(count: int, start: int = 0) -> list[Cells]:
    return [{"contact": number(index), "first_name": f"Linh {index}"} for index in range(start, start + count)]


def test_a_413_above_200_rows_halves_the_chunks_until_they_fit(book: Book) -> None:
    book.simulator.variants(bulk_max=200)
    rows = plain(800)
    book.declare(rows)
    book.operator.apply()
    taken = [request["rows"] for request in book.sent("POST", "bulkcontact") if request["status"] == 200]
    assert max(taken) <= 200
    assert sum(taken) == 800
    assert book.sent("POST", "contact") == []
    book.demand(rows)


def test_every_fifth_answer_lost_after_the_commit_doubles_nobody(book: Book) -> None:
    book.simulator.variants(bulk_max=50, faults="drop-after", fault_every=5, fault_scope="writes")
    rows = plain(600)
    book.declare(rows)
    book.apply_until_done()
    assert "drop-after" in {request["fault"] for request in book.sent("POST", "bulkcontact")}
    book.demand(rows)


@pytest.mark.parametrize("fault", ["500-before", "500-after", "drop-before", "late-commit"])
def test_any_lost_answer_is_looked_up_before_anything_is_sent_again(book: Book, fault: str) -> None:
    """late-commit: our timeout comes before the server's commit."""
    book.simulator.variants(bulk_max=50, faults=fault, fault_every=4, fault_scope="writes", fault_slow=1.5)
    rows = plain(240)
    book.declare(rows)
    book.apply_until_done("--timeout", "1")
    assert fault in {request["fault"] for request in book.simulator.writes()}
    book.demand(rows)


@pytest.mark.parametrize(
    "variants",
    [
        {"bulk_answer": "200"},
        {"bulk_answer": "400"},
        {"bulk_answer": "400", "bulk_duplicates": "all-or-nothing"},
        {"bulk_answer": "200", "bulk_duplicates": "all-or-nothing"},
    ],
    ids=["error in a 200", "400, rows before stay", "400, nothing stays", "error in a 200, nothing stays"],
)
def test_one_bad_row_is_found_and_named_by_its_place_and_all_others_are_sent(
    book: Book, variants: dict[str, str]
) -> None:
    book.simulator.variants(**variants)
    rows = [{"contact": number(index), "email": ""} for index in range(500)]
    rows[417]["email"] = "linh@exam_ple.vn"  # well-formed for us, refused by Django
    book.declare(rows)
    said = book.try_to_apply()
    assert said.code == 4
    assert "499 added; 1 row refused by the server (email): vip.csv:419" in said.out
    assert number(417) not in said.out + said.err
    assert "exam_ple" not in said.out + said.err
    rows[417]["email"] = ""
    book.declare(rows)
    book.operator.apply()
    book.demand(rows)


def test_numbers_that_an_undeclared_phonebook_has_stop_bulk_and_go_singly(book: Book) -> None:
    elsewhere = book.simulator.create("phonebook", name="Old")["id"]
    known = [{"phonebook": elsewhere, "contact": number(index), "status": 1} for index in (3, 150, 250)]
    book.simulator.create_many("contact", known)
    rows = plain(300)
    book.declare(rows)
    book.operator.apply()
    book.demand(rows)


def test_numbers_that_a_declared_phonebook_has_are_never_tried_in_bulk(book: Book) -> None:
    rows = plain(100)
    book.declare(rows)
    book.operator.write("other.yaml", "phonebooks:\n  other: {name: Other, contacts: shared.csv}\n")
    book.operator.write("shared.csv", "contact\n" + "".join(f"{number(index)}\n" for index in range(5)))
    book.operator.apply()
    assert sum(request["rows"] for request in book.sent("POST", "bulkcontact")) == 95
    assert len(book.sent("POST", "contact")) == 10
    book.demand(rows)


def test_after_three_refusals_the_rest_goes_singly(book: Book) -> None:
    elsewhere = book.simulator.create("phonebook", name="Old")["id"]
    rows = plain(60)
    known = [{"phonebook": elsewhere, "contact": row["contact"], "status": 1} for row in rows]
    book.simulator.create_many("contact", known)
    book.declare(rows)
    book.operator.apply()
    assert len(book.sent("POST", "bulkcontact")) <= 3
    assert len(book.sent("POST", "contact")) == 60
    book.demand(rows)


RICH = ", variables: [amount]"


def rich(count: int) -> list[Cells]:
    return [{"contact": number(i), "description": f"Note {i}", "amount": str(i)} for i in range(count)]


def without_amount(rows: list[Cells]) -> list[Cells]:
    return [{name: cell for name, cell in row.items() if name != "amount"} for row in rows]


def test_fields_that_bulk_loses_are_found_out_with_one_row(book: Book) -> None:
    rows = rich(40)
    book.declare(rows, settings=RICH)
    book.operator.apply()
    assert [request["rows"] for request in book.sent("POST", "bulkcontact")] == [1]
    assert len(book.sent("POST", "contact")) == 39
    book.demand(without_amount(rows))


def test_fields_that_bulk_keeps_go_in_bulk(book: Book) -> None:
    book.simulator.variants(bulk_fields="all")
    rows = rich(40)
    book.declare(rows, settings=RICH)
    book.operator.apply()
    assert [request["rows"] for request in book.sent("POST", "bulkcontact")] == [1, 39]
    assert book.sent("POST", "contact") == []
    book.demand(without_amount(rows))


@pytest.mark.parametrize("fault", ["drop-after", "500-after", "late-commit", "drop-before"])
@pytest.mark.parametrize("at", [2, 3], ids=["the trial row", "the first chunk"])
def test_one_lost_answer_costs_a_look_up_and_not_a_phonebook_sent_singly(book: Book, fault: str, at: int) -> None:
    """The first write makes the phonebook, the second is the row that finds out what bulk keeps."""
    book.simulator.variants(
        bulk_fields="all", bulk_max=300, faults=fault, fault_at=at, fault_scope="writes", fault_slow=1.5
    )
    rows = rich(1500)
    book.declare(rows, settings=RICH)
    book.operator.apply("--timeout", "1")
    assert fault in {request["fault"] for request in book.simulator.writes()}
    without_loss = 2 + 1500 // 300
    assert len(book.sent("POST", "bulkcontact")) + len(book.sent("POST", "contact")) <= without_loss + 10
    book.demand(without_amount(rows))


def test_a_trial_row_that_is_refused_does_not_make_the_rest_go_singly(book: Book) -> None:
    book.simulator.variants(bulk_fields="all")
    rows = [{**row, "email": ""} for row in rich(200)]
    rows[0]["email"] = "linh@exam_ple.vn"  # well-formed for us, refused by Django
    book.declare(rows, settings=RICH)
    assert book.try_to_apply().code == 4
    assert len(book.sent("POST", "contact")) <= 2
    assert len(book.live()) == 199


def test_the_country_follows_by_put(book: Book) -> None:
    rows = [{"contact": number(index), "country": "VN"} for index in range(30)]
    book.declare(rows)
    book.operator.apply()
    assert [request["rows"] for request in book.sent("POST", "bulkcontact")] == [30]
    assert len(book.sent("PUT", "contact")) == 30
    book.demand(rows)


def test_rows_of_a_started_campaign_ring_once_each_although_answers_are_lost(book: Book) -> None:
    book.declare(plain(5), more=CAMPAIGN)
    book.operator.apply()
    rows = plain(25)
    book.declare(rows, more=CAMPAIGN)
    book.simulator.variants(bulk_max=5, faults="drop-after", fault_every=2, fault_scope="writes")
    said = book.try_to_apply(*IMPATIENT)
    assert said.code == 4, "what rings and whose answer was lost is left to the next run"
    book.apply_until_done(*IMPATIENT)
    dialled = Counter(one["duplicate_contact"] for one in book.simulator.objects("subscriber-list"))
    assert dialled == Counter(row["contact"] for row in rows)
    book.demand(rows)


def test_rich_rows_of_a_started_campaign_never_go_in_bulk(book: Book) -> None:
    """A row that bulk strips of its fields would be dialled without them before a PUT could mend it."""
    book.simulator.variants(bulk_fields="all")
    book.declare(rich(3), settings=RICH, more=CAMPAIGN)
    book.operator.apply()
    book.simulator.clear_requests()
    book.declare(rich(30), settings=RICH, more=CAMPAIGN)
    book.operator.apply()
    assert book.sent("POST", "bulkcontact") == []
    assert len(book.sent("POST", "contact")) == 27


def test_a_process_killed_in_the_middle_of_a_bulk_upload_is_finished_by_the_next(book: Book) -> None:
    book.simulator.variants(bulk_max=20)
    rows = plain(800)
    book.declare(rows)
    process = alice(book, "apply", "--auto-approve", "--parallelism", "2", *IMPATIENT)
    wait_until(lambda: bool(book.simulator.objects("phonebook", name="VIP")) and len(book.live()) >= 100)
    process.send_signal(signal.SIGKILL)
    process.wait(10)
    assert len(book.live()) < len(rows), "it was killed too late to tell anything"
    book.operator.apply()
    book.demand(rows)


def test_a_process_interrupted_in_the_middle_says_so_and_the_next_finishes(book: Book) -> None:
    book.simulator.variants(bulk_max=20)
    rows = plain(800)
    book.declare(rows)
    process = alice(book, "apply", "--auto-approve", "--parallelism", "2", *IMPATIENT)
    wait_until(lambda: bool(book.simulator.objects("phonebook", name="VIP")) and len(book.live()) >= 100)
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 143
    assert len(book.live()) < len(rows), "it was signalled too late to tell anything"
    book.operator.apply()
    book.demand(rows)


def test_changes_and_deactivations_are_finished_by_the_next_run(book: Book) -> None:
    book.declare(plain(60))
    book.operator.apply()
    book.simulator.variants(faults="500-after,drop-before", fault_every=7, fault_scope="writes")
    kept = [{**row, "first_name": "Minh"} for row in plain(20, start=10)]
    book.declare(kept)
    book.apply_until_done()
    live = {row["contact"]: (row["status"], row["first_name"]) for row in book.live()}
    assert len(live) == len(book.live()) == 60
    assert {contact for contact, (status, _) in live.items() if status} == {row["contact"] for row in kept}
    assert {live[row["contact"]][1] for row in kept} == {"Minh"}
    book.operator.demand_nothing_to_do()


def test_the_rate_limit_holds_for_all_threads_together(book: Book) -> None:
    """The simulator refuses what is beyond its own limit; with a lower one of ours it never has to."""
    book.declare(plain(40))
    book.operator.apply()
    book.declare([{**row, "first_name": "Minh"} for row in plain(40)])
    book.simulator.clear_requests()
    book.simulator.variants(rate_limit=40)
    began = time.monotonic()
    book.operator.apply("--rate-limit", "25", "--parallelism", "8")
    took = time.monotonic() - began
    requests = book.simulator.requests()
    assert {request["status"] for request in requests} == {200}
    assert len(book.sent("PUT", "contact")) == 40
    assert took >= (len(requests) - 1) / 25


def alice(book: Book, *arguments: str) -> subprocess.Popen[bytes]:
    """The tool in a process of its own, that can be killed."""
    environ = {
        **os.environ,
        "ALICE_USERNAME": "demo",
        "ALICE_PASSWORD": "demo",
        "ALICE_NOW": NOW.isoformat(),
    }
    command = [sys.executable, "-c", MAIN, "-C", str(book.operator.directory), *arguments]
    return subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def wait_until(holds: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it never came so far"
        time.sleep(0.02)
