"""Templates to text. Escaping is always on and nothing here can turn it off: no manifest text becomes markup."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from provisioner.reports import sentences
from provisioner.reports.page.graph import SIGNS
from provisioner.reports.wording import visible, worded

if TYPE_CHECKING:
    from jinja2 import Environment

MOST = 500  # members of a list that is not shortened by its own rules
TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True, slots=True)
class Some:
    """The first of many, and how many more there are."""

    shown: Sequence[Any]
    more: int


def rendered(template: str, **values: Any) -> str:
    """A page; a name that a template uses and nobody gives is an error."""
    return _environment().get_template(template).render(values)


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        finalize=_final,
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["number"] = _number
    environment.filters["known"] = _known
    environment.filters["some"] = _some
    environment.filters["worded"] = worded
    environment.filters["left_out"] = sentences.left_out
    environment.globals["SIGNS"] = SIGNS
    return environment


def _final(value: Any) -> Any:
    """What is not yet markup is made visible before it is escaped: no character hides or reorders others."""
    return value if hasattr(value, "__html__") else visible(str(value))


def _number(value: float) -> str:
    """`1,000`."""
    return f"{value:,}"


def _known(value: float | None) -> str:
    """The same; None is a number that nobody knows."""
    return "not known" if value is None else _number(value)


def _some(values: Sequence[Any]) -> Some:
    """At most `MOST`: a page of ten thousand lines is read by nobody."""
    return Some(values[:MOST], max(0, len(values) - MOST))
