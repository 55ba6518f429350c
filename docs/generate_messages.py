"""Collects the sentences that people read of a plan, and compiles their translations.

`make messages` runs it after a sentence was added or changed; with --check it only says what is missing.

    gettext(), ngettext(), template(), count() in provisioner/, _() and the like in templates, and the words of TERMS
        ->  provisioner/locale/vi/LC_MESSAGES/alice_apply.po, where a new sentence waits for its translation
        ->  alice_apply.mo beside it, which the program reads
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from jinja2.ext import babel_extract

from provisioner.errors import Severity
from provisioner.fleet import formats as fleet
from provisioner.fleet.client import ClientResult
from provisioner.inspect.watch import COLUMNS as WATCHED
from provisioner.language import DOMAIN, LOCALE, fields
from provisioner.plan.model import Action, Result
from provisioner.reports.page.axes import DAYS, MONTHS
from provisioner.resources import KINDS, UNKNOWN, Choice
from provisioner.runtime import policies

PACKAGE = Path(__file__).resolve().parent.parent / "provisioner"
PO = LOCALE / "vi" / "LC_MESSAGES" / f"{DOMAIN}.po"
MO = PO.with_suffix(".mo")
# Where findings and reports are made; what the rest of the program says is English.
PARTS = (
    *("api/counts.py", "api/reader.py", "apply/**.py", "checks/**.py", "cli/output.py", "fleet/**.py"),
    *("forecast/**.py", "inspect/**.py", "plan/**.py", "refresh/**.py", "reports/**.py", "resources/**.py"),
    *("manifests/for_each.py", "manifests/foreign.py", "manifests/load.py", "manifests/rows.py"),
    *("manifests/semantics.py", "rows/appointments/questions.py", "rows/appointments/upload.py", "rows/delivery.py"),
    *("rows/reasons.py", "rows/rewrites.py", "rows/summary.py", "rows/transfer.py", "rows/upload.py"),
    *("appointments.py", "messages.py", "model.py", "rowsets.py", "second_rounds.py", "session.py"),
)
TEMPLATES = "reports/page/templates/**.html"
NOUNS = {"count", "many", "bound"}  # what is called with a number and a noun
KEYWORDS = {"gettext": None, "ngettext": (1, 2), "template": None, "_": None, "_sentence": None} | dict.fromkeys(NOUNS)
WRITTEN = datetime(2026, 11, 28, tzinfo=UTC)  # a catalogue is the same whenever it is made

COLUMNS = ("name", "status", "reach", "expected", "by expiry", "finishes", *WATCHED[1:])  # of `status`

Found = str | tuple[str, str]


def terms() -> Iterator[Found]:
    """Words that are values of ours, and so are no literals where they are told."""
    yield from (*map(str, Action), "rows", *map(str, Result), *map(str, Severity), UNKNOWN)
    for kind in KINDS.values():
        yield from (kind.title, f"{kind.title}s")
        yield counted(kind.title)
        yield counted(f"more {kind.title}")
        if kind.rows:
            for noun in (f"{which}{KINDS[kind.rows.kind].title}" for which in ("", "active ", "new ")):
                yield from (f"{noun}s", counted(noun))
        for field in (*kind.fields, *kind.facts):
            if isinstance(field, Choice) and field.name == "status":
                yield from (*field.codes, *field.shown)
        if kind.startable:
            yield from kind.startable.results.calls.outcomes.values()
            yield from (KINDS[tally.kind].plural for tally in kind.startable.tallies)
    yield from (*COLUMNS, *DAYS, *MONTHS)
    yield from (
        *map(str, ClientResult),
        *(result.counted for result in ClientResult),
        fleet.CLIENT,
        "result",
        *(c for each in fleet.COLUMNS.values() for c in each),
        "why",
    )
    for pack in policies():
        yield from re.findall("^ *(?:unless|source): (.*)$", pack.read_text(encoding="utf-8"), re.MULTILINE)


def counted(noun: str, plural: str = "") -> tuple[str, str]:
    """What `messages.count` says."""
    return f"{{count:,}} {noun}", f"{{count:,}} {plural or noun + 's'}"


def extracted() -> Catalog:
    """Every sentence, without a translation."""
    methods = [(TEMPLATES, of_templates), *((part, sentences) for part in PARTS)]
    catalogue = Catalog()
    found: Found
    for file, _, found, _, _ in extract_from_dir(PACKAGE, methods, None, KEYWORDS):
        catalogue.add(found, locations=[(f"provisioner/{file}", 0)])
    for found in terms():
        catalogue.add(found)
    return catalogue


def sentences(stream: IO[bytes], keywords: Any, tags: Any, options: Any) -> Iterator[tuple[Any, ...]]:
    """A method of Babel's that looks into f-strings too, and knows the nouns that are counted."""
    for node in ast.walk(ast.parse(stream.read())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in keywords:
            texts = [each.value for each in node.args if isinstance(each, ast.Constant) and isinstance(each.value, str)]
            if texts:
                yield _found(node.lineno, node.func.id, texts)


def of_templates(stream: IO[bytes], keywords: Any, tags: Any, options: Any) -> Iterator[tuple[Any, ...]]:
    """The same for templates."""
    for line, name, texts, _ in babel_extract(stream, list(keywords), (), {"trim_blocks": "true", "silent": "false"}):
        found = [each for each in ([texts] if isinstance(texts, str) else texts) if each is not None]
        if found:
            yield _found(line, name, found)


def _found(line: int, name: str, texts: list[str]) -> tuple[Any, ...]:
    if name in NOUNS:
        return line, "ngettext", counted(*texts), []
    return line, name, texts[0] if len(texts) == 1 else tuple(texts), []


def translated() -> Catalog:
    """The catalogue as it is."""
    with PO.open("rb") as stream:
        return read_po(stream, locale="vi", domain=DOMAIN)


def updated() -> Catalog:
    """The same with what is new and without what is gone."""
    catalogue = translated()
    catalogue.update(extracted(), no_fuzzy_matching=True, update_creation_date=False)
    catalogue.obsolete.clear()
    return catalogue


def faults(catalogue: Catalog) -> Iterator[str]:
    """Sentences without a translation, and translations that hold other values than their sentence."""
    for message in catalogue:
        if message.id:
            yield from (f"{message.id!r} {fault}" for fault in _faults(message))


def _faults(message: Message) -> Iterator[str]:
    texts = [message.string or ""] if isinstance(message.string, str | None) else list(message.string)
    wanted = message.id if isinstance(message.id, str) else message.id[1]
    for text in texts:
        if not text:
            yield "has no translation"
        elif sorted(fields(text)) != sorted(fields(wanted)):
            yield f"holds {sorted(fields(wanted))}, its translation {sorted(fields(text))}"


def write(catalogue: Catalog) -> None:
    """Both files."""
    catalogue.creation_date = catalogue.revision_date = WRITTEN
    catalogue.project, catalogue.last_translator, catalogue.language_team = "alice-apply", "", ""
    with PO.open("wb") as stream:
        write_po(stream, catalogue, width=120, sort_by_file=True, include_lineno=False)
    with MO.open("wb") as stream:
        write_mo(stream, catalogue)


def main() -> int:
    catalogue = updated()
    if "--check" not in sys.argv:
        write(catalogue)
    wrong = list(faults(catalogue))
    print("\n".join(wrong) or f"{len(catalogue)} sentences, all translated")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
