"""CEL expressions evaluated by `worker`, in a process of its own with bounded time and memory: from values to verdicts.

A rule may come from a branch that nobody has looked at, and a short expression may double a list a thousand times. What
such a one does to its process (no end, no memory, a crash) is one more verdict: the expression it was at cannot be
evaluated, and neither is what would have come behind it. The process has no environment, so there is no secret in it.
"""

from __future__ import annotations

import json
import pickle
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

from provisioner.errors import ProvisionerError
from provisioner.messages import shown
from provisioner.rules.expression import mentions, undefined

SECONDS, EVALUATIONS_A_SECOND = 20, 1_000  # of CPU; one evaluation takes 0.03 ms, and 0.2 ms to make its variables
MEMORY = 1 << 30
WORKER = Path(__file__).with_name("worker.py")

_PLACE = re.compile(r"<input>:(\d+):(\d+): (?:Syntax error: )?(.*?)(?: expecting \{.*)?$", re.MULTILINE)
_QUOTED = re.compile(r"'([^']*)'")

_REASONS: Mapping[str, str] = {
    "TypeError": "it compares or combines values of types that do not go together",
    "ZeroDivisionError": "it divides by zero",
    "OverflowError": "a number in it becomes too large",
    "MemoryError": "it needs too much memory",
}


class RuleResult(StrEnum):
    """What an evaluation comes to; `SKIP`: its `when` is false."""

    PASS = "pass"
    FAIL = "fail"
    SKIP = "skip"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class RuleVerdict:
    """The result, and of an error why there is none."""

    result: RuleResult
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """Variables, and the numbers of the expressions asked about them: of each `when` (None: always) and `require`."""

    variables: Mapping[str, Any]
    pairs: tuple[tuple[int | None, int], ...]


def faults(expressions: Sequence[str]) -> list[str]:
    """What is wrong with each expression, "" where nothing is; each is told the first of it."""
    answers = _answers(expressions, ())
    found = [_fault(text, answer) for text, answer in zip(expressions, answers, strict=False)]
    return [*found, *[_ended(()).reason] * (len(expressions) - len(found))]


def verdicts(expressions: Sequence[str], questions: Sequence[Question]) -> list[RuleVerdict]:
    """One for every pair of every question, in order."""
    wanted = sum(len(each.pairs) for each in questions)
    if not wanted:
        return []
    found = [_verdict(answer) for answer in _answers(expressions, questions)[len(expressions) :]]
    return [*found, *[_ended(questions)] * (wanted - len(found))]


def _ended(questions: Sequence[Question]) -> RuleVerdict:
    megabytes = MEMORY >> 20
    limits = f"{_seconds(questions)} seconds of CPU time or {megabytes:,} MB"
    why = f"the evaluation of rules was ended: it took more than {limits}. Make rules simpler"
    return RuleVerdict(RuleResult.ERROR, why)


def _seconds(questions: Sequence[Question]) -> int:
    return SECONDS + sum(len(each.pairs) for each in questions) // EVALUATIONS_A_SECOND


def _answers(expressions: Sequence[str], questions: Sequence[Question]) -> list[Any]:
    """What the process said before it ended: for every expression, then for every pair."""
    command = [sys.executable, "-I", "-S", str(WORKER), _library(), str(_seconds(questions)), str(MEMORY)]
    with TemporaryFile() as given, TemporaryFile() as said:
        pickle.dump(list(expressions), given)
        for each in questions:
            pickle.dump((each.variables, each.pairs), given)
        given.seek(0)
        done = subprocess.run(command, stdin=given, stdout=said, stderr=subprocess.DEVNULL, env={}, check=False)
        said.seek(0)
        answers = [json.loads(line) for line in said if line.endswith(b"\n")]
    if expressions and not answers and done.returncode > 0:
        raise ProvisionerError("rules cannot be evaluated: common-expression-language does not load; install it again")
    return answers


def _library() -> str:
    """The folder of the extension module. The package around it is not imported: it brings a command line (0.5 s)."""
    spec = find_spec("cel")
    if spec is None or not spec.submodule_search_locations:
        raise ProvisionerError("rules are evaluated by common-expression-language, which is not installed: install it")
    return spec.submodule_search_locations[0]


def _fault(text: str, answer: Sequence[Any]) -> str:
    if answer[0] == "error":
        place = _PLACE.search(str(answer[1]))
        line, column, what = place.groups() if place else ("1", "1", str(answer[1]))
        return f"is no expression of CEL: {shown(what)}, at line {line}, column {column} of it"
    return next(undefined(answer[1], answer[2], mentions(text).bound), "")


def _verdict(answer: Sequence[str]) -> RuleVerdict:
    return RuleVerdict(RuleResult(answer[0]), _reason(*answer[1:]) if answer[0] == RuleResult.ERROR else "")


def _reason(sort: str, detail: str) -> str:
    """Why there is no result; of what the library says only names are taken, as the rest may hold values."""
    quoted = _QUOTED.search(detail)
    name = shown(quoted.group(1)) if quoted else ""
    if sort == "result":
        return f"it comes to a value of type {shown(detail)}, not to true or false"
    if sort == "KeyError":
        return f"there is no '{name}': ask `has(...)` first, or leave it out of the rule"
    if sort == "RuntimeError" and name and not name.startswith("("):
        return f"'{name}' cannot be used with these values"
    return _REASONS.get(sort, "a value in it cannot be used")
