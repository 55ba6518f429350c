"""What holds of every run of a test: its plan is one by schemas/plan.schema.json and has nothing that the schema does
not describe, its sentences are told in Vietnamese too, and its progress never comes further than its total.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache, wraps
from typing import Any

import jsonschema_rs

from provisioner.cli.progress import LineProgress
from provisioner.plan.build import ExecutablePlan
from provisioner.plan.model import Plan
from provisioner.progress import Advance
from provisioner.reports import plan_document
from provisioner.runtime import PLAN_SCHEMA, schemas
from provisioner.session import Session
from tests.strange import demand_told


def closed(node: Any) -> Any:
    """The schema with every object closed: what comes out of this version is described."""
    if isinstance(node, list):
        return [closed(part) for part in node]
    if not isinstance(node, dict):
        return node
    found = {name: closed(part) for name, part in node.items()}
    named = isinstance(found.get("properties"), dict) and found.get("type") == "object"
    return {"additionalProperties": False, **found} if named else found


@cache
def schema() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((schemas() / PLAN_SCHEMA).read_text(encoding="utf-8"))
    return found


@cache
def _validator() -> jsonschema_rs.Draft7Validator:
    return jsonschema_rs.Draft7Validator(closed(schema()))


def demand_valid(document: Any) -> None:
    error = next(iter(_validator().iter_errors(document)), None)
    assert error is None, f"no plan by {PLAN_SCHEMA} at {list(error.instance_path)}: {error.message}"


def _ours(plan: Plan) -> Plan:
    """Without what findings say: a policy, a rule or another package's check has words of its own."""
    return replace(plan, findings=(), refusals=())


def _checked(method: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(method)
    def checked(*arguments: Any, **options: Any) -> Any:
        made = method(*arguments, **options)
        plan = made if isinstance(made, Plan) else made.plan
        demand_valid(plan_document(plan))
        demand_told(_ours(plan))
        return made

    return checked


def _applied(method: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(method)
    def applied(session: Session, executable: ExecutablePlan) -> Any:
        outcomes = method(session, executable)
        demand_told(_ours(executable.plan), outcomes)
        return outcomes

    return applied


def _counted(method: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(method)
    @contextmanager
    def phase(progress: LineProgress, name: str, total: int | None = None) -> Iterator[Advance]:
        done = 0

        def advance(steps: int = 1) -> None:
            nonlocal done
            done += steps
            assert total is None or done <= total, f"{name}: {done} of {total}"
            told(steps)

        with method(progress, name, total) as told:
            yield advance

    return phase


def watch() -> None:
    """From now on every plan that is made in this process is looked at, and what came of it when it is applied."""
    if not hasattr(LineProgress.phase, "__counted__"):
        LineProgress.phase = _counted(LineProgress.phase)
        LineProgress.phase.__counted__ = True
    if not hasattr(Session.apply, "__wrapped__"):
        Session.apply = _applied(Session.apply)
    for name in ("plan", "drift"):
        method = getattr(Session, name)
        if not hasattr(method, "__wrapped__"):
            setattr(Session, name, _checked(method))
