"""Where an error of ours came from, for a report of it: files, lines and functions, and never a value or a message.

What an exception says may quote rows, and a path may hold a user's name.
"""

from __future__ import annotations

from collections.abc import Iterator


def internal(error: BaseException) -> str:
    """A mistake of ours in one line: what it is and where. Never its message, which may quote rows."""
    return (
        f"internal error: {type(error).__name__} at {' < '.join(_places(error)[:3])}: this is a bug of alice-apply "
        "and not of your project; please report this line, it holds no personal data"
    )


def way(error: BaseException) -> list[str]:
    """Where an error came through, the innermost place first: files, lines and functions, and no value."""
    return [f"  {place} in {function}" for place, function in reversed(list(_frames(error)))]


def innermost(error: BaseException) -> str:
    """The place that an error was raised at, `file:line`."""
    return ([place for place, _ in _frames(error)] or ["an unknown place"])[-1]


def _places(error: BaseException) -> list[str]:
    frames = list(_frames(error))
    own = [place for place, _ in frames if place.startswith("provisioner/")]
    return list(reversed(own or [place for place, _ in frames])) or ["an unknown place"]


def _frames(error: BaseException) -> Iterator[tuple[str, str]]:
    at = error.__traceback__
    while at is not None:
        code = at.tb_frame.f_code
        yield f"{_shown(code.co_filename)}:{at.tb_lineno}", code.co_name
        at = at.tb_next


def _shown(file: str) -> str:
    """A file of ours from the package on, any other by its name: a path may hold a user's name."""
    _, package, inside = file.replace("\\", "/").rpartition("/provisioner/")
    return f"provisioner/{inside}" if package else inside.rpartition("/")[2]
