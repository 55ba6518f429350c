"""What makes a plan file stale, as values: the contents of two plans against each other."""

from __future__ import annotations

import time
from typing import Any

import deepdiff
import pytest

from provisioner.cli.stale import SHOWN, ReviewedPlan, differences
from provisioner.model import SENSITIVE, Address
from provisioner.plan.model import Action, Change, FieldChange, Plan
from tests.factories import NOW

SCRIPT = "Xin chào quý khách, đây là tổng đài chăm sóc khách hàng của chúng tôi. Nhấn phím một để nghe lại."


def agreed(rows: dict[str, Any] | None = None, /, **fields: dict[str, Any]) -> ReviewedPlan:
    """`campaign_tet={"frequency": 10}` is an update of campaign.tet; hashes tell values apart, and nothing else."""
    addresses = {name: Address(*name.split("_", 1)) for name in fields}
    changes = tuple(
        Change(addresses[name], Action.UPDATE, tuple(FieldChange(path, None, v) for path, v in values.items()))
        for name, values in fields.items()
    )
    contents = {
        str(addresses[name]): {
            "action": "update",
            "id": 7,
            "calls": False,
            "status": None,
            "references": {},
            "fields": {path: f"hash of {value}" for path, value in values.items()},
        }
        for name, values in fields.items()
    }
    plan = Plan("1", "p", "default", "http://127.0.0.1", NOW, changes=changes)
    return ReviewedPlan(plan, {"changes": contents, "rows": rows or {}})


def test_every_difference_by_address_field_and_value() -> None:
    def counted(add: int, digest: str) -> dict[str, Any]:
        return {"phonebook.vip": {"id": 1, "add": add, "change": 0, "remove": 0, "calls": 0, "digest": digest}}

    saved = agreed(counted(3, "x"), campaign_tet={"frequency": 10, "phonebooks": ("a", "b"), "name": "Tet"})
    today = agreed(counted(4, "y"), campaign_tet={"frequency": 20, "phonebooks": ("a", "b", "c"), "callerid": "1900"})
    assert differences(saved, today) == [
        'campaign.tet callerid: "1900" was not planned',
        "campaign.tet frequency: 10 -> 20",
        'campaign.tet name: "Tet" was planned, is no longer needed',
        'campaign.tet phonebooks: + "c" (2 unchanged)',
        "rows of phonebook.vip: 3 -> 4 to add",
    ]


def test_a_long_text_by_its_words() -> None:
    saved, today = (agreed(section_a={"script": text}) for text in (SCRIPT, SCRIPT.replace("phím một", "phím hai")))
    assert differences(saved, today) == [
        'section.a script: "...tôi. Nhấn phím một để nghe lại." -> "...tôi. Nhấn phím hai để nghe lại."'
    ]


def test_a_secret_is_another_one_and_that_is_all() -> None:
    saved, today = (agreed(survey_a={"name": SENSITIVE}) for _ in range(2))
    today.contents["changes"]["survey.a"]["fields"]["name"] = "another hash"
    assert differences(saved, today) == ["survey.a name: another value (sensitive)"]


def test_of_ten_thousand_only_what_is_told_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    explained = []
    one = deepdiff.DeepDiff

    def counted(*values: Any, **options: Any) -> Any:
        explained.append(values)
        return one(*values, **options)

    monkeypatch.setattr(deepdiff, "DeepDiff", counted)
    saved, today = (agreed(**{f"campaign_k{n}": {"frequency": x} for n in range(10_000)}) for x in (10, 20))
    begun = time.process_time()
    told = differences(saved, today)
    assert time.process_time() - begun < 1
    assert told[SHOWN:] == ["and 9,990 more"] and len(explained) == SHOWN
