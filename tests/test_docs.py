"""The documents are true: what they name exists, what exists is named, what they show is what the tool says."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shlex
import shutil
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

import click
import pytest
import yaml

from provisioner.cli.exits import Exit
from provisioner.cli.root import root
from provisioner.project import Safety
from provisioner.reports import REPORTS
from provisioner.runtime import OUTPUT_SCHEMAS
from provisioner.simulator.process import Simulator

ROOT = Path(__file__).resolve().parent.parent
README, COMMANDS, REPORTS_GUIDE, CONTACTS, ENVIRONMENTS, EXIT_CODES, SIMULATOR = (
    (ROOT / name).read_text(encoding="utf-8")
    for name in (
        "README.md",
        "docs/commands.md",
        "docs/guides/reports.md",
        "docs/guides/contacts.md",
        "docs/guides/environments.md",
        "docs/exit-codes.md",
        "docs/guides/simulator.md",
    )
)
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").rglob("*.md")])
TEXTS = [README, *(path.read_text(encoding="utf-8") for path in sorted((ROOT / "docs").rglob("*.md")))]
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)

each_document = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())


def blocks(language: str, *texts: str) -> list[str]:
    """What stands in blocks of a language, in these texts or in the README and everything under docs/."""
    return [block for text in texts or TEXTS for found, block in BLOCK.findall(text) if found == language]


def without_blocks(text: str) -> str:
    return BLOCK.sub("", text)


@pytest.fixture(scope="module")
def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate_reference", ROOT / "docs" / "generate_reference.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# What is generated


def test_the_plan_in_the_readme_is_up_to_date(generator: ModuleType) -> None:
    assert generator.readme() == README, "run `make docs`"


def test_the_commands_are_up_to_date(generator: ModuleType) -> None:
    assert generator.command_page() == COMMANDS, "run `make docs`"


def test_the_readme_is_short() -> None:
    assert len(README.splitlines()) <= 200


def test_the_reference_is_up_to_date(generator: ModuleType) -> None:
    assert generator.REFERENCE.read_text(encoding="utf-8") == generator.reference(), "run `make docs`"


def test_the_index_of_checks_is_up_to_date(generator: ModuleType) -> None:
    assert generator.CHECK_INDEX.read_text(encoding="utf-8") == generator.check_index(), "run `make docs`"


def test_the_reference_holds_every_field() -> None:
    reference = (ROOT / "docs" / "reference.md").read_text(encoding="utf-8")
    schemas = [
        json.loads(path.read_text(encoding="utf-8"))
        for path in (ROOT / "schemas").glob("*.schema.json")
        if path.name not in OUTPUT_SCHEMAS
    ]
    names = {name for schema in schemas for name in schema.get("properties", ())}
    assert not [
        name for name in names if not re.search(rf"`([\w.\[\]]+\.)?{re.escape(name)}`|^## {name}$", reference, re.M)
    ]


# Commands and flags


def commands(group: click.Group = root, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command with its words, groups too."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        yield (*path, name), command
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))


def flags(command: click.Command) -> list[str]:
    found = (parameter for parameter in command.params if isinstance(parameter, click.Option))
    return [name for parameter in found for name in (*parameter.opts, *parameter.secondary_opts)]


def test_every_command_and_flag_is_described() -> None:
    missing = [name for name in flags(root) if f"`{name}" not in COMMANDS and f", {name}" not in COMMANDS]
    for path, command in commands():
        section = COMMANDS.partition(f"#### `alice-apply {path[0]}")[2].partition("\n#### ")[0]
        missing += [] if section and f"alice-apply {' '.join(path)}" in COMMANDS else [" ".join(path)]
        shown = (*path, "") if section else path
        missing += [f"{' '.join(shown)}{name}" for name in flags(command) if name not in section and name != "--help"]
    assert not missing, "run `make docs`"


def invocations() -> list[str]:
    """Every line of the documents' examples that runs the tool, and what sentences name; without the shell's part."""
    texts = [*blocks("sh"), *blocks("yaml")]
    found = [match for text in texts for match in re.findall(r"^[ \-]*(?:run: |\- )?(alice-apply .*)$", text, re.M)]
    written = re.compile(r"<!-- (\w+): written by make docs.*?end of \1 -->", re.DOTALL)
    found += [
        line for text in TEXTS for line in re.findall(r"`(alice-apply [^`]+)`", without_blocks(written.sub("", text)))
    ]
    return [re.split(r" +#| [|>&]", line)[0].strip() for line in found]


def test_the_documents_have_examples() -> None:
    assert len(invocations()) > 60


@pytest.mark.parametrize("line", sorted(set(invocations())))
def test_examples_use_what_there_is(line: str) -> None:
    command: click.Command = root
    known = {*flags(root), "--help"}
    for word in shlex.split(line)[1:]:
        if word.isupper():
            return
        if word.startswith("-"):
            assert word.partition("=")[0] in known, f"{word} of {line}"
        elif isinstance(command, click.Group):
            found = command.get_command(click.Context(command), word)
            if found is not None:
                command, known = found, known | set(flags(found))
    assert command is not root or "--version" in line, line


def test_every_report_is_described() -> None:
    assert set(re.findall(r"^\| `(\w+)` \|", REPORTS_GUIDE, re.M)) == set(REPORTS)


# Manifests in the documents


def schema(name: str) -> dict[str, Any]:
    return json.loads((ROOT / "schemas" / f"{name}.schema.json").read_text(encoding="utf-8"))


def test_manifests_use_fields_there_are() -> None:
    collections = schema("manifest")["properties"]
    project = schema("project")["properties"]
    unknown = []
    for text in blocks("yaml"):
        document = yaml.load(text, yaml.BaseLoader)
        for key, value in document.items():
            if key in collections:
                fields = schema(collections[key]["additionalProperties"]["$ref"].partition(".")[0])["properties"]
                unknown += [f"{key}.{name}" for each in value.values() for name in each if name not in fields]
            elif "alice" in document and key not in project:
                unknown.append(key)
    assert not unknown


# Facts


def test_exit_codes_are_those_of_the_tool() -> None:
    assert [int(code) for code in re.findall(r"^\| (\d+) \|", EXIT_CODES, re.M)] == [*Exit]


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl")
def test_curl_gets_an_answer_from_the_simulator(simulator: Simulator) -> None:
    [script] = [text for text in blocks("sh", SIMULATOR) if "get-token" in text]
    environ = {"PATH": os.environ["PATH"], "ALICE_ENDPOINT": simulator.endpoint, "NO_PROXY": "*"}
    done = subprocess.run(["bash", "-euc", script], env=environ, capture_output=True, text=True, timeout=60, check=True)
    assert {"count", "results"} <= json.loads(done.stdout).keys()


def test_the_default_thresholds_are_those_of_the_tool() -> None:
    own = Safety()
    limits = f"max_update_percent: {own.max_update_percent}, max_remove_percent: {own.max_remove_percent}"
    assert f"Without them it is `{{{limits}, from: {own.floor}}}`" in CONTACTS


def test_every_environment_variable_is_described() -> None:
    sources = [path for path in (ROOT / "provisioner").rglob("*.py") if "simulator" not in path.parts]
    used = {
        name for path in sources for name in re.findall(r"\bALICE_[A-Z_]*[A-Z]\b", path.read_text(encoding="utf-8"))
    }
    assert used and not [name for name in used if f"`{name}`" not in ENVIRONMENTS]


def anchors(text: str) -> set[str]:
    """The anchors that GitHub gives to headings."""
    headings = re.findall(r"^#+ (.*)$", without_blocks(text), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@each_document
def test_links_lead_somewhere(document: Path) -> None:
    text = without_blocks(document.read_text(encoding="utf-8"))
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if urlsplit(link).scheme:
            continue
        name, _, anchor = link.partition("#")
        target = document.parent / name if name else document
        assert target.exists(), link
        assert not anchor or anchor in anchors(target.read_text(encoding="utf-8")), link


@pytest.mark.skipif(shutil.which("chromium") is None, reason="there is no chromium")
def test_the_picture_is_drawn(generator: ModuleType, tmp_path: Path) -> None:
    generator.picture(tmp_path / "plan.png", "chromium")
    head = (tmp_path / "plan.png").read_bytes()[:24]
    assert head[:8] == generator.PICTURE.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", head[16:]) == (generator.WIDTH, generator.HEIGHT)


@each_document
def test_nothing_of_the_machine_it_was_written_on(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    assert not re.search(r"/(work|root|home|tmp)/", text)
    assert not re.search(r"[ \t]+$", text, re.M)


def test_the_architecture_names_every_part() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    folders = [path.parent.name for path in (ROOT / "provisioner").glob("*/__init__.py")]
    folders += [
        path.name.removesuffix("/") for path in (ROOT / "provisioner").iterdir() if (path / "commands").is_dir()
    ]
    modules = [path.name for path in (ROOT / "provisioner").glob("*.py") if path.name != "__init__.py"]
    assert not [name for name in {*folders, *modules} if name not in text]
    named = re.findall(r"`(provisioner/[\w/]+(?:\.py)?)`", text)
    assert not [name for name in named if not (ROOT / name).exists()]
    modules = re.findall(r"`((?:\w+/)*\w+\.py)`", text)
    assert not [name for name in modules if not any((ROOT / top / name).exists() for top in ("provisioner", "."))]


def test_the_changelog_has_one_unreleased_section() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.findall(r"^## (.*)$", text, re.M)[0] == "[Unreleased]"
    assert text.count("## [Unreleased]") == 1


# Scripts


@pytest.mark.parametrize("script", ["docs/demo.sh", ".ci/run"])
def test_scripts_are_shell(script: str) -> None:
    subprocess.run(["sh", "-n", str(ROOT / script)], check=True, timeout=20)


def test_ci_runs_what_the_readme_says() -> None:
    assert "make test" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
    named = {name for text in blocks("sh", README) for name in re.findall(r"^make (\w+)", text, re.M)}
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
    assert named and named <= targets


def test_the_demo_runs_and_leaves_nothing(tmp_path: Path) -> None:
    environment = os.environ | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "TMPDIR": str(tmp_path),
    }
    done = subprocess.run(
        ["sh", str(ROOT / "docs" / "demo.sh")],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "No changes." in done.stdout
    assert not [*tmp_path.iterdir()]
    found = re.search(r"http://127\.0\.0\.1:(\d+)/", done.stdout)
    assert found
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", int(found[1])), timeout=5)
