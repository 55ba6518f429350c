"""Texts that are used and not shown: every way of formatting one shows what stands in its place."""

from __future__ import annotations

import copy
import json
import pickle
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import orjson
import pytest

from provisioner.encoding import canonical, plain
from provisioner.messages import did_you_mean, listed, named, together
from provisioner.model import Address, Reference
from provisioner.plan.model import Action, Change, Drift, FieldChange
from provisioner.plan.secrets import Digester, Key
from provisioner.reports import REPORTS, Run
from provisioner.reports.wording import harmless, quoted, visible, worded
from provisioner.resources import KINDS
from provisioner.rows.formulas import marked, unmarked_sql
from provisioner.sensitive import Hidden, Origin, content, derived, stands_in
from tests.reports.samples import EVERYTHING

PACKAGE = Path(__file__).resolve().parent.parent / "provisioner"


def _reference(text: str) -> Reference:
    return Reference("survey", "name", text)


SECRET = Hidden("S3cret-Geheim", Origin.ENVIRONMENT)
WORDED: dict[str, Callable[[Any], str]] = {
    "str": str,
    "repr": repr,
    "f-string": lambda text: f"{text} {text!r} {text:>30}",
    "percent": lambda text: "%s %r" % (text, text),  # noqa: UP031
    "format": lambda text: "{} {!r}".format(text, text),  # noqa: UP032
    "in a list": lambda text: f"{[text]} {(text, 1)} {{'a': text}}",
    "capitals": lambda text: f"{text.upper()} {text.lower()} {text.title()} {text.casefold()}",
    "a part": lambda text: f"{text[2:]} {text.split('-')} {text.partition('-')} {text.removeprefix('S')}",
    "with more": lambda text: (
        f"{'x ' + text} {text + ' x'} {text * 2} {text.replace('S', 'T')} {text.join(['a', 'b'])}"
    ),
    "wording": lambda text: worded(text) + worded((text, text)) + quoted(text) + harmless(text) + visible(text),
    "words": lambda text: named(text) + listed([text]) + together([text, text]) + did_you_mean("s3cret-geheim", [text]),
    "plain": lambda text: json.dumps(
        [plain(text), plain((text,)), plain({"a": text}), plain(Reference("k", "name", text))]
    ),
    "copies": lambda text: f"{copy.deepcopy(text)} {pickle.loads(pickle.dumps(text))}",
    "canonical form": lambda text: str(KINDS["survey"].field("name").canonical(text)),
}


@pytest.mark.parametrize("way", WORDED)
def test_no_way_of_wording_it_shows_a_secret(way: str) -> None:
    said = WORDED[way](SECRET).casefold()
    assert "(sensitive)" in said
    assert not {"s3c", "cret", "geheim"} & {said[i : i + n] for n in (3, 4, 6) for i in range(len(said))}


@pytest.mark.parametrize("view", ["plan", "drift"])
@pytest.mark.parametrize("name", sorted(REPORTS))
def test_no_report_tells_two_hidden_texts_apart_by_their_words(name: str, view: str) -> None:
    """The pages that mark the words which differ showed those of what the server had."""
    text = Hidden("Tái khám Nguyễn Văn Bình", Origin.PERSON)
    pairs = (("An older text", SECRET), (SECRET, text), (text, "A newer text"), (("a", SECRET), ("a", text)))
    for before, after in pairs:
        field = FieldChange("description", before, after)
        change = Change(Address("survey", "hello"), Action.UPDATE, (field,), remote_id=5)
        plan = replace(EVERYTHING, changes=(change,), drift=(Drift(change.address, (field,)),))
        said = REPORTS[name].render(Run(plan, view=view), False)
        assert not [each for each in ("S3cret", "Geheim", "Nguyễn", "Bình") if each in said], (before, after)


def test_whoever_compares_hashes_or_sends_it_has_the_text_itself() -> None:
    text, digester = "S3cret-Geheim", Digester(Key(b"k"))
    assert text == SECRET
    assert {text: 1}[SECRET] == 1
    assert orjson.loads(orjson.dumps({"a": SECRET})) == {"a": text}
    assert canonical({"a": (SECRET,)}) == {"a": [text]}
    assert digester.of(SECRET) == digester.of(text)
    assert KINDS["survey"].field("name").encode(SECRET) == text
    assert type(content(SECRET)) is str


def test_what_is_made_of_several_has_all_their_origins() -> None:
    person = Hidden("Nguyễn Văn A", Origin.PERSON)
    assert (f"{person}", str(person + " B")) == ("(text of 12 characters)", "(text of 14 characters)")
    assert (person + SECRET).origins == {Origin.PERSON, Origin.ENVIRONMENT}  # type: ignore[attr-defined]
    assert str(person + SECRET) == "(sensitive)"
    assert derived("a", "b") == "a"
    assert not isinstance(derived("a", "b"), Hidden)


def test_what_stands_in_a_hidden_texts_place_is_known() -> None:
    assert [stands_in(str(Hidden("x" * n, Origin.PERSON))) for n in (1, 2000)] == [True, True]
    assert stands_in(str(SECRET))
    assert not stands_in("text of 12 characters")


CELLS = [
    "=1+1",
    "+84 934 890 883",
    "+1+cmd|' /C calc'!A0",
    "-2+3",
    "-5",
    "@SUM(1)",
    "\t=1",
    "\r=1",
    "'=1",
    "''=1",
    "'x",
    "",
]


@pytest.mark.parametrize("cell", CELLS)
def test_a_cell_that_a_spreadsheet_would_calculate_is_marked_and_comes_back(cell: str) -> None:
    back = duckdb.execute(f"SELECT {unmarked_sql('c', 'c')} FROM (SELECT ? AS c)", [marked(cell)]).fetchone()
    assert back == (cell,)
    assert marked(cell)[:1] not in tuple("=@\t\r")
    assert marked("+84 934 890 883") == "+84 934 890 883"


# Who takes the cover off: the ends, where a text is sent, kept, compared or written because it was asked for.
UNCOVERED_BY = {
    "apply/work.py": "takes its own secrets out of what a server says",
    "cli/open.py": "looks hidden names up among those that the server shows",
    "phone.py": "parses a telephone number, whose reading holds nothing to show",
    "export/yaml_writer.py": "writes what `export --with-contacts` was asked for",
    "resources/fields.py": "brings a text into its one form, and covers it again",
    "manifests/fill.py": "asks the schema, whose messages quote nothing hidden",
    "encoding.py": "`canonical`: hashes, and the state, where nothing hidden is kept",
    "sources/queries.py": "connects to the database and sends the query, whose errors are told without their text",
    "plan/live.py": "finds secrets among what the server shows",
    "plan/starts.py": "compares names with the marks of a stop",
    "api/auth.py": "the user who logs in",
    "state/scopes.py": "the user that a state belongs to, who is told apart from others and not shown",
}
# JSON is written of the text itself, so whoever writes some has it from `plain`, or hashes or sends it.
JSON_OF = {
    "api/echoes.py": "secrets, in the form in which they are looked for",
    "api/client.py": "what is sent",
    "api/pagination.py": "pages, hashed",
    "api/auth.py": "what is sent",
    "cli/planfile.py": "a report's document",
    "cli/starter.py": "answers to the questions of `init`, quoted for YAML",
    "fleet/formats.py": "a summary's document: counts and names",
    "reports/codequality.py": "findings, which are text by then",
    "rules/worker.py": "verdicts",
    "state/runs.py": "counts",
    "cli/output.py": "documents made with `plain`, and payloads that were asked for",
    "rows/sheets.py": "rows, for the row database",
    "rows/live_rows.py": "rows, for the row database",
    "export/yaml_writer.py": "what was asked for",
    "inspect/get.py": "payloads that were asked for",
    "inspect/results.py": "results that were asked for",
    "sources/queries.py": "a cell of a database, for the row database",
    "manifests/schema_validator.py": "a number or a boolean",
    "plan/build.py": "digests, hashed",
    "plan/natural_key.py": "keys of an index, looked up and never shown",
    "plan/secrets.py": "hashed with a key",
    "reports/gitlab.py": "counts",
    "reports/json.py": "a report's document, made with `plain`",
    "reports/sarif.py": "findings, which are text by then",
    "reports/wording.py": "`str` of a text, for its quotes",
    "rows/records.py": "cells of a row",
    "state/journal.py": "ids",
    "state/resources.py": "fields made with `canonical`, without hidden ones",
}


@pytest.mark.parametrize(
    ("call", "allowed"),
    [(r"(?<![\w.])content\(", UNCOVERED_BY), (r"\b(?:or)?json\.dumps\(", JSON_OF)],
    ids=["content", "json"],
)
def test_only_the_ends_take_the_cover_off(call: str, allowed: dict[str, str]) -> None:
    found = set()
    for path in PACKAGE.rglob("*.py"):
        name = path.relative_to(PACKAGE).as_posix()
        if name != "sensitive.py" and not name.startswith("simulator/") and re.search(call, path.read_text("utf-8")):
            found.add(name)
    own = {name for name in found if "def content(" in (PACKAGE / name).read_text("utf-8")}
    assert found - own == set(allowed), "say why here, or show values by way of provisioner.encoding"
