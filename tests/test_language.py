"""Sentences as values, and their catalogue: all are there, all are translated, and hold the same values."""

from __future__ import annotations

import ast
import copy
import importlib.util
import io
import pickle
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from gettext import GNUTranslations
from pathlib import Path
from types import ModuleType

import pytest
from babel.messages.mofile import write_mo

from provisioner import language
from provisioner.language import Message, gettext, joined, ngettext, spoken, term, translated
from provisioner.model import Unknown
from provisioner.sensitive import Hidden, Origin
from tests.reports.samples import NOTHING
from tests.strange import demand_told, untold

ROOT = Path(__file__).resolve().parent.parent
SAID = {"Change", "Deferred", "Finding", "StepDeferred", "Unknown", "Unsettled", "unknown"}
FOR_PROGRAMS = {
    "cli/account.py": "a gauge has no sentence",
    "cli/failures.py": "errors are English, and have a page",
    "manifests/environments.py": "of credentials, which no plan tells of",
    "reports/sarif.py": "for programs",
}


def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate_messages", ROOT / "docs" / "generate_messages.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


GENERATE = generator()


def test_every_sentence_is_translated_and_holds_the_same_values() -> None:
    catalogue = GENERATE.updated()
    assert len(catalogue) > 100
    assert [*GENERATE.faults(catalogue)] == []


def test_no_sentence_is_left_that_nobody_says() -> None:
    """What is gone from the code, or new in it, is found by `make messages`."""
    committed, updated = ({each.id for each in found} for found in (GENERATE.translated(), GENERATE.updated()))
    assert committed - updated == set()


def test_what_the_program_reads_is_what_translators_wrote() -> None:
    compiled, read = io.BytesIO(), language.catalogue("vi")
    write_mo(compiled, GENERATE.translated())
    compiled.seek(0)
    written = vars(GNUTranslations(compiled))["_catalog"]
    assert {**written, "": ""} == {**vars(read)["_catalog"], "": ""}, "run `make messages`"


def plain_texts(call: ast.Call) -> Iterator[str]:
    """Arguments that are sentences, and are made by no gettext."""
    for each in (*call.args, *(keyword.value for keyword in call.keywords)):
        if isinstance(each, ast.JoinedStr) or (isinstance(each, ast.Constant) and " " in str(each.value).strip()):
            yield ast.unparse(each)


@pytest.mark.parametrize("path", sorted((ROOT / "provisioner").rglob("*.py")), ids=lambda path: path.stem)
def test_what_a_plan_says_is_made_by_gettext(path: Path) -> None:
    """Whichever code says it; what plans of the tests say besides is looked at by `strange.demand_told`."""
    calls = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
    said = [call for call in calls if ast.unparse(call.func).rpartition(".")[2] in SAID]
    if str(path.relative_to(ROOT / "provisioner")) not in FOR_PROGRAMS:
        assert [text for call in said for text in plain_texts(call)] == []


def test_english_that_is_left_is_found() -> None:
    left = gettext("{what}: {do}", what="it may exist", do=term("nobody knows it"))
    assert untold(left) == ["it may exist", "nobody knows it"]
    assert untold(gettext("{what}: {do}", what="section.other.hi", do="`--absent` 7")) == []
    assert untold(gettext("it is what nobody translates")) == ["it is what nobody translates"]
    with pytest.raises(AssertionError, match="it may exist"):
        demand_told(replace(NOTHING, refusals=(left,)))


def test_a_doubt_in_a_sentence_is_told_again() -> None:
    told = gettext("{kind} {name}", kind=Unknown("11"), name=Unknown(gettext("not shown")))
    assert told == "(unknown code 11) (not known: not shown)"
    with spoken("vi"):
        assert translated(told) == "(mã lạ 11) (không rõ: máy chủ không cho xem)"


@pytest.mark.parametrize(
    ("sentence", "translation", "fault"),
    [
        ("{a} of {b:,}", "{b:,} trong {a}", None),
        ("{a} of {b:,}", "", "has no translation"),
        ("{a} of {b:,}", "{a}", "holds [('a', ''), ('b', ',')], its translation [('a', '')]"),
        ("{a} of {b:,}", "{b} trong {a}", "holds [('a', ''), ('b', ',')], its translation [('a', ''), ('b', '')]"),
        (("{count} row", "{count} rows"), ("dòng",), "holds [('count', '')], its translation []"),
        ("{a}", "{a!r}", "holds [('a', '')], its translation [('a!r', '')]"),
    ],
    ids=["right", "nothing", "a value is gone", "another format", "a plural", "a conversion"],
)
def test_faults_of_a_translation(sentence: object, translation: object, fault: str | None) -> None:
    catalogue = GENERATE.Catalog(locale="vi")
    catalogue.add(sentence, translation)
    assert [*GENERATE.faults(catalogue)] == ([] if fault is None else [f"{sentence!r} {fault}"])


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, "en"),
        ({"LANG": "vi_VN.UTF-8"}, "vi"),
        ({"LANG": "vi"}, "vi"),
        ({"LANG": "vie_VN"}, "en"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LANG": "vi_VN", "LC_MESSAGES": "en_US"}, "en"),
        ({"LANG": "vi_VN", "LC_ALL": "C", "LC_MESSAGES": "vi_VN"}, "en"),
        ({"LANG": "vi_VN", "LC_ALL": ""}, "vi"),
        ({"LANG": "vi_VN", "ALICE_LANG": "en"}, "en"),
        ({"ALICE_LANG": "vi"}, "vi"),
        ({"ALICE_LANG": "VI"}, "vi"),
        ({"ALICE_LANG": "klingon", "LANG": "vi_VN"}, "en"),
        ({"ALICE_LANG": " ", "LANG": "vi_VN"}, "vi"),
    ],
    ids=str,
)
def test_the_language_of_the_environment(environ: dict[str, str], expected: str) -> None:
    assert language.chosen(environ) == expected


def test_a_sentence_is_english_where_it_is_made_and_told_again_in_another_language() -> None:
    calls = ngettext("{count:,} call", "{count:,} calls", 1234)
    whole = gettext("not known, at least {calls} to {people}", calls=calls, people="x")
    assert whole == "not known, at least 1,234 calls to x"
    with spoken("vi"):
        assert translated(whole) == "không rõ, ít nhất 1.234 cuộc gọi tới x"
        assert gettext("No findings.") == "Không có lưu ý nào."
    assert translated(whole) is whole
    assert ngettext("{count:,} call", "{count:,} calls", 1) == "1 call"


def test_sentences_in_a_row_are_told_one_by_one() -> None:
    row = joined([gettext("No findings."), "{x}", term("done")], "; ")
    assert row == "No findings.; {x}; done"
    with spoken("vi"):
        assert translated(row) == "Không có lưu ý nào.; {x}; xong"


def test_a_word_that_nobody_knows_stays() -> None:
    with spoken("vi"):
        assert term("{odd}") == "{odd}"
        assert term("") == ""


def test_a_sentence_stays_one_when_it_is_copied_and_saved() -> None:
    told = gettext("{names} and {name}", names=joined(["a", term("done")]), name=3)
    for again in (pickle.loads(pickle.dumps(told)), copy.deepcopy(told), Message.read(told.document())):
        assert (str(again), again.document()) == ("a, done and 3", told.document())


def test_a_copy_says_the_same_in_whichever_language_it_is_made() -> None:
    """Reports of several languages are drawn in one run, and a fingerprint or a JSON of it is English in all."""
    names = joined(["a", term("done")])
    told = ngettext("{count:,} call", "{count:,} calls", 1234, names=names)
    saved, said = pickle.dumps(told), told.document()
    with spoken("vi"):
        copies = [pickle.loads(saved), copy.deepcopy(told), copy.copy(told), Message.read(said)]
        assert [translated(each) for each in copies] == ["1.234 cuộc gọi"] * 4
        inside = gettext("No findings.")
        abroad = pickle.dumps(inside)
    assert [str(each) for each in copies] == ["1,234 calls"] * 4
    assert [str(each.arguments["names"]) for each in copies] == ["a, done"] * 4
    assert pickle.loads(abroad) == inside == "Không có lưu ý nào."


def test_what_is_not_shown_is_not_kept() -> None:
    told = gettext("{names} and {name}", names=Hidden("secret", Origin.ENVIRONMENT), name="b")
    assert told == "(sensitive) and b"
    assert "secret" not in repr(told.document())


@pytest.mark.parametrize("template", ["{x.__class__}", "{x[0]}", "{x!r}", "{x:>999999999}", "{}", "{x:{y}}"])
def test_a_template_from_outside_only_puts_its_values_in(template: str) -> None:
    with pytest.raises(ValueError, match="not a template"):
        Message.read({"template": template, "plural": "", "arguments": {"x": "a", "y": "1"}})


def test_starting_in_english_reads_no_catalogue() -> None:
    code = (
        "import sys; from provisioner import language; from provisioner.cli import run; "
        "code = run(['-C', 'examples/quickstart', 'validate']); "
        "sys.exit(code or language.catalogue.cache_info().currsize)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
