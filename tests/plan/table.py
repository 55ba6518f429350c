"""Tables of plans: what is desired, live and recorded, and the options, beside the text of the plan that is right.

A row begins with `applied`, the manifest that was applied last: from it come what is live and what is recorded, which
`live` and `recorded` then edit, as other people and other machines do. `desired` is the manifest of today; left out, it
is still the same. The plan is compared as doctest compares: blanks and line breaks count as one blank, and `...`
stands for any text, or none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from doctest import ELLIPSIS, NORMALIZE_WHITESPACE, Example, OutputChecker
from functools import cache
from textwrap import dedent
from typing import Any

import pytest

from provisioner.errors import Diagnostic, PlanError, UsageError
from provisioner.model import Address, Finding, Recorded, Unknown
from provisioner.plan.model import Plan, RowChange
from provisioner.plan.options import PlanOptions
from provisioner.plan.unsettled import Creation
from provisioner.reports import lines, sentences
from provisioner.reports.detail import CONCISE, paint
from provisioner.stop_marks import Mark, Marks
from tests.factories import (
    ENDPOINT,
    NOW,
    US,
    Account,
    alice,
    campaign,
    manifest,
    phonebook,
    plan_of,
    project_of,
    survey,
)
from tests.strange import demand_told

Edit = Callable[[Account], None]
HOW = ELLIPSIS | NORMALIZE_WHITESPACE


# What others have done on Alice since the last apply, and what the server shows


def there(kind: str, remote_id: int, owner: str | None = US, /, **fields: Any) -> Edit:
    """There is one more object of that kind, ours if nothing else is said."""
    return lambda account: account.add(kind, remote_id, owner, **fields)


def changed(address: str, **fields: Any) -> Edit:
    """Somebody has changed it."""
    return lambda account: account.change(address.partition(".")[0], account.id_of(address), **fields)


def gone(*addresses: str) -> Edit:
    """Somebody has deleted it."""

    def edit(account: Account) -> None:
        for each in addresses:
            account.remove(each.partition(".")[0], account.id_of(each))

    return edit


def hidden(kind: str, *fields: str) -> Edit:
    """The server does not show these fields of any of the kind."""
    return lambda account: account.hide(kind, *fields)


def unlisted(kind: str) -> Edit:
    """The server refuses to list the kind."""
    return lambda account: account.unlisted.update({kind: "403"})


def refused(address: str) -> Edit:
    """The list does not show it, and the server refuses to say by its id whether it is there."""

    def edit(account: Account) -> None:
        gone(address)(account)
        account.refused[address.partition(".")[0], account.id_of(address)] = Unknown("403")

    return edit


def allows(kind: str, *verbs: str) -> Edit:
    """OPTIONS says that these verbs are allowed, and no other."""
    return lambda account: account.verbs.update({kind: frozenset(verbs)})


def left_subscribers(address: str) -> Edit:
    """A start has left something behind that proves it."""
    return lambda account: account.dialled.add((address.partition(".")[0], account.id_of(address)))


def doubtful(address: str) -> Edit:
    """What a start would have left behind cannot be read."""

    def edit(account: Account) -> None:
        account.doubtful[address.partition(".")[0], account.id_of(address)] = Unknown("403")

    return edit


def users(*names: str) -> Edit:
    """Who we are, in the forms that are known."""

    def edit(account: Account) -> None:
        account.users = frozenset(names)

    return edit


# What is recorded


def forgotten(*addresses: str) -> Edit:
    """Nothing is recorded of these; without any, of nothing."""

    def edit(account: Account) -> None:
        for each in tuple(map(Address.parse, addresses)) or tuple(account.recorded):
            del account.recorded[each]

    return edit


def noted(address: str, **notes: Any) -> Edit:
    """Something else is recorded of it; `fields` besides the others."""

    def edit(account: Account) -> None:
        record: Recorded = account.recorded[Address.parse(address)]
        fields = {**record.fields, **notes.get("fields", {})}
        account.recorded[record.address] = replace(record, **{**notes, "fields": fields})

    return edit


def unset(address: str, *names: str) -> Edit:
    """Nothing is recorded of these fields; without any, of none."""

    def edit(account: Account) -> None:
        record: Recorded = account.recorded[Address.parse(address)]
        fields = {name: value for name, value in record.fields.items() if names and name not in names}
        account.recorded[record.address] = replace(record, fields=fields)

    return edit


def sealed(address: str, **digests: str) -> Edit:
    """Of these fields only keyed hashes are recorded, made with a key that nobody has any more."""

    def edit(account: Account) -> None:
        record: Recorded = account.recorded[Address.parse(address)]
        fields = {name: value for name, value in record.fields.items() if name not in digests}
        account.recorded[record.address] = replace(record, fields=fields, digests={**record.digests, **digests})

    return edit


@dataclass(frozen=True)
class Case:
    """One row of a table."""

    title: str
    plan: str
    applied: str = ""
    desired: str | None = None
    live: tuple[Edit, ...] = ()
    recorded: tuple[Edit, ...] = ()
    options: str = ""
    settings: Mapping[str, object] = field(default_factory=dict)
    now: datetime = NOW
    rows: Mapping[str, RowChange] = field(default_factory=dict)
    stopped: tuple[Mark, ...] = ()
    absent: tuple[str, ...] = ()
    lost: Mapping[str, Creation] = field(default_factory=dict)

    def check(self) -> None:
        """The plan is the expected one."""
        text, expected = self.text(), re.sub(r"(?<!\.)\s*\.\.\.\s*", "...", f"{dedent(self.plan).strip()}\n")
        checker = OutputChecker()
        if not checker.check_output(expected, text, HOW):
            pytest.fail(f"{self.title}\n{checker.output_difference(Example('', expected), text, HOW)}", pytrace=False)

    def text(self) -> str:
        """The plan as text, or why there is none."""
        settings = alice(endpoint=ENDPOINT, **self.settings)
        account = _applied(self.applied, settings).copy()
        for edit in (*self.live, *self.recorded):
            edit(account)
        desired = project_of(self.applied if self.desired is None else self.desired, settings)
        lost = {Address.parse(address): creation for address, creation in self.lost.items()}
        try:
            executable = plan_of(
                *(desired, account, options_of(self.options)),
                now=self.now,
                rows=self.rows,
                marks=Marks(self.stopped),
                absent=self.absent,
                lost=lost,
            )
        except PlanError as error:
            return "".join(f"{_placeless(each)}\n" for each in error.diagnostics)
        except UsageError as error:
            return "".join(f"{line}\n" for line in error.lines)
        demand_told(executable.plan)
        return "".join(f"{line}\n" for line in told(executable.plan))


@cache
def _applied(text: str, settings: str) -> Account:
    return Account.applied(project_of(text, settings))


def table(*cases: Case) -> Callable[[Case], None]:
    """A test that checks every row of a table; a row is called by what it says."""

    @pytest.mark.parametrize("case", cases, ids=[case.title for case in cases])
    def test(case: Case) -> None:
        case.check()

    return test


def case(title: str, plan: str, **facts: Any) -> Case:
    """A row: what it says, the plan, and the facts that the plan is made of (see `Case`)."""
    edits = {name: tuple(facts.pop(name)) for name in ("live", "recorded") if name in facts}
    return Case(title, plan, **edits, **facts)


def tet(*pieces: str, **fields: object) -> str:
    """A campaign that calls one number with a survey of one section, and what else is declared."""
    return manifest(survey(), phonebook("vip", "0934890821"), campaign(**fields), *pieces)


def rows(**counts: int) -> RowChange:
    """What becomes of rows: `add`, `change`, `remove`, `unchanged`."""
    return RowChange(Address("phonebook", "any"), **counts)


FLAGS = ("--prune", "--allow-replace", "--allow-calls")
LISTS = {"--target": "targets", "--exclude": "excludes", "--restart": "restarts"}


def options_of(text: str) -> PlanOptions:
    """Planning options as they are written on the command line."""
    found: dict[str, Any] = dict.fromkeys(LISTS.values(), ())
    words = iter(text.split())
    for word in words:
        if word in FLAGS:
            found[_name(word)] = True
        elif word in LISTS:
            found[LISTS[word]] += (Address.parse(next(words)),)
        else:
            found[_name(word)] = int(next(words))
    return PlanOptions(**found)


def _name(option: str) -> str:
    return option.removeprefix("--").replace("-", "_")


def told(plan: Plan) -> Iterator[str]:
    """The lines of the text report, without its header and titles, and findings without their places."""
    style, findings = paint(False), [replace(each, source=None) for each in plan.findings]
    yield from lines.change_lines(plan.changes, style, CONCISE)
    yield from (f"rows of {line}" for line in lines.row_lines(_moving(plan.rows), style, CONCISE))
    yield from (f"deferred {line}" for line in lines.deferred_lines(plan.deferred, CONCISE))
    yield from (f"drift {line}" for line in _drift(plan))
    yield from lines.finding_lines(_worst_first(findings), style, CONCISE)
    yield from lines.refusal_lines(plan.refusals, style, CONCISE)
    if plan.empty:
        yield sentences.summary(plan)
    if plan.rings:
        yield sentences.rings(plan)


def _moving(changes: Iterable[RowChange]) -> list[RowChange]:
    return [each for each in changes if each.writes]


def _worst_first(findings: Iterable[Finding]) -> list[Finding]:
    return sorted(findings, key=lambda each: ("error", "warning", "info").index(each.severity))


def _drift(plan: Plan) -> Iterator[str]:
    for each in plan.drift:
        yield f"{each.address}: {sentences.drifted(each)}"


def _placeless(diagnostic: Diagnostic) -> Diagnostic:
    return replace(diagnostic, source=None)
