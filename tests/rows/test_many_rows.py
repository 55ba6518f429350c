"""A hundred thousand contacts against the simulator, from the first apply to a day's changes."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from provisioner.simulator.process import Simulator
from tests.factories import NOW, alice
from tests.operator import Operator

MANY = 100_000
PROJECT = alice("many")


def declare(operator: Operator, numbers: range, changed: range) -> None:
    """The rows of those numbers; `changed` ones have another name than they had."""
    lines = (f"0934{n:06d},{'Minh' if n in changed else 'Linh'} {n}\n" for n in numbers)
    operator.write("vip.csv", "contact,first_name\n" + "".join(lines))


@pytest.mark.long
def test_a_hundred_thousand_contacts_are_made_and_kept_up_to_date(simulator: Simulator, tmp_path: Path) -> None:
    simulator.reset(now=NOW, page_size=1000)
    operator = Operator(tmp_path, simulator, now=NOW)
    operator.write("alice.yaml", PROJECT.format(endpoint=simulator.endpoint))
    operator.write("main.yaml", "phonebooks:\n  vip: {name: VIP, contacts: vip.csv}\n")
    before = simulator.counts()["contact"]
    declare(operator, range(MANY), changed=range(0))
    assert f"{MANY} added" in operator.apply().out
    sent = Counter((request["method"], request["path"].split("/")[2]) for request in simulator.writes())
    assert sent == {("POST", "phonebook"): 1, ("POST", "bulkcontact"): MANY // 1000}
    assert simulator.counts()["contact"] - before == MANY

    simulator.clear_requests()
    declare(operator, range(30, MANY + 40), changed=range(500, 550))
    document = json.loads(operator.apply("--output", "json").out)
    (rows,), (outcome,) = document["rows"], document["outcomes"]
    assert (rows["add"], rows["change"], rows["remove"], rows["unchanged"]) == (40, 50, 30, MANY - 80)
    assert outcome["message"] == "40 added, 50 changed, 30 deactivated"
    assert len(simulator.writes()) == 1 + 50 + 30
    live = simulator.objects("contact", status=0)
    assert {row["contact"] for row in live} >= {f"0934{n:06d}" for n in range(30)}
    assert simulator.counts()["contact"] - before == MANY + 40
    operator.demand_nothing_to_do()
