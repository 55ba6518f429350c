"""What is alike is said once, what stands out by itself, and nothing that rings or goes is lost in a group."""

from __future__ import annotations

from dataclasses import replace

import pytest

from provisioner.model import Address, Finding
from provisioner.plan.model import Action, Change, FieldChange, Plan, RowChange
from provisioner.reports import REPORTS, Run
from provisioner.reports.grouping import ALIKE, AlikeGroup, grouped_changes, grouped_findings
from provisioner.sensitive import Hidden, Origin

from .published import Page
from .samples import NOTHING

MANY = 50


def campaign(number: int) -> Address:
    return Address("campaign", f"c{number:02}")


def change(
    number: int, *fields: FieldChange, action: Action = Action.UPDATE, calls: bool = False, reason: str = ""
) -> Change:
    return Change(campaign(number), action, fields, calls, reason)


def faster(number: int, before: int, after: int, calls: bool = False) -> Change:
    return change(number, FieldChange("frequency", before, after), calls=calls)


OUTLIER = 37
FASTER = tuple(
    faster(number, 13, 99) if number == OUTLIER else faster(number, number + 10, number + 11) for number in range(MANY)
)


def report(name: str, plan: Plan) -> str:
    return REPORTS[name].render(Run(plan), False)


def planned(*changes: Change, findings: tuple[Finding, ...] = (), rows: tuple[RowChange, ...] = ()) -> Plan:
    return replace(NOTHING, changes=changes, findings=findings, rows=rows)


def test_many_alike_are_one_line_and_the_outlier_is_shown() -> None:
    text = report("text", planned(*FASTER))
    assert (
        "  ~   49 campaigns: campaign.c00, campaign.c01, campaign.c02, campaign.c03, campaign.c04 and 44 more\n"
        "        frequency: +1 in each\n"
        "  ~   campaign.c37\n"
        "        frequency: 13 -> 99\n"
    ) in text
    assert "Plan: 0 to create, 50 to update" in text and "`--output full` shows all" in text
    assert len(text.splitlines()) < 12
    markdown = report("markdown", planned(*FASTER))
    assert "50 changes, in order" in markdown and "frequency: +1 in each" in markdown
    assert "~   campaign.c37\n      frequency: 13 -> 99" in markdown
    assert all(str(each.address) in markdown for each in FASTER)


def test_the_full_report_and_the_json_group_nothing() -> None:
    full, json = report("full", planned(*FASTER)), report("json", planned(*FASTER))
    assert full.count("frequency: ") == MANY and "in each" not in full
    assert json.count('"address"') == MANY


def test_few_alike_read_as_they_did() -> None:
    few = FASTER[: ALIKE - 1]
    assert grouped_changes(few) == list(few)
    assert report("text", planned(*few)).count("frequency: ") == ALIKE - 1


@pytest.mark.parametrize(
    ("befores", "after", "said"),
    [
        ([10] * 8, 12, "frequency: 10 -> 12"),
        ([10, 20, 30, 40, 50, 60, 70, 80], 5, "frequency: to 5 in each"),
    ],
)
def test_what_they_have_in_common_is_said(befores: list[int], after: int, said: str) -> None:
    text = report("text", planned(*(faster(number, before, after) for number, before in enumerate(befores))))
    assert said in text and "8 campaigns: " in text


@pytest.mark.parametrize("action", [Action.DELETE, Action.REPLACE])
def test_what_goes_is_in_no_group(action: Action) -> None:
    changes = tuple(change(number, action=action) for number in range(MANY))
    for name in ("text", "markdown", "html"):
        text = report(name, planned(*changes))
        assert all(str(each.address) in text for each in changes), name
    assert grouped_changes(changes) == list(changes)


def test_what_rings_is_named_by_address_and_marked() -> None:
    changes = tuple(faster(number, 10, 11, calls=number % 2 == 0) for number in range(MANY))
    text = report("text", planned(*changes))
    [ringing, quiet] = [line for line in text.splitlines() if " campaigns: " in line]
    assert ringing.endswith("(rings)") and all(str(each.address) in ringing for each in changes if each.calls)
    assert "(rings)" not in quiet and "and 20 more" in quiet
    many = tuple(faster(number, 10, 11, calls=True) for number in range(200))
    assert "and 150 more (rings)" in report("text", planned(*many))


def test_another_reason_another_field_another_kind_is_another_group() -> None:
    changes = [
        *(change(number, FieldChange("frequency", 1, 2), reason="resumed") for number in range(ALIKE)),
        *(change(number, FieldChange("frequency", 1, 2)) for number in range(ALIKE)),
        *(change(number, FieldChange("callerid", None, "1900")) for number in range(ALIKE)),
        *(Change(Address("survey", f"s{n}"), Action.UPDATE, (FieldChange("name", "a", "b"),)) for n in range(ALIKE)),
    ]
    groups = grouped_changes(changes)
    assert [len(each.members) for each in groups if isinstance(each, AlikeGroup)] == [ALIKE] * 4 and len(groups) == 4


def test_what_is_not_shown_is_grouped_by_what_is_shown_alone() -> None:
    def secret(number: int) -> Hidden:
        return Hidden(f"secret-{number}", Origin.ENVIRONMENT)

    changes = [change(n, FieldChange("description", secret(n), secret(n + 1))) for n in range(ALIKE)]
    text = report("text", planned(*changes))
    assert "description: (sensitive) -> (sensitive)" in text and "secret-" not in text


def finding(number: int, severity: str = "info", message: str = "its survey was sealed") -> Finding:
    return Finding("frozen", severity, message, campaign(number))


def test_the_same_remark_is_said_once_with_its_addresses() -> None:
    plan = planned(findings=tuple(map(finding, range(MANY))))
    text = report("text", plan)
    first = "campaign.c00, campaign.c01, campaign.c02, campaign.c03, campaign.c04"
    assert text.count("its survey was sealed") == 1
    assert f"  info: its survey was sealed ({first} and 45 more) [frozen]\n" in text
    page = Page(report("markdown", plan))
    [_, row] = page.rows
    assert row[2:] == ["its survey was sealed", "frozen"] and "and 45 more" in row[1]
    for name in ("markdown", "html"):
        found = report(name, plan)
        assert found.count("its survey was sealed") == 1 and all(str(campaign(n)) in found for n in range(MANY))
    assert report("json", plan).count("its survey was sealed") == MANY


@pytest.mark.parametrize("severity", ["error", "warning"])
def test_what_hinders_is_said_for_each(severity: str) -> None:
    findings = tuple(finding(number, severity) for number in range(MANY))
    assert grouped_findings(findings) == list(findings)
    assert report("text", planned(findings=findings)).count("its survey was sealed") == MANY


def test_rows_that_stay_are_counted() -> None:
    books = [RowChange(Address("phonebook", f"b{number:02}"), unchanged=100) for number in range(MANY)]
    plan = planned(rows=(replace(books[0], add=1, calls=1), replace(books[1], invalid=2), *books[2:]))
    text = report("text", plan)
    assert "phonebook.b00: 1 row to add" in text and "phonebook.b01: " in text and "phonebook.b02" not in text
    assert "... and 48 more phonebooks: 0 rows to add, 0 to change, 0 to deactivate, 4,800 unchanged\n" in text
    for name in ("markdown", "html"):
        assert "Of 48 lists nothing changes: 4,800 rows unchanged." in report(name, plan)
        assert "phonebook.b02" not in report(name, plan)
    assert "phonebook.b02" in report("full", plan)
    few = planned(rows=tuple(books[: ALIKE - 1]))
    assert report("text", few).count("phonebook.b") == ALIKE - 1
