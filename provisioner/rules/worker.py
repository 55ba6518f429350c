"""Evaluates CEL, in a process of its own that has no environment: a script, run by `evaluation` with `python -I -S`.

    worker.py FOLDER CPU_SECONDS MEMORY_BYTES      FOLDER holds the extension module of the library

In on stdin, pickled one after another: the expressions, then for everything they are asked about a mapping of variables
and the pairs (when, require) of their numbers. Out on stdout, a JSON value on a line: for each expression what it names
or why it is none, for each pair what it came to. Lines are written at once, so that whoever started the process knows
what it was at when the system ended it.

It imports nothing of the package: what a hostile expression can reach is what stands here.
"""

import json
import os
import pickle
import resource
import sys
from collections.abc import Callable, Iterator
from typing import Any

LONGEST = 500  # characters of what the library says


def main(folder: str, seconds: int, memory: int) -> None:
    """Answer everything."""
    sys.path.insert(0, folder)
    import cel

    limits = ((resource.RLIMIT_CPU, seconds), (resource.RLIMIT_AS, memory), (resource.RLIMIT_CORE, 0))
    for what, most in limits:
        resource.setrlimit(what, (most, most))
    programs: list[Any] = []
    for expression in pickle.load(sys.stdin.buffer):
        programs.append(_told(lambda text=expression: cel.compile(text)))  # type: ignore[misc]
        _say(_named(programs[-1]))
    for variables, pairs in _subjects():
        context = _told(lambda given=variables: cel.Context(given))  # type: ignore[misc]
        for when, require in pairs:
            _say(_verdict(programs, context, when, require))


def _subjects() -> Iterator[Any]:
    while True:
        try:
            yield pickle.load(sys.stdin.buffer)
        except EOFError:
            return


def _told(work: Callable[[], Any]) -> Any:
    """What comes of it, or of what is wrong the exception: a panic of the library is no `Exception`."""
    try:
        return work()
    except BaseException as error:
        return error


def _named(program: Any) -> list[Any]:
    if isinstance(program, BaseException):
        return ["error", str(program)[:LONGEST]]
    return ["names", program.variables(), program.functions()]


def _verdict(programs: list[Any], context: Any, when: int | None, require: int) -> list[Any]:
    """`skip` where `when` is false, `pass`, `fail`, or what is wrong."""
    for number in (require,) if when is None else (when, require):
        result = _told(lambda program=programs[number]: program.execute(context))  # type: ignore[misc]
        failed = next((each for each in (context, result) if isinstance(each, BaseException)), None)
        if failed is not None:
            return ["error", type(failed).__name__, str(failed)[:LONGEST]]
        if type(result) is not bool:
            return ["error", "result", type(result).__name__]
        if number == when and number != require and not result:
            return ["skip"]
    return ["pass"] if result else ["fail"]


def _say(answer: list[Any]) -> None:
    os.write(1, json.dumps(answer).encode() + b"\n")


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:4]))
