"""Dependencies as drawings."""

from __future__ import annotations

from provisioner.inspect import graph
from provisioner.model import Address, Reference, Resource, Source


def resource(text: str, settings: dict[str, object] | None = None, **fields: object) -> Resource:
    return Resource(Address.parse(text), fields, Source("a.yaml", 1, 1), settings=settings or {})


RESOURCES = {
    each.address: each
    for each in (
        resource("survey.welcome"),
        resource("section.welcome.hi", survey=Reference("survey", "key", "welcome")),
        resource("phonebook.vip"),
        resource("dnc_list.out"),
        resource(
            "campaign.tet",
            {"dnc_lists": (Reference("dnc_list", "key", "out"),)},
            survey=Reference("survey", "key", "welcome"),
            phonebooks=(Reference("phonebook", "key", "vip"), Reference("phonebook", "id", 5)),
            gateway=Reference("gateway", "name", "Dev"),
        ),
        resource("calendar_setting.clinic", survey=Reference("sealed_survey", "campaign", "tet")),
        resource("calendar_setting.other", survey=Reference("sealed_survey", "key", "welcome")),
    )
}

EDGES = [
    ("section.welcome.hi", "survey.welcome", "survey"),
    ("campaign.tet", "survey.welcome", "survey"),
    ("campaign.tet", "phonebook.vip", "phonebooks"),
    ("campaign.tet", "dnc_list.out", "dnc_lists"),
    ("calendar_setting.clinic", "campaign.tet", "survey"),
    ("calendar_setting.other", "survey.welcome", "survey"),
]


def test_references_to_other_resources_are_edges_and_those_to_the_outside_are_not() -> None:
    assert [(str(source), str(target), path) for source, target, path in graph.edges(RESOURCES)] == EDGES


def test_mermaid_names_every_resource_and_draws_every_edge() -> None:
    lines = graph.mermaid(RESOURCES).splitlines()
    assert lines[0] == "flowchart LR"
    assert '  n1["section.welcome.hi"]' in lines
    assert "  n1 -->|survey| n0" in lines
    assert len(lines) == 1 + len(RESOURCES) + len(EDGES)


def test_dot_names_every_resource_and_draws_every_edge() -> None:
    text = graph.dot(RESOURCES)
    assert text.startswith("digraph project {\n")
    assert '  "campaign.tet" -> "phonebook.vip" [label="phonebooks"];\n' in text
    assert text.endswith("}\n")


def test_an_empty_project_is_an_empty_drawing() -> None:
    assert graph.mermaid({}) == "flowchart LR\n"
