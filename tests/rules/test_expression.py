"""What an expression looks at, read from its text: who is not sure takes it for all of a variable."""

from __future__ import annotations

import pytest

from provisioner.resources import KINDS
from provisioner.rules.expression import Mentions, members_of_kind, mentions, misnamed, undefined

ALL = None


@pytest.mark.parametrize(
    ("text", "members"),
    [
        ("resource.frequency <= 20", {"resource": {"frequency"}}),
        ("resource . frequency <= before\n.frequency", {"resource": {"frequency"}, "before": {"frequency"}}),
        ("has(resource.labels.team)", {"resource": {"labels"}}),
        ("resource['frequency'] < rows[\"add\"]", {"resource": {"frequency"}, "rows": {"add"}}),
        ("resource[action] == 1", {"resource": ALL, "action": ALL}),
        ("resource['a\\x62'] == 1", {"resource": ALL}),
        ("size(resource) > 3", {"resource": ALL}),
        ("resource.size() > 3", {"resource": ALL}),
        ("resource.all(k, k != 'x')", {"resource": ALL}),
        ("resource == before", {"resource": ALL, "before": ALL}),
        ("'frequency' in resource", {"resource": ALL}),
        ("[resource].exists(r, r.frequency > 20)", {"resource": ALL}),
        ("{'resource.name': 1}.size() == 1", {}),
        ("'resource' == \"before.x\" || r'\\'  == 'plan.calls'", {}),
        ("plan.calls.campaigns > 0 // resource.name", {"plan": {"calls"}}),
        ("plan.resource.name == 'x'", {"plan": {"resource"}}),
        ("before == null || before.name != resource.name", {"before": ALL, "resource": {"name"}}),
        (".resource.name == 'x'", {"resource": {"name"}}),
        ("true ? .resource.name : ''", {"resource": {"name"}}),
        ("'''x' resource.name ''' == '' && \"\"\"a\n\"resource\" \"\"\" != ''", {}),
        ("r'\\' == resource.name", {"resource": {"name"}}),
        ("'\\'' == resource.name", {"resource": {"name"}}),
    ],
)
def test_what_is_looked_at(text: str, members: dict[str, set[str] | None]) -> None:
    found = mentions(text).members
    assert {name: named if named is None else set(named) for name, named in found.items()} == members


def test_several_expressions_look_at_what_each_of_them_does() -> None:
    found = mentions("resource.name == ''", "resource.frequency > 1 && has(before.name)", "size(before) > 1")
    assert found.members == {"resource": {"name", "frequency"}, "before": None}
    assert found.of("before", ("a", "b")) == {"a", "b"}
    assert found.of("resource", ("name", "status")) == {"name"}
    assert found.of("rows", ("add",)) == set()


def test_names_that_there_are_none_of() -> None:
    found = mentions("[1].all(x, x > y) && nope(resource.name) && [2].exists_one(plan, plan > 1)")
    assert found.bound == {"x", "plan"}
    assert list(undefined(["x", "y", "resource", "plan"], ["_>_", "@in", "nope", "size"], found.bound))[:2] == [
        "calls a member of a list 'plan', which is a variable: call it otherwise",
        "there is no variable 'y'; there are resource, before, action, rows, plan",
    ]
    assert list(undefined([], ["startWith"], ())) == ["there is no function 'startWith', did you mean 'startsWith'?"]


@pytest.mark.parametrize(
    ("kind", "text", "message"),
    [
        ("campaign", "has(resource.freqency)", "a campaign has no field 'freqency', did you mean 'frequency'?"),
        ("phonebook", "resource.frequency > 1", "a phonebook has no field 'frequency'"),
        ("", "resource.frequency > 1", None),
        ("", "resource.nothing > 1", "resource has no 'nothing'"),
        ("campaign", "has(before.labels)", "before has no 'labels'"),
        ("campaign", "rows.added > 1", "rows has no 'added', did you mean 'add'?"),
        ("campaign", "plan.call > 1", "plan has no 'call', did you mean 'calls'?"),
        ("campaign", "resource.labels.any == plan.calls.campaigns || action == 'x'", None),
    ],
)
def test_fields_that_nothing_can_have(kind: str, text: str, message: str | None) -> None:
    told = list(misnamed(mentions(text), kind))
    assert told == [] if message is None else told[0].startswith(message)


def test_rows_are_no_member_of_a_resource() -> None:
    for name in ("phonebook", "dnc_list", "calendar"):
        assert {"contacts", "numbers", "appointments"}.isdisjoint(members_of_kind(KINDS[name]))
    assert {"purpose", "dnc_lists", "labels", "key"} <= members_of_kind(KINDS["campaign"])
    assert Mentions({}).of("resource", ("name",)) == set()
