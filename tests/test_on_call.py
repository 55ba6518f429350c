"""The page for people on call: what it has by message is what is said when that happens, in both languages."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from provisioner import pages
from provisioner.checks import CHECKS
from provisioner.simulator.process import Simulator
from tests.factories import NOW
from tests.operator import Operator

ROOT = Path(__file__).resolve().parent.parent
PAGES = ("docs/guides/failures.md", "docs/vi/guides/failures.md")
NOWHERE = "http://127.0.0.1:1/rest-api"


def messages(page: str) -> dict[str, str]:
    """The sentence for each id that the table of messages has; "" where it has the id alone."""
    table = (ROOT / page).read_text(encoding="utf-8").rpartition("| --- | --- |\n")[2]
    found: dict[str, str] = {}
    for cell in re.findall(r"^\| (.*?) \|", table, re.MULTILINE):
        for sentence, id in re.findall(r"(?:`([^`\[]+)` )?`\[([\w-]+)\]`", cell):
            found[id] = sentence
    return found


def test_both_languages_have_the_same_and_every_id_is_explained() -> None:
    english, vietnamese = map(messages, PAGES)
    assert english == vietnamese and len(english) > 15
    assert english.keys() <= pages.entries().keys() | set(CHECKS)


@pytest.fixture
def operator(simulator: Simulator, tmp_path: Path) -> Operator:
    project = tmp_path / "project"
    shutil.copytree(ROOT / "examples" / "quickstart", project, ignore=shutil.ignore_patterns(".alice"))
    return Operator(project, simulator, NOW, {"ALICE_ENDPOINT": simulator.endpoint})


def test_failures_are_told_in_the_words_of_the_page(operator: Operator) -> None:
    """Each is provoked; what was recorded is that of a first apply."""
    wrong = replace(operator, environ={**operator.environ, "ALICE_PASSWORD": "wrong"})
    away = replace(operator, environ={"ALICE_ENDPOINT": NOWHERE})
    plan, apply = str(operator.directory / "x.alice-plan"), ("apply", "--auto-approve")
    campaign, book = operator.directory / "campaign.yaml", operator.directory / "contacts" / "vip.csv"
    told = {
        "api-auth": (1, wrong.run("plan")),
        "api-unreachable": (1, away.run("status")),
        "calls-refused": (3, operator.run(*apply)),
    }
    operator.apply()
    told["state-foreign"] = (1, away.run("plan"))
    text, rows = campaign.read_text(encoding="utf-8"), book.read_text(encoding="utf-8")
    campaign.write_text(text.replace("frequency: 10", "frequency: 12"), encoding="utf-8")
    operator.succeed("plan", "--out", plan)
    campaign.write_text(text.replace("frequency: 10", "frequency: 13"), encoding="utf-8")
    told["plan-stale"] = (5, operator.run("apply", plan))
    campaign.write_text(text.replace("frequency: 10", "frequency: 12"), encoding="utf-8")
    operator.succeed("apply", plan, "--allow-calls")
    told["plan-file"] = (5, operator.run("apply", plan))
    book.write_text("".join(rows.splitlines(keepends=True)[:3]), encoding="utf-8")
    told["threshold-exceeded"] = (3, operator.run(*apply, "--allow-calls"))
    operator.simulator.variants(put_kinds="none")
    campaign.write_text(text.replace("tts_language: vi", "tts_language: en"), encoding="utf-8")
    told["field-no-update"] = (1, operator.run("plan"))
    (operator.directory / ".alice" / "state.db").write_bytes(b"lost" * 512)
    told["state-unavailable"] = (1, operator.run("plan"))
    sentences = messages(PAGES[0])
    for id, (code, said) in told.items():
        assert said.code == code, f"{id}: {said.code}\n{said.err}"
        assert any(sentences[id] in line and f"[{id}]" in line for line in said.err.splitlines()), f"{id}\n{said.err}"
