"""Writes the reference pages, the plan in the README and the table of the checks from what the tool itself goes by.

`make docs` runs it after a change to a schema or a command; with --check it only says whether that was forgotten.

    schemas/*.schema.json      ->  docs/reference.md, every field of every manifest
    the commands of the CLI    ->  docs/commands.md, between the `commands` marks
    plan of examples/quickstart on an empty simulator  ->  README.md, between the `plan` marks
    the checks                 ->  docs/checks/README.md, between the `checks` marks

`make picture` runs it with --picture: the same plan as an HTML page, drawn by chromium -> docs/images/plan.png
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import click

ROOT = Path(__file__).resolve().parent.parent
SCHEMAS = ROOT / "schemas"
REFERENCE = ROOT / "docs" / "reference.md"
README = ROOT / "README.md"
COMMANDS = ROOT / "docs" / "commands.md"
PICTURE = ROOT / "docs" / "images" / "plan.png"
CHECK_INDEX = ROOT / "docs" / "checks" / "README.md"

Node = Mapping[str, Any]

# Fields that look the same wherever they stand; they are explained once.
SHARED = ("for_each", "id", "renamed_from", "labels", "lifecycle")
# Mappings whose keys are the fields of a contact: named, not explained again.
CONTACT_FIELDS = ("columns", "defaults")
# Schemas of what stands inside something else and has a heading of its own all the same.
NESTED = {"section.schema.json": "sections", "policy.schema.json": "policies"}
MANY = 12
SECRET = " May hold `${env.NAME}`."  # what `x-env` of a schema says
# The clock of the demo, so that the dates of the quickstart lie ahead whatever the day.
NOW = datetime.fromisoformat("2027-01-15T09:00:00+07:00")
WIDTH, HEIGHT = 1100, 900
SHOWN_ENDPOINT = "http://127.0.0.1:8765/rest-api"

INTRODUCTION = """\
# Manifest reference

Written by `make docs` from `schemas/`. Change the schemas, not this page.

A project is a folder with `alice.yaml` and any number of other `.yaml` or `.yml` files below it. Each of these holds
one or more of the collections below. Several files may add to one collection. Hidden folders, links to folders outside
the project, and what `.aliceignore` beside `alice.yaml` lists (in the syntax of `.gitignore`) are left out.

- A field that is not declared is not managed: what is on Alice stays.
- A **reference** is the key of a resource of this project, or `{name: ...}` or `{id: ...}` of an object on Alice that
  is not managed here.
- Any value may hold `${var.NAME}` and `${file.PATH}`. `$${` is a literal `${`. A value that is nothing but one `${...}`
  takes the type of its field.
- `${env.NAME}`, a variable of the environment, is a secret: it stands only where a line below says "May hold
  `${env.NAME}`", and is shown nowhere. Keys, references, dates, options and filters have to be seen in a plan, and
  rows are counted by what is in them: these take none. `${env.ALICE_...}`, the tool's own settings and credentials, is
  refused everywhere. A telephone number of the environment is a whole one: `+84${env.REST}` is an error.
- `${file.PATH}` is a text of the project: no hidden file or folder, and nothing that `.gitignore` leaves out.
  With `ALICE_TRUST` it is one that is committed, and git has to be installed.
- Paths are relative to the file that names them and stay inside the project.
- Keys are letters, digits, `-` and `_`. A top-level key that begins with `x-` is ignored: a place for YAML anchors.
"""


# Schemas


@cache
def document(file: str) -> Node:
    """One schema file."""
    return json.loads((SCHEMAS / file).read_text(encoding="utf-8"))  # type: ignore[no-any-return]


def target(node: Node, file: str) -> tuple[str, str]:
    """The file and the path inside it that a `$ref` points at."""
    name, _, pointer = str(node["$ref"]).partition("#")
    return name or file, pointer


def resolved(node: Node, file: str) -> tuple[Node, str]:
    """The node without `$ref` and one-branch `allOf`, and the file it stands in; words beside the `$ref` win."""
    for inner in [node] if "$ref" in node else node.get("allOf", []):
        name, pointer = target(inner, file)
        found: Any = document(name)
        for step in filter(None, pointer.split("/")):
            found = found[step]
        beside = {key: value for key, value in node.items() if key not in ("$ref", "allOf")}
        deeper, place = resolved(found, name)
        return {**deeper, **beside}, place
    return node, file


def branches(node: Node, file: str) -> list[tuple[Node, str]]:
    """The forms a value may take, without `${...}`, which is allowed everywhere."""
    parts = node.get("anyOf", [node])
    return [resolved(part, file) for part in parts if not str(part.get("$ref", "")).endswith("/interpolation")]


def collections() -> Iterator[tuple[str, str, Node]]:
    """(key in a manifest, schema file, schema) of everything that can be declared."""
    for name, node in document("manifest.schema.json")["properties"].items():
        file = node["additionalProperties"]["$ref"]
        yield name, file, document(file)


def collection_of(file: str) -> str:
    """The heading of a schema that has one; '' when its fields are shown where they stand."""
    headings = {each: name for name, each, _ in collections()}
    return {**headings, **NESTED}.get(file, "")


# The words for a value


def words(node: Node, file: str) -> str:
    """What may be written there."""
    found: list[str] = []
    for branch, place in branches(node, file):
        found += [word for word in _branch_words(branch, place) if word not in found]
    return " or ".join(found)


def _branch_words(node: Node, file: str) -> Iterator[str]:
    if "enum" in node:
        values = [f"`{value}`" for value in node["enum"]]
        yield ", ".join(values) if len(values) <= MANY else f"one of {len(values)} codes"
        return
    kinds = [node["type"]] if isinstance(node.get("type"), str) else list(node.get("type", ()))
    if "string" in kinds:
        yield "text"
    elif "integer" in kinds or "number" in kinds:
        yield f"whole number{_range(node)}" if "integer" in kinds else f"number{_range(node)}"
    if "boolean" in kinds and "string" not in kinds:
        yield "`true`, `false`"
    if "array" in kinds:
        yield f"list of {_items(node['items'], file)}"
    if "object" in kinds:
        yield _mapping(node, file)


def _range(node: Node) -> str:
    low, high = node.get("minimum"), node.get("maximum")
    if low is None and high is None:
        return ""
    return f" {low} to {high}" if low is not None and high is not None else f" from {low}" if high is None else ""


def _items(node: Node, file: str) -> str:
    if "$ref" in node:
        name, pointer = target(node, file)
        if not pointer:
            heading = collection_of(name)
            return f"[{heading}](#{heading})" if heading else "mappings"
    item, place = resolved(node, file)
    return words(item, place).replace("mapping of", "mappings of")


def _members_of(node: Node) -> Node:
    """The schema of every member of a mapping with keys of the user's own."""
    found = node.get("additionalProperties")
    return found if isinstance(found, Mapping) else {}


def _mapping(node: Node, file: str) -> str:
    if "properties" not in node:
        found, place = resolved(node.get("propertyNames", {}), file)
        names, _ = branches(found, place)[0]
        if "enum" in names:
            return f"mapping of {', '.join(f'`{name}`' for name in names['enum'])}"
        heading = collection_of(str(_members_of(node).get("$ref", "")))
        return f"mapping of [{heading}](#{heading})" if heading else "mapping"
    keys = ", ".join(f"`{name}`" for name in node["properties"])
    alone = " (one of them)" if node.get("maxProperties") == 1 else ""
    return f"mapping of {keys}{alone}"


# Tables


def rows(node: Node, file: str, prefix: str = "", left_out: tuple[str, ...] = ()) -> Iterator[str]:
    """One line per field, fields of fields after them under a dotted path."""
    required = node.get("required", ())
    for name, raw in node.get("properties", {}).items():
        if name in left_out:
            continue
        field, place = resolved(raw, file)
        needed = " **required**" if name in required else ""
        yield f"| `{prefix}{name}`{needed} | {_cell(words(field, place))} | {_cell(_meaning(field))} |"
        yield from _inner_rows(field, place, f"{prefix}{name}")


def _inner_rows(field: Node, file: str, path: str) -> Iterator[str]:
    if path.rpartition(".")[2] in CONTACT_FIELDS:
        return
    for branch, place in branches(field, file):
        if "array" in str(branch.get("type")) and "properties" not in branch:
            raw = branch["items"]
            if not ("$ref" in raw and collection_of(target(raw, place)[0])):
                item, inside = resolved(raw, place)
                yield from rows(item, inside, f"{path}[].")
        elif "properties" in branch and branch.get("maxProperties") != 1:
            yield from rows(branch, place, f"{path}.")


def _meaning(node: Node) -> str:
    example = next(iter(node.get("examples", ())), None)
    shown = "" if example is None or isinstance(example, bool) else f" Example: `{_written(example)}`"
    secret = SECRET if node.get("x-env") is True else ""
    return f"{node.get('description', '')}{secret}{shown}"


def _written(value: Any) -> str:
    """A value as it is written in YAML's flow style."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_written(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_written, value)) + "]"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False) if value.replace(".", "").lstrip("+").isdigit() else value
    return json.dumps(value)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


HEADER = ("| field | value | meaning |", "| --- | --- | --- |")


def page(heading: str, file: str, left_out: tuple[str, ...] = ()) -> Iterator[str]:
    """One schema: heading, what it is, its fields."""
    node, file = resolved(document(file), file)
    yield from ("", f"## {heading}", "", node["description"], "", *HEADER)
    yield from rows(node, file, left_out=left_out)


def reference() -> str:
    """docs/reference.md."""
    lines = [INTRODUCTION.rstrip(), "", collection_table()]
    lines += page("alice.yaml", "project.schema.json")
    lines += page("policies", "policy.schema.json")
    for name, file, _ in collections():
        lines += page(name, file, (*SHARED, *(("sections",) if name == "sections" else ())))
        if name == "surveys":
            lines += page("sections", "section.schema.json", SHARED)
    lines += ["", "## Fields of every resource", "", "They are for the tool and never sent to Alice.", "", *HEADER]
    campaign = document("campaign.schema.json")
    shared = {**campaign, "properties": {name: campaign["properties"][name] for name in SHARED}}
    lines += rows(shared, "campaign.schema.json")
    return "\n".join(lines) + "\n"


def collection_table() -> str:
    """The collections in one table, each with a link to its fields."""
    lines = ["| collection | what it is | required fields |", "| --- | --- | --- |"]
    for name, _, node in collections():
        required = ", ".join(f"`{each}`" for each in node.get("required", ()))
        lines.append(f"| [`{name}`](#{name}) | {_cell(node['description'])} | {required} |")
    return "\n".join(lines)


# Commands


def command_text() -> str:
    """Every command with every flag."""
    from provisioner.cli.root import root

    context = click.Context(root, info_name="alice-apply")
    lines = ["Before the command:", "", *_flags(root, context)]
    for name in root.list_commands(context):
        command = root.get_command(context, name)
        if command is not None:
            lines += _command(command, context, name)
    return "\n".join(lines).strip()


def _command(command: click.Command, parent: click.Context, name: str) -> Iterator[str]:
    context = click.Context(command, info_name=name, parent=parent)
    group = command if isinstance(command, click.Group) else None
    yield from ("", f"#### `{context.command_path if group else _usage(command, context)}`", "", _help(command))
    flags = [*_flags(command, context), *(_members(group, context) if group else ())]
    if flags:
        yield from ("", *flags)


def _members(group: click.Group, context: click.Context) -> Iterator[str]:
    """Commands of a group in a table; flags that all of them have are said once."""
    members = [
        (name, command) for name in group.list_commands(context) if (command := group.get_command(context, name))
    ]
    records = {name: list(_records(command, click.Context(command, parent=context))) for name, command in members}
    common = [each for each in next(iter(records.values()), []) if all(each in every for every in records.values())]
    if common and len(members) > 1:
        yield "Each of them takes:"
        yield ""
        yield from (f"- `{names}`: {text}" for names, text in common)
        yield ""
    else:
        common = []
    yield from ("| command | does | flags |", "| --- | --- | --- |")
    for name, command in members:
        flags = "<br>".join(f"`{names}` {text}" for names, text in records[name] if (names, text) not in common)
        usage = _usage(command, click.Context(command, info_name=name, parent=context))
        yield f"| `{usage}` | {_cell(_help(command))} | {_cell(flags)} |"


def _usage(command: click.Command, context: click.Context) -> str:
    """`alice-apply get campaigns [ID]`: without the word OPTIONS, which says nothing."""
    pieces = [piece for piece in command.collect_usage_pieces(context) if piece != "[OPTIONS]"]
    return " ".join([context.command_path, *pieces])


def _flags(command: click.Command, context: click.Context) -> Iterator[str]:
    for names, text in _records(command, context):
        yield f"- `{names}`: {text}"


def _records(command: click.Command, context: click.Context) -> Iterator[tuple[str, str]]:
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context) if isinstance(parameter, click.Option) else None
        if record and "--help" not in record[0]:
            yield _names(record[0]), _tidy(record[1])


def _names(text: str) -> str:
    """Click's words for a number are not words for people."""
    return text.replace("INTEGER RANGE", "N").replace("FLOAT RANGE", "N").replace("INTEGER", "N")


def _tidy(text: str) -> str:
    """`Help. [default: 10; x>=1]` as `Help. Default: 10.`; limits are said when they are broken."""
    found = re.fullmatch(r"(.*?)\s*\[([^\[\]]*)\]", " ".join(text.split()))
    if found is None:
        return " ".join(text.split())
    notes = [note.strip() for note in found[2].split(";")]
    said = [f"Default: {note.removeprefix('default:').strip()}." for note in notes if note.startswith("default:")]
    said += ["Required." for note in notes if note == "required"]
    return " ".join([found[1], *said])


def _help(command: click.Command) -> str:
    text = (command.help or command.short_help or "").partition("\f")[0].replace("\b", "")
    return " ".join(text.split())


# Checks


def check_table() -> str:
    """Every check with its title and how bad it is by default, for the index of their pages."""
    from provisioner.checks import CHECKS

    lines = ["| check | default | what should be so |", "| --- | --- | --- |"]
    lines += [f"| [`{each.id}`]({each.id}.md) | {each.severity} | {_cell(each.title)} |" for each in CHECKS.values()]
    return "\n".join(lines)


# The plan


def quickstart_plan(*options: str) -> str:
    """What `plan` says of the quickstart and an account without anything, on the simulator at a fixed time."""
    from provisioner.simulator.process import Simulator

    with Simulator(now=NOW) as simulator, tempfile.TemporaryDirectory() as folder:
        project = Path(folder) / "quickstart"
        shutil.copytree(ROOT / "examples" / "quickstart", project, ignore=shutil.ignore_patterns(".alice"))
        own = {name: value for name, value in os.environ.items() if not name.startswith("ALICE_")}
        settings = {"ALICE_USERNAME": "demo", "ALICE_PASSWORD": "demo", "ALICE_NOW": NOW.isoformat()}
        done = subprocess.run(
            [sys.executable, "-c", "from provisioner.cli import main; main()", "plan", *options],
            cwd=project,
            env=own | settings | {"ALICE_ENDPOINT": simulator.endpoint},
            capture_output=True,
            text=True,
            timeout=120,
        )
        if done.returncode:
            raise SystemExit(f"plan ended with {done.returncode}:\n{done.stdout}{done.stderr}")
        return done.stdout.replace(simulator.endpoint, SHOWN_ENDPOINT).rstrip()


def picture(path: Path, chromium: str) -> None:
    """The first screen of the plan as an HTML page, drawn by a browser into a PNG file."""
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "plan.html"
        page.write_text(quickstart_plan("--output", "html"), encoding="utf-8")
        size = f"--window-size={WIDTH},{HEIGHT}"
        browser = [chromium, "--headless", "--no-sandbox", "--hide-scrollbars", f"--user-data-dir={folder}/profile"]
        subprocess.run([*browser, size, f"--screenshot={path}", page.as_uri()], check=True, timeout=120)


def plan_text() -> str:
    """The plan, for the README."""
    return f"```text\n$ alice-apply plan\n{quickstart_plan()}\n```"


# Files


def between(text: str, mark: str, content: str) -> str:
    """The text with what stands between two marks replaced."""
    begin, end = f"<!-- {mark}: written by make docs -->", f"<!-- end of {mark} -->"
    before, _, rest = text.partition(begin)
    _, found, after = rest.partition(end)
    if not found:
        raise SystemExit(f"there is no {begin} ... {end}")
    return f"{before}{begin}\n\n{content}\n\n{end}{after}"


def readme() -> str:
    """README.md with its plan brought up to date."""
    return between(README.read_text(encoding="utf-8"), "plan", plan_text())


def command_page() -> str:
    """docs/commands.md."""
    return between(COMMANDS.read_text(encoding="utf-8"), "commands", command_text())


def check_index() -> str:
    """docs/checks/README.md with its table brought up to date."""
    return between(CHECK_INDEX.read_text(encoding="utf-8"), "checks", check_table())


def main(arguments: list[str]) -> int:
    """Write what differs; with --check only name it."""
    if "--picture" in arguments:
        picture(PICTURE, shutil.which("chromium") or "chromium")
        return 0
    pages = ((REFERENCE, reference()), (COMMANDS, command_page()), (README, readme()), (CHECK_INDEX, check_index()))
    stale = [(path, text) for path, text in pages if not path.exists() or path.read_text(encoding="utf-8") != text]
    if "--check" in arguments:
        for path, _ in stale:
            print(f"{path.relative_to(ROOT)} is out of date: run `make docs`", file=sys.stderr)
        return 1 if stale else 0
    for path, text in stale:
        path.write_text(text, encoding="utf-8")
        print(f"wrote {path.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
