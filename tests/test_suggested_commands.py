"""Commands that messages suggest are pasted into a shell: whatever stands in one arrives there as one word."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from provisioner.messages import argument
from provisioner.model import Address, Unknown
from provisioner.plan.unsettled import Creation, made_before, not_shown, perhaps_renamed, refused
from provisioner.refresh.rows import forgetting

PACKAGE = Path(__file__).parent.parent / "provisioner"
VERBS = r"state (?:rm|mv|adopt|show)|alice-apply (?:get|stop|status|graph)"
OPTIONS = "--(?:restart|target|exclude)"
BEFORE = re.compile(rf"(?:(?:^|[ `])(?:{VERBS})(?: \S+)*|{OPTIONS}) $")  # what stands before an address in a command
QUOTED = {"argument", "_removal"}
KEYED = Address("survey", "care[hue]")
NO_COMMAND = {"inspect/lookup.py": ["address"]}  # a mistake in what was typed, which is told as it was typed


def _gaps(tree: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """What is put into sentences, each with the text before it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            before = ""
            for part in node.values:
                if isinstance(part, ast.FormattedValue):
                    yield before, part.value
                before += str(part.value) if isinstance(part, ast.Constant) else "x"
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("gettext", "ngettext"):
            words = {each.arg: each.value for each in node.keywords}
            texts = [str(each.value) for each in node.args if isinstance(each, ast.Constant)]
            for text in texts:
                for gap in re.finditer(r"\{(\w+)[^}]*\}", text):
                    if gap[1] in words:
                        yield re.sub(r"\{[^}]*\}", "x", text[: gap.start()]), words[gap[1]]


def _is_quoted(value: ast.expr, tree: ast.AST) -> bool:
    """Whether it comes from `argument`, by a name of its own or in its place."""
    if isinstance(value, ast.Call):
        return getattr(value.func, "id", "") in QUOTED
    known = [each for each in ast.walk(tree) if isinstance(each, ast.Assign) and isinstance(value, ast.Name)]
    named = [each for each in known if ast.dump(each.targets[0]) == ast.dump(_stored(value))]
    return bool(named) and all(_is_quoted(each.value, tree) for each in named)


def _stored(value: ast.expr) -> ast.expr:
    return ast.Name(value.id, ast.Store()) if isinstance(value, ast.Name) else value


def test_no_command_holds_an_address_that_a_shell_would_take_apart() -> None:
    found = 0
    for path in sorted(PACKAGE.rglob("*.py")):
        tree, name = ast.parse(path.read_text("utf-8")), path.relative_to(PACKAGE).as_posix()
        for before, value in _gaps(tree):
            if BEFORE.search(before) and ast.unparse(value) not in NO_COMMAND.get(name, ()):
                found += 1
                remote = before.count(" x") and "remote_id" in ast.unparse(value)
                assert remote or _is_quoted(value, tree), f"{name}:{value.lineno}: {before}{{{ast.unparse(value)}}}"
    assert found > 15


@pytest.mark.parametrize("word", ["tet", "tết-2027", "welcome.greeting"])
def test_a_word_stays_as_it_is(word: str) -> None:
    assert argument(Address("campaign", word)) == f"campaign.{word}"
    assert shlex.split(argument(word)) == [word]


@pytest.mark.parametrize("word", ["tet[hue]", "it's", 'a "b"', "$(x)", "`x`", "*", "~", "a b", "a|b", "", "a\\b", "#a"])
def test_any_other_is_one_word_in_a_shell(word: str) -> None:
    assert argument(word) != word
    assert shlex.split(f"state rm {argument(word)} next") == ["state", "rm", word, "next"]


def _commands(text: str) -> list[list[str]]:
    return [shlex.split(found) for found in re.findall(r"`(alice-apply [^`]+)`", text)]


def test_what_to_do_about_something_unsettled_can_be_pasted() -> None:
    advice = [
        not_shown(KEYED, "survey", Creation("said", None)),
        refused(KEYED, "survey", 4, Unknown("status 500")),
        perhaps_renamed(KEYED, "survey", [Address("survey", "old[hue]")]),
        made_before(KEYED, "lost"),
        f"`{forgetting(KEYED)}`",
    ]
    for each in advice:
        commands = _commands(str(each))
        assert commands and all(str(KEYED) in words for words in commands), each
