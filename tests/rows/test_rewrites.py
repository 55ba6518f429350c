"""Servers that rewrite rows, over HTTP: a plan is at rest after one apply, changes are noticed, nothing doubles.

See docs/alice-api.md#values-that-come-back-changed.
"""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from provisioner.simulator.process import Simulator
from tests.factories import NOW
from tests.operator import Operator
from tests.rows.test_upload import CAMPAIGN, PROJECT, Book, Cells, number

COLUMNS = ", variables: [amount]"
LIST = "dnc_lists:\n  opt-outs: {name: Opt-outs, numbers: dnc.csv}\n"


@pytest.fixture
def book(simulator: Simulator, tmp_path: Path) -> Book:
    simulator.reset(now=NOW, page_size=500)
    operator = Operator(tmp_path, simulator, now=NOW)
    operator.write("alice.yaml", PROJECT.format(endpoint=simulator.endpoint))
    return Book(operator)


def people(count: int) -> list[Cells]:
    """Texts that every rule of the simulator changes."""
    return [
        {
            "contact": number(index),
            "email": f"Linh.{index}@Example.vn",
            "first_name": f"nguyễn  'linh' {index} \U0001f600",
            "description": "gọi   lại & hỏi",
            "amount": "0100.50",
        }
        for index in range(count)
    ]


def findings(book: Book, name: str) -> list[dict[str, Any]]:
    return [finding for finding in book.operator.plan()["findings"] if finding["id"] == name]


REWRITES = [
    *[{"row_texts": rule} for rule in ("lower-email", "title-case", "upper-case", "escaped", "collapsed", "cut")],
    *[{"row_texts": rule} for rule in ("ascii", "decomposed", "stripped")],
    {"row_variables": "numbers"},
    {"row_variables": "cut"},
]


@pytest.mark.parametrize("bulk", ["five", "all"])
@pytest.mark.parametrize("variants", REWRITES, ids=lambda each: "=".join(*each.items()))
def test_a_server_that_rewrites_texts_comes_to_rest_after_one_apply(
    book: Book, variants: dict[str, str], bulk: str
) -> None:
    book.simulator.variants(bulk_fields=bulk, **variants)
    book.declare(people(20), settings=COLUMNS)
    book.operator.apply()
    assert len(book.live()) == 20
    book.operator.demand_nothing_to_do()
    shutil.rmtree(book.operator.directory / ".alice")
    book.simulator.clear_requests()
    book.operator.apply()
    assert len(book.simulator.writes()) <= 20, "with a lost state every row once"
    book.operator.demand_nothing_to_do()
    assert len(book.live()) == 20


def test_what_the_server_makes_of_texts_is_told_in_counts(book: Book) -> None:
    book.simulator.variants(row_texts="lower-email")
    book.declare(people(12), settings=COLUMNS)
    book.operator.apply()
    (finding,) = findings(book, "rewritten-rows")
    assert finding["severity"] == "info"
    assert "12 rows" in finding["message"]
    assert "email (lower case)" in finding["message"]
    assert "linh" not in finding["message"].lower()


def test_changes_of_the_source_and_of_staff_are_noticed_all_the_same(book: Book) -> None:
    book.simulator.variants(row_texts="upper-case")
    rows = people(15)
    book.declare(rows, settings=COLUMNS)
    book.operator.apply()
    rows[3]["first_name"] = "minh"
    book.declare(rows, settings=COLUMNS)
    assert [row["change"] for row in book.operator.plan()["rows"]] == [1]
    book.operator.apply()
    book.operator.demand_nothing_to_do()
    touched = book.live()[5]
    book.simulator.change("contact", touched["id"], first_name="Somebody Else")
    assert [row["change"] for row in book.operator.plan()["rows"]] == [1]
    book.operator.apply()
    book.operator.demand_nothing_to_do()
    book.declare(rows[:14], settings=COLUMNS)
    book.operator.apply("--max-remove-percent", "100")
    assert [row["status"] for row in book.live()].count(0) == 1
    book.operator.demand_nothing_to_do()


@pytest.mark.parametrize("rule", ["title-case", "lower-email", "escaped", "collapsed", "cut", "ascii"])
def test_a_rewritten_row_keeps_no_campaign_from_starting(book: Book, rule: str) -> None:
    """One of them is enough to be in the way."""
    book.simulator.variants(row_texts=rule, row_variables="numbers")
    plain = [{**each, "email": f"a{n}@b.vn", "first_name": "An", "description": "", "amount": ""}
             for n, each in enumerate(people(12))]  # fmt: skip
    book.declare([*plain[:11], *people(12)[11:]], settings=COLUMNS, more=CAMPAIGN)
    book.operator.apply()
    (campaign,) = book.simulator.objects("campaigns", name="Tet")
    assert campaign["status"] == 1
    book.operator.demand_nothing_to_do()


@pytest.mark.parametrize(("field", "column"), [("description", "description"), ("additional_vars", "amount")])
def test_a_field_that_the_server_ignores_fails_once_and_is_told(book: Book, field: str, column: str) -> None:
    book.simulator.variants(immutable_fields=f"contact.{field}")
    rows = people(5)
    book.declare(rows, settings=COLUMNS)
    book.operator.apply()
    rows[1] = {**rows[1], column: "777"}
    book.declare(rows, settings=COLUMNS)
    assert book.try_to_apply().code == 4
    book.operator.demand_nothing_to_do()
    (finding,) = findings(book, "not-settable")
    assert "1 row" in finding["message"]
    rows[1] = {**rows[1], column: "778"}
    book.declare(rows, settings=COLUMNS)
    assert book.try_to_apply().code == 4, "another value is tried once more"


@pytest.mark.parametrize("rule", ["digits", "e164", "no-zero"])
@pytest.mark.parametrize("sent", ["national", "e164"])
def test_contacts_whose_number_is_rewritten_are_there_once(book: Book, rule: str, sent: str) -> None:
    book.simulator.variants(phone_text=rule)
    book.operator.write("alice.yaml", PROJECT.format(endpoint=book.simulator.endpoint) + f"number_format: {sent}\n")
    book.declare(people(15), settings=COLUMNS)
    book.operator.apply()
    assert len(book.live()) == 15
    book.operator.demand_nothing_to_do()
    shutil.rmtree(book.operator.directory / ".alice")
    book.operator.demand_nothing_to_do()


@pytest.mark.parametrize("count", [5, 30], ids=["one by one", "in bulk"])
def test_contacts_that_nobody_recognises_are_sent_once_and_fail_once(book: Book, count: int) -> None:
    book.simulator.variants(phone_text="masked", bulk_duplicates="allowed")
    rows = [{"contact": number(index)} for index in range(count)]
    book.declare(rows)
    said = book.try_to_apply()
    assert said.code == 4
    assert "shown with another number than was sent" in said.out
    assert len(book.live()) == count
    assert {row["status"] for row in book.live()} == {1}
    book.operator.demand_nothing_to_do()
    (finding,) = findings(book, "rewritten-numbers")
    assert finding["severity"] == "error"


@pytest.mark.parametrize("create", ["full", "no-id", "empty"])
@pytest.mark.parametrize("rule", ["digits", "e164"])
def test_a_list_whose_numbers_are_rewritten_gets_each_once(book: Book, rule: str, create: str) -> None:
    """A national number is changed by one rule, an international one by the other."""
    book.simulator.variants(dnc_text=rule, create_answer=create)
    numbers = [f"0934{index:06d}" if rule == "e164" else f"+84934{index:06d}" for index in range(12)]
    sent = "national" if rule == "e164" else "e164"
    book.operator.write("alice.yaml", PROJECT.format(endpoint=book.simulator.endpoint) + f"number_format: {sent}\n")
    book.operator.write("dnc.csv", "phone_number\n" + "\n".join(numbers) + "\n")
    book.operator.write("main.yaml", LIST)
    book.operator.apply()
    assert Counter(_on_list(book)).most_common(1)[0][1] == 1
    assert len(_on_list(book)) == 12
    book.operator.demand_nothing_to_do()
    (finding,) = findings(book, "rewritten-numbers")
    assert finding["severity"] == "error"
    assert "12" in finding["message"]
    shutil.rmtree(book.operator.directory / ".alice")
    book.simulator.clear_requests()
    book.operator.apply()
    assert len(book.simulator.writes()) == 1, "with a lost state one number is tried"
    book.operator.demand_nothing_to_do()


def test_a_list_that_has_a_number_in_another_text_gets_it_where_texts_are_kept(book: Book) -> None:
    book.operator.write("dnc.csv", "phone_number\n" + "".join(f"0934{index:06d}\n" for index in range(5)))
    book.operator.write("main.yaml", LIST)
    (made,) = [book.simulator.create("dnc-list", name="Opt-outs")]
    texts = [{"dnc": made["id"], "phone_number": f"+84934{index:06d}"} for index in range(5)]
    book.simulator.create_many("dnc-contact", texts)
    book.operator.apply()
    assert len(_on_list(book)) == 10
    book.operator.demand_nothing_to_do()


def test_a_number_that_staff_took_off_a_list_comes_back(book: Book) -> None:
    book.simulator.variants(dnc_text="e164")
    book.operator.write("dnc.csv", "phone_number\n" + "".join(f"0934{index:06d}\n" for index in range(5)))
    book.operator.write("main.yaml", LIST)
    book.operator.apply()
    (made,) = book.simulator.objects("dnc-list", name="Opt-outs")
    book.simulator.delete("dnc-contact", book.simulator.objects("dnc-contact", dnc=made["id"])[2]["id"])
    assert [row["add"] for row in book.operator.plan()["rows"]] == [1]
    book.operator.apply()
    assert len(_on_list(book)) == 5
    book.operator.demand_nothing_to_do()


def _on_list(book: Book) -> list[str]:
    (made,) = book.simulator.objects("dnc-list", name="Opt-outs")
    return [row["phone_number"] for row in book.simulator.objects("dnc-contact", dnc=made["id"])]
