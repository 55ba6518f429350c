"""Every place where a secret may stand holds one, and everything that the tool says or writes is searched for them.

The places come from the schemas: a new field is in here without anybody thinking of it. `test_artifacts` lives the
life of a project with people in its rows; this one asks where values come from: the environment, --var, Alice's staff.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from provisioner.manifests.schema_validator import schema
from provisioner.resources import COLLECTIONS, KINDS, Telephone, Text
from tests.operator import Operator

from .echoing import Echo
from .test_artifacts import NUMBERS, Artifacts, echo, written
from .test_artifacts import operator as operator

__all__ = ["echo"]  # a fixture

WINDOW = {"daily_start_time": "08:00", "daily_stop_time": "17:00"}
DATES = {"startingdate": "2027-01-10T08:00:00+07:00", "expirationdate": "2027-01-30T17:00:00+07:00"}
# What cannot be a text of the environment: keys, references, dates. One resource of every collection.
SKELETON: dict[str, dict[str, Any]] = {
    "surveys": {"hello": {"sections": [{"key": "hi", "type": "play_message"}]}},
    "phonebooks": {"vip": {"contacts": {"rows": [{"contact": "0934890991"}]}}},
    "dnc_lists": {"out": {"numbers": ["0934890992"]}},
    "campaigns": {
        "seal": {"survey": "hello", "phonebooks": ["vip"], "gateway": "Ours", "frequency": 10, "status": "started"}
        | DATES
        | WINDOW,
        "rest": {"survey": "hello", "phonebooks": ["vip"], "gateway": "Ours", "frequency": 5} | DATES | WINDOW,
    },
    "calendar_settings": {"clinic": {"survey": {"campaign": "seal"}, "gateway": "Ours", "call_timeout": 60}},
    "calendar_users": {"bot": {"calendar_setting": "clinic"}},
    "calendars": {"clinic": {"user": "bot"}},
    "events": {
        "checkup": {
            "start": "2027-02-15T09:30:00+07:00",
            "end": "2027-02-15T10:00:00+07:00",
            "calendar": "clinic",
        }
    },
    "alarms": {"checkup": {"event": "checkup", "date_start_notice": "2027-02-14T09:00:00+07:00"}},
}


class Canaries:
    """Words that occur nowhere else, by the variable that holds them."""

    def __init__(self) -> None:
        self.held: dict[str, str] = {}
        self.fixed: set[str] = set()  # what nothing can be changed in afterwards
        self.unasked: set[str] = set()  # what `get` and `export` show only when asked for people's data, or never
        self._numbers = iter(NUMBERS)

    def new(self, field: Any) -> str:
        """A reference to a new one, of the sort that a field takes."""
        index = len(self.held)
        word = next(self._numbers) if isinstance(field, Telephone) else f"Zaunkoenig{index:03}x"
        variable = f"CANARY_{index:03}"
        self.held[variable] = word
        if field is not None and (field.sensitive or (isinstance(field, Text) and field.personal)):
            self.unasked.add(word)
        return f"${{env.{variable}}}"


def filled(node: dict[str, Any], skeleton: Any, canaries: Canaries, kind: str, name: str = "") -> Any:
    """The skeleton with a canary in every place that takes one."""
    for branch in node.get("anyOf", ()):
        if isinstance(skeleton, dict if branch.get("type") == "object" else list if "items" in branch else str):
            node = branch
    if isinstance(skeleton, list):
        return [filled(node["items"], each, canaries, kind, name) for each in skeleton]
    if not isinstance(skeleton, dict):
        return skeleton
    found = dict(skeleton)
    for each, inner in node["properties"].items():
        if each in skeleton:
            found[each] = filled(inner, skeleton[each], canaries, _child(kind, each), each)
        elif inner.get("x-env") is True:
            field = next((f for f in KINDS[kind].fields if f.name == each), None)
            said = canaries.new(field)
            if kind == "calendar_user":
                canaries.fixed.add(said[6:-1])
            found[each] = f"Xin {{{said}}}" if each == "script" else said
    return found


def _child(kind: str, name: str) -> str:
    return {"sections": "section"}.get(name, kind)


def manifest(canaries: Canaries) -> dict[str, Any]:
    """A project of every kind."""
    return {
        name: {
            key: filled(schema(COLLECTIONS[name].name), body, canaries, COLLECTIONS[name].name)
            for key, body in bodies.items()
        }
        for name, bodies in SKELETON.items()
    }


def seen_in(artifacts: Artifacts, words: list[str], more: Path | None = None) -> list[str]:
    """Where one of the words comes out, in whatever form."""
    forms = {word: {form.casefold().encode() for form in written(word.removeprefix("0"))} for word in words}
    places = [*artifacts.everything()]
    if more:
        places += [(str(path), path.read_bytes()) for path in more.rglob("*") if path.is_file()]
    return [
        f"{word} in {name}: ...{text[max(0, text.find(form) - 80) : text.find(form) + 40]!r}"
        for name, content in places
        for text in [content.decode(errors="replace").casefold().encode()]
        for word, each in forms.items()
        for form in each
        if form in text
    ]


def test_no_value_of_the_environment_comes_out_anywhere(operator: Operator, echo: Echo, tmp_path: Path) -> None:
    canaries = Canaries()
    project = manifest(canaries)
    assert len(canaries.held) >= 24, "the schemas have lost their places"
    operator.environ.update(canaries.held)
    operator.write("main.yaml", json.dumps(project))
    (operator.directory / "vip.csv").unlink()
    artifacts = Artifacts(operator, tmp_path)
    saved = str(tmp_path / "reports" / "p.plan")
    artifacts.run("validate")
    artifacts.run("plan", "--out", saved)
    artifacts.run("show", saved)
    artifacts.run("apply", saved, "--allow-calls")
    operator.demand_nothing_to_do()
    changed = dict(canaries.held)
    for name, word in changed.items():
        changed[name] = word if word in NUMBERS or name in canaries.fixed else word[:-1] + "y"
    for mode in ("fields", "changed", "page"):
        echo.mode = mode
        artifacts.run(
            "apply", "--auto-approve", "--on-error", "continue", "--timeout", "1", code=(0, 3, 4), environ=changed
        )
    echo.mode = None
    [event] = operator.simulator.objects("event")
    operator.simulator.change("event", event["id"], title="Rotkehlchen")
    _everything_that_reads(artifacts, tmp_path / "reports" / "status.html")
    assert _shown_by_get_and_export(operator, tmp_path / "export", [*canaries.unasked, "Rotkehlchen"]) == []
    operator.write("main.yaml", json.dumps(_literal(project, canaries)))
    artifacts.run("plan")
    artifacts.run("drift")
    operator.write("main.yaml", "")
    artifacts.run("plan", "--prune", "--max-remove-percent", "100")
    artifacts.run("check", code=(0, 3))
    assert seen_in(artifacts, sorted({*canaries.held.values(), *changed.values(), "Rotkehlchen"})) == []


def _shown_by_get_and_export(operator: Operator, place: Path, words: list[str]) -> list[str]:
    """These show names as Alice has them, but nobody's password, and people's data only to who asks for it."""
    said = operator.succeed("-vv", "get", "calendar-users", "--output", "json")
    exported = operator.succeed("-vv", "export", str(place))
    texts = [said.out + said.err, exported.out + exported.err]
    files = [path for path in place.rglob("*") if path.is_file()]
    assert len(files) >= 3, "nothing was exported"
    texts += [path.read_text("utf-8") for path in files]
    assert len(words) >= 6
    return [word for word in words for text in texts if word.removeprefix("0") in text]


def _everything_that_reads(artifacts: Artifacts, page: Path) -> None:
    artifacts.run("drift")
    artifacts.run("check", code=(0, 3))
    for command in (["doctor"], ["graph"], ["state", "list"], ["stop", "--all"], ["plan"]):
        artifacts.run(*command)
    artifacts.run("status", "--html", str(page))
    artifacts.run("status", "--output", "json")
    artifacts.run("status")
    artifacts.run("status", "--alarms", "--output", "json")
    for collection, bodies in SKELETON.items():
        for key in bodies:
            artifacts.run("state", "show", f"{COLLECTIONS[collection].name}.{key}")


def _literal(node: Any, canaries: Canaries) -> Any:
    """The same project with other texts, written out, where that is possible."""
    if isinstance(node, dict):
        return {name: _literal(each, canaries) for name, each in node.items()}
    if isinstance(node, list):
        return [_literal(each, canaries) for each in node]
    if not (isinstance(node, str) and "${env." in node):
        return node
    variable = node.partition("${env.")[2].partition("}")[0]
    if variable in canaries.fixed:
        return node
    held, index = canaries.held[variable], int(variable[-3:])
    return f"0912345{index:03}" if held in NUMBERS else f"ghi{index:03}"


def test_what_the_command_line_gave_to_a_row_comes_out_nowhere_else(
    operator: Operator, echo: Echo, tmp_path: Path
) -> None:
    """A variable that reached a row, a number or a password is private wherever it stands, alone or inside a text."""
    operator.write(
        "main.yaml",
        """
surveys: {hello: {name: "Chào ${var.who}", description: "gọi ${var.phone}, ${var.brand}", sections: [{key: hi,
  type: play_message, question: Hi, script: "Xin {${var.who}}"}]}}
phonebooks: {vip: {name: VIP, contacts: {rows: [{contact: "${var.phone}", first_name: "${var.who}"}]}}}
dnc_lists: {out: {name: "${var.listed}", numbers: ["${var.listed}"]}}
""",
    )
    (operator.directory / "vip.csv").unlink()
    artifacts = Artifacts(operator, tmp_path)
    given = [f"--var={each}" for each in ("who=Zaunkoenig", "phone=0934890841", "listed=0934890842", "brand=Sichtbar")]
    saved = str(tmp_path / "reports" / "p.plan")
    first = artifacts.run(*given, "plan", "--out", saved)
    artifacts.run(*given, "apply", "--auto-approve")
    operator.write("more.yaml", "surveys: {bad: {name: [x], tts_language: '${var.who}', nonsense: '${var.phone}'}}")
    artifacts.run(*given, "validate", code=1)
    operator.write("more.yaml", "")
    artifacts.run("--var=who=Rotkehlchen", *given[1:], "plan")
    artifacts.run(*given, "state", "show", "survey.hello")
    assert "Sichtbar" not in first.out, "of a text that holds something private nothing is shown"
    assert seen_in(artifacts, ["Zaunkoenig", "Rotkehlchen", "0934890841", "0934890842"]) == []


ELSEWHERE = {
    "a gateway": ("campaigns: {c: {name: C, survey: hi, phonebooks: [vip], gateway: '${var.who}', %s}}", "(sensitive)"),
    "a phonebook": (
        "campaigns: {c: {name: C, survey: hi, phonebooks: [{name: 'x ${var.who}'}], gateway: Ours, %s}}",
        "(sensitive)",
    ),
    "a row file": (
        "phonebooks: {o: {name: O, contacts: {file: '${var.who}.csv', filter: \"name <> '${var.who}'\"}}}",
        "(sensitive):2",
    ),
    "a column": (
        "phonebooks: {o: {name: O, contacts: {file: a.csv, filter: '\"${var.who}\" = name'}}}",
        "--var that is not shown",
    ),
    "a function": (
        "phonebooks: {o: {name: O, contacts: {file: a.csv, filter: '${var.who}(name)'}}}",
        "--var that is not shown",
    ),
}


@pytest.mark.parametrize("where", ELSEWHERE)
def test_what_reached_a_row_is_not_shown_as_a_name_of_something_else(operator: Operator, where: str) -> None:
    text, instead = ELSEWHERE[where]
    operator.write("vip.csv", "contact,first_name\n0934890841,Lan\n")
    operator.write("Zaunkoenig.csv", "contact,name\n12,Lan\n")
    operator.write("a.csv", "contact,name\n0934890842,Lan\n")
    operator.write(
        "main.yaml",
        "surveys: {hi: {name: Hi, sections: [{key: hi, type: play_message, question: Hi, script: Xin}]}}\n"
        "dnc_lists: {out: {name: Out, numbers: [0934890843]}}\n"
        "phonebooks: {vip: {name: VIP, contacts: {rows: [{contact: 0934890844, first_name: '${var.who}'}]}}}\n",
    )
    window = ", ".join(f"{name}: {json.dumps(value)}" for name, value in {**DATES, **WINDOW, "frequency": 5}.items())
    operator.write("more.yaml", text.replace("%s", window))
    said = operator.run("--var=who=Zaunkoenig", "plan")
    assert said.code == 1 and instead in said.err
    assert "zaunkoenig" not in (said.out + said.err).casefold()


def test_a_row_file_that_a_public_variable_names_is_named(operator: Operator) -> None:
    """A path is no cell: which file and which line is what whoever mends it has to know."""
    operator.write("hue.csv", "contact\n12\n")
    operator.write("main.yaml", "phonebooks: {vip: {name: '${var.city}', contacts: '${var.city}.csv'}}\n")
    said = operator.run("--var=city=hue", "plan")
    assert said.code == 1 and "hue.csv:2" in said.err
