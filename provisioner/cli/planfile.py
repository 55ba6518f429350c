"""Plan files: the plan document, and beside it what apply needs to recognise the plan again.

The file is for people and programs alike, and holds no personal data. A wrong one is an error that says what to do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from provisioner.errors import StalePlan, UsageError
from provisioner.model import Plan
from provisioner.reports.document import FORMAT_VERSION, NotAPlan, plan_document, plan_from_document

ADVICE = "make one with `alice-apply plan --out FILE`"


@dataclass(frozen=True, slots=True)
class SavedPlan:
    """A plan file that was read; `extra` is what stands in it beside the plan."""

    plan: Plan
    extra: Mapping[str, Any]


def save_plan(path: Path, plan: Plan, extra: Mapping[str, Any]) -> None:
    """Write the file whole or not at all."""
    content = orjson.dumps({**plan_document(plan), **extra}, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    write_file(path, content)


def read_plan(path: Path) -> SavedPlan:
    """Raises UsageError when the file is no plan, StalePlan when another version of the tool wrote it."""
    document = _document(path)
    try:
        plan = plan_from_document(document)
    except NotAPlan as error:
        if error.version is not None:
            raise StalePlan([f"{path} has format {error.version}, this version reads {FORMAT_VERSION}"]) from None
        raise UsageError(f"{path} is no plan: {error}; {ADVICE}") from None
    return SavedPlan(plan, {key: value for key, value in document.items() if key not in plan_document(plan)})


def write_file(path: Path, content: bytes) -> None:
    """Replace the file, or leave it as it was when something fails; a link, a device or a pipe is written to."""
    beside = path.with_name(f".{path.name}.part")
    try:
        if path.is_symlink() or (path.exists() and not path.is_file()):
            path.write_bytes(content)
        else:
            beside.write_bytes(content)
            beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise UsageError(f"cannot write {path}: {error.strerror}") from None
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def _document(path: Path) -> Any:
    try:
        return orjson.loads(path.read_bytes())
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}; {ADVICE}") from None
    except orjson.JSONDecodeError:
        raise UsageError(f"{path} is no plan: it is not JSON; {ADVICE}") from None
