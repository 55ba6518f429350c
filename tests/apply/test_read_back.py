"""What comes back of many writes is read as seldom as the server's answers can be believed, and never less."""

from __future__ import annotations

import pytest

from provisioner.simulator.process import Simulator
from tests.apply.conftest import MANY, books, sections
from tests.factories import campaign, survey
from tests.operator import Operator

WORKERS = 4
AT_ONCE = ("--parallelism", str(WORKERS))
LONG = "D" * 40  # as much of a description as a server keeps that cuts it


def asked(simulator: Simulator, method: str, path: str, *, one: bool) -> int:
    """How many requests there were about a collection, or about one object of it."""
    found = [each["path"].strip("/").split("/") for each in simulator.requests() if each["method"] == method]
    return sum((parts[-2:-1] if one else parts[-1:]) == [path] for parts in found)


def made(simulator: Simulator) -> int:
    return sum(each["name"].startswith("Book ") for each in simulator.objects("phonebook"))


def applied(operator: Operator, manifest: str) -> None:
    operator.write("manifest.yaml", manifest)
    operator.simulator.clear_requests()
    operator.apply(*AT_ONCE)


def test_answers_that_show_what_a_reading_shows_are_not_read_again(operator: Operator) -> None:
    applied(operator, books())
    assert asked(operator.simulator, "POST", "phonebook", one=False) == MANY
    assert 1 <= asked(operator.simulator, "GET", "phonebook", one=True) <= WORKERS
    assert made(operator.simulator) == MANY
    operator.demand_nothing_to_do()


@pytest.mark.parametrize("answer", ["id", "sent"])
def test_answers_that_show_anything_else_are_all_read_again(operator: Operator, answer: str) -> None:
    """`sent` shows the script that was sent, and the question is what was stored."""
    operator.simulator.variants(create_answer=answer, put_answer="empty")
    applied(operator, sections())
    assert asked(operator.simulator, "GET", "section-template", one=True) >= 2 * MANY, "after each POST and each PUT"
    scripts = {each["script"] for each in operator.simulator.objects("section-template")}
    assert scripts >= {f"Xin chào {number}" for number in range(MANY)}
    operator.demand_nothing_to_do()


def test_a_put_that_only_seems_to_have_been_done_is_found_out(operator: Operator) -> None:
    applied(operator, books())
    operator.simulator.variants(put_answer="sent", immutable_fields="phonebook.description")
    operator.write("manifest.yaml", books().replace("Number", "No"))
    said = operator.run("apply", "--auto-approve", "--on-error", "continue", "--max-update-percent", "100", *AT_ONCE)
    assert said.code == 4
    assert (
        said.err.count("the server keeps the old value and ignores the new one")
        + said.out.count("the server keeps the old value and ignores the new one")
        >= MANY
    )
    operator.demand_nothing_to_do()


@pytest.mark.parametrize("answer", ["no-id", "empty", "blank"])
def test_what_was_answered_without_an_id_is_looked_for_by_all_who_wait_at_once(operator: Operator, answer: str) -> None:
    """Who waits at once is settled by a server that takes its time; else it is the machine that settles it."""
    operator.simulator.variants(create_answer=answer, faults="slow", fault_rate=1.0, fault_slow=0.03)
    applied(operator, books())
    assert asked(operator.simulator, "GET", "phonebook", one=True) <= WORKERS
    assert asked(operator.simulator, "GET", "phonebook", one=False) < MANY
    assert made(operator.simulator) == MANY
    operator.demand_nothing_to_do()


@pytest.mark.parametrize(("kept", "puts"), [("question", MANY), ("kept", 0)])
def test_a_script_is_put_only_where_another_came_back(operator: Operator, kept: str, puts: int) -> None:
    operator.simulator.variants(script_on_create=kept)
    applied(operator, sections())
    assert asked(operator.simulator, "PUT", "section-template", one=True) == puts
    operator.demand_nothing_to_do()


def test_a_section_that_says_its_question_needs_no_put(operator: Operator) -> None:
    applied(operator, sections(script="Question"))
    assert asked(operator.simulator, "PUT", "section-template", one=True) == 0
    operator.demand_nothing_to_do()


def test_one_value_that_is_kept_otherwise_is_found_in_the_end(operator: Operator) -> None:
    operator.simulator.variants(create_answer="sent", put_answer="sent", descriptions="cut")
    applied(operator, books().replace("Number 17", f"{LONG} and more"))
    assert asked(operator.simulator, "GET", "phonebook", one=True) <= WORKERS
    assert asked(operator.simulator, "GET", "phonebook", one=False) == 2, "by the plan, and in the end"
    operator.demand_nothing_to_do()
    operator.write("manifest.yaml", books().replace("Number", "No").replace("No 17", f"E{LONG}"))
    operator.apply("--max-update-percent", "100", *AT_ONCE)
    operator.demand_nothing_to_do()


@pytest.mark.parametrize("put", ["full", "sent", "empty"])
def test_a_script_that_was_overwritten_behind_an_answer_is_put_right(operator: Operator, put: str) -> None:
    """The first section says its question, so its answer is true; those that follow are believed until the end."""
    operator.simulator.variants(create_answer="sent", put_answer=put)
    applied(
        operator,
        sections(script="Question")
        + """  last:
    name: Last
    sections: [{key: s1, type: play_message, question: Question, script: Another}]
""",
    )
    assert "Another" in [each["script"] for each in operator.simulator.objects("section-template")]
    operator.demand_nothing_to_do()


def test_nothing_rings_after_a_write_that_was_not_done_as_answered(operator: Operator) -> None:
    operator.simulator.variants(put_answer="sent", descriptions="cut")
    others = survey() + campaign(phonebooks="[b17]")
    applied(operator, books().replace("Number 17", LONG) + others)
    changed = books().replace("Number 17", f"{LONG} and more").replace("Number", "No")
    operator.write("manifest.yaml", f"{changed}{others}    status: started\n")
    said = operator.run("apply", "--auto-approve", "--allow-calls", "--max-update-percent", "100", *AT_ONCE)
    assert said.code == 4
    assert "description: the server keeps the old value and ignores the new one" in said.out + said.err
    assert "not tried: phonebook.b17 is not as it was sent" in said.out + said.err
    assert [each["status"] for each in operator.simulator.objects("campaigns")] == [2]
    operator.apply(*AT_ONCE)
    operator.demand_nothing_to_do()
