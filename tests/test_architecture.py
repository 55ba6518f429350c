"""The house: imports point one way, each outside library has one owner, no layer names a kind, no two
classes have one name.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from provisioner.resources import KINDS

PACKAGE = Path(__file__).resolve().parent.parent / "provisioner"

# From the bottom to the top. A part may import what stands in a line above its own, and itself.
LAYERS: tuple[frozenset[str], ...] = (
    frozenset({"error_ids", "language", "reminders"}),
    frozenset(
        {
            "__init__",
            "bound",
            "ci_jobs",
            "coalescer",
            "error_ids",
            "model",
            "progress",
            "runtime",
            "stack_frames",
            "text",
        }
    ),
    frozenset({"messages", "pages", "project", "sensitive"}),
    frozenset({"encoding", "errors", "stop_marks"}),
    frozenset({"files", "phone", "plugins"}),
    frozenset({"resources"}),
    frozenset({"moves"}),
    frozenset({"plan"}),
    frozenset({"rows", "rules"}),
    frozenset({"manifests"}),
    frozenset({"api", "forecast", "sources", "state"}),
    frozenset({"apply", "checks"}),
    frozenset({"reports"}),
    frozenset({"inspect", "refresh"}),
    frozenset({"appointments", "rowsets", "second_rounds"}),
    frozenset({"export", "fleet", "notify", "session", "state_commands"}),
    frozenset({"public"}),
    frozenset({"cli"}),
)
RANK = {name: rank for rank, layer in enumerate(LAYERS) for name in layer}

# Outside libraries that one part alone may import, or those that are named. `simulator` imports nothing of the rest.
OWNERS = {
    "requests": "api sources",
    "fsspec": "sources",
    "urllib3": "api",
    "duckdb": "rows",
    "sqlalchemy": "sources state",
    "psycopg": "state",
    "django": "simulator",
    "rest_framework": "simulator",
    "django_filters": "simulator",
    "click": "cli",
    "rich": "cli",
    "yaml": "manifests",
    "jsonschema": "manifests",
    "jsonschema_rs": "manifests",
    "deepdiff": "plan",
    "jinja2": "reports",
    "pathspec": "manifests",
    "gettext": "language",
    "cel": "rules",
    "apprise": "notify",
    "distributed": "fleet",
}

# Words that are also the name of a kind: (file, literal) and why it is no kind there. Keep it short.
NOT_A_KIND = {
    ("cli/commands/results.py", "campaigns"): "the name of the argument in the help",
    ("cli/commands/status.py", "campaign"): "the name of the argument in the help",
    ("cli/commands/stop.py", "campaigns"): "the name of the argument in the help",
    ("fleet/client.py", "campaigns"): "a key of the summary's JSON",
    ("fleet/formats.py", "campaigns"): "the title of a column",
    ("fleet/summary.py", "campaigns"): "a key of the summary's JSON",
    ("inspect/alarm_status.py", "alarm"): "a noun in a sentence",
    ("inspect/alarm_status.py", "alarms"): "a key of JSON",
    ("inspect/alarm_status.py", "calendars"): "a key of JSON",
    ("inspect/graph.py", "campaign"): "a form of Reference.by",
    ("inspect/openmetrics.py", "campaign"): "a label of a metric",
    ("cli/commands/init.py", "contacts"): "the name of an option",
    ("cli/starter.py", "contact"): "the field of a telephone number",
    ("cli/starter.py", "contacts"): "the name of a folder",
    ("cli/commands/status.py", "alarms"): "the name of an option",
    ("inspect/openmetrics.py", "contacts"): "a part of the name of a metric",
    ("inspect/openmetrics.py", "alarms"): "a value of a label",
    ("plan/diff.py", "campaign"): "a form of Reference.by",
    ("plan/graph.py", "campaign"): "a form of Reference.by",
    ("plan/references.py", "campaign"): "a form of Reference.by",
    ("manifests/bundle.py", "campaign"): "a key among the options of rows",
    ("manifests/second_round.py", "campaign"): "a key among the options of rows",
    ("reports/document.py", "campaigns"): "a key of `calls` in the plan's JSON",
    ("reports/document.py", "contacts"): "a key of `calls` in the plan's JSON",
    ("reports/document.py", "alarms"): "a key of `calls` in the plan's JSON",
    ("reports/lines.py", "alarm"): "a noun in the sentence about calls",
    ("reports/markdown.py", "alarms"): "the title of a column",
    ("reports/outlook_document.py", "campaigns"): "a key of `outlook` in the plan's JSON",
    ("reports/outlook_document.py", "alarms"): "a key of `outlook` in the plan's JSON",
    ("reports/outlook_document.py", "contacts"): "a key of `outlook` in the plan's JSON",
    ("reports/outlook_document.py", "gateway"): "a key of `outlook` in the plan's JSON",
    ("reports/outlook_document.py", "gateways"): "a key of `outlook` in the plan's JSON",
    ("reports/sentences.py", "alarm"): "a noun in the sentence about calls",
    ("state_commands/appointments.py", "event"): "a noun in a sentence, and a key of JSON",
    ("state_commands/appointments.py", "events"): "a key of JSON",
    ("state_commands/appointments.py", "alarm"): "a noun in a sentence",
    ("state_commands/appointments.py", "alarms"): "a key of JSON",
}

LONGEST_FILE = 350
MODULES = sorted(PACKAGE.rglob("*.py"))


def relative(module: Path) -> str:
    return module.relative_to(PACKAGE).as_posix()


def part_of(module: Path) -> str:
    """The folder or the module directly below the package."""
    return relative(module).partition("/")[0].removesuffix(".py")


def imports(module: Path) -> Iterator[tuple[int, str]]:
    """(line, module) of every import, also those inside functions and for type checkers alone."""
    tree = ast.parse(module.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{relative(module)}:{node.lineno}: write imports in full"
            if node.module == "provisioner":
                yield from ((node.lineno, f"provisioner.{alias.name}") for alias in node.names)
            else:
                yield node.lineno, node.module or ""


def imported_part(name: str) -> str:
    """The part that `provisioner.X.y` names; names defined in provisioner/__init__.py are its own."""
    part = name.split(".")[1] if "." in name else "__init__"
    return part if part in {part_of(module) for module in MODULES} else "__init__"


def test_every_part_has_a_place() -> None:
    missing = {part_of(module) for module in MODULES} - set(RANK) - {"simulator"}
    assert not missing, f"say in LAYERS where {sorted(missing)} stands"


@pytest.mark.parametrize("module", MODULES, ids=relative)
def test_imports_point_one_way(module: Path) -> None:
    part = part_of(module)
    wrong = [
        f"{relative(module)}:{line} imports {name}"
        for line, name in imports(module)
        if name.partition(".")[0] == "provisioner" and not allowed(part, imported_part(name))
    ]
    assert not wrong


def allowed(part: str, imported: str) -> bool:
    if part in (imported, "__init__"):  # that one hands on what is public, and imports it when it is asked for
        return True
    if "simulator" in (part, imported):
        return (part, imported) in {("cli", "simulator"), ("simulator", "__init__")}
    return RANK[imported] < RANK[part]


@pytest.mark.parametrize("module", MODULES, ids=relative)
def test_libraries_have_one_owner(module: Path) -> None:
    wrong = [
        f"{relative(module)}:{line} imports {name}, which belongs to {OWNERS[name.partition('.')[0]]}"
        for line, name in imports(module)
        if part_of(module) not in OWNERS.get(name.partition(".")[0], part_of(module)).split()
    ]
    assert not wrong


def kind_names(module: Path) -> Iterator[tuple[int, str]]:
    """(line, literal) of every text that is the name of a kind, or of a collection of it."""
    names = {name for kind in KINDS.values() for name in (kind.name, kind.plural, kind.collection) if name}
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in names:
            yield node.lineno, node.value


def test_no_layer_names_a_kind() -> None:
    found = {
        (relative(module), literal): line
        for module in MODULES
        if part_of(module) not in ("resources", "simulator")
        for line, literal in kind_names(module)
    }
    named = [f"{file}:{line} names {literal!r}" for (file, literal), line in found.items()]
    assert not [text for text, key in zip(named, found, strict=True) if key not in NOT_A_KIND]
    assert not set(NOT_A_KIND) - set(found), "take what is gone out of NOT_A_KIND"


def public_classes(module: Path) -> Iterator[str]:
    """The names of a module's own classes, the private ones left out."""
    tree = ast.parse(module.read_text(encoding="utf-8"))
    yield from (node.name for node in tree.body if isinstance(node, ast.ClassDef) and not node.name.startswith("_"))


@pytest.mark.parametrize("simulated", [False, True], ids=["provisioner", "simulator"])
def test_a_class_name_is_there_once(simulated: bool) -> None:
    """The simulator is counted by itself: it is the server's side, whose tables are called what ours are called."""
    found: dict[str, list[str]] = {}
    for module in MODULES:
        if (part_of(module) == "simulator") == simulated:
            for name in public_classes(module):
                found.setdefault(name, []).append(relative(module))
    assert len(found) > 50
    assert {name: places for name, places in found.items() if len(places) > 1} == {}


LAZY = (
    "apprise",
    "distributed",
    "requests",
    "duckdb",
    "sqlalchemy",
    "rich",
    "deepdiff",
    "jsonschema",
    "jinja2",
    "django",
)


LAYERS = ("yaml", "provisioner.manifests", "provisioner.reports", "provisioner.state", "provisioner.api")
STARTS = [
    (["--version"], (*LAZY, *LAYERS)),
    (["--help"], LAZY),
    (["-C", "examples/quickstart", "validate"], (*LAZY, "provisioner.state", "provisioner.api")),
]


@pytest.mark.parametrize(("arguments", "lazy"), STARTS, ids=lambda value: str(value) if isinstance(value, list) else "")
def test_starting_loads_little(arguments: list[str], lazy: tuple[str, ...]) -> None:
    code = (
        "import sys; from provisioner.cli import run; code = run(sys.argv[1:]); "
        f"loaded = sorted(set({lazy!r}) & set(sys.modules)); sys.exit(f'loaded {{loaded}}' if loaded else code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=PACKAGE.parent, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr


def test_no_file_is_too_long_to_read() -> None:
    lines = {relative(module): len(module.read_text(encoding="utf-8").splitlines()) for module in MODULES}
    assert {name: count for name, count in lines.items() if count > LONGEST_FILE} == {}
