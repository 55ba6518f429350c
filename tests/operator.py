"""What an operator does with a project, through the command line, in this process: plan, apply, look at exit codes."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

from provisioner.cli import run
from provisioner.simulator.process import Simulator
from tests import plan_schema

plan_schema.watch()

LOGGED = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ ")


@dataclass(frozen=True)
class Said:
    """How a command ended, and what it wrote."""

    code: int
    out: str
    err: str


def unlogged(err: str) -> str:
    """What was said on stderr besides the lines of a log, which begin with their time."""
    return "".join(line for line in err.splitlines(keepends=True) if not LOGGED.match(line))


@dataclass
class Operator:
    """Runs commands in a project directory against a simulator."""

    directory: Path
    simulator: Simulator
    now: datetime
    environ: Mapping[str, str] = field(default_factory=dict)

    def write(self, name: str, text: str) -> Path:
        path = self.directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def run(self, *arguments: str) -> Said:
        """`alice-apply -C directory ARGUMENTS`, with the credentials of the demo user."""
        out, err = io.StringIO(), io.StringIO()
        environ = {
            "ALICE_USERNAME": "demo",
            "ALICE_PASSWORD": "demo",
            "ALICE_NOW": self.now.isoformat(),
            **self.environ,
        }
        with (
            patch.dict(os.environ, environ),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            code = run(["-C", str(self.directory), *arguments])
        return Said(code, out.getvalue(), err.getvalue())

    def succeed(self, *arguments: str) -> Said:
        said = self.run(*arguments)
        assert said.code == 0, f"{arguments} ended with {said.code}\n{said.out}\n{said.err}"
        return said

    def plan_text(self, *options: str) -> str:
        """The text report, with what differs from run to run left out."""
        text = self.succeed("plan", *options).out
        return text.replace(self.simulator.endpoint, "ENDPOINT")

    def plan(self, *options: str) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.succeed("plan", "--output", "json", *options).out)
        return document

    def apply(self, *options: str) -> Said:
        return self.succeed("apply", "--auto-approve", "--allow-calls", *options)

    def demand_nothing_to_do(self) -> None:
        """The invariant of every test that applies: a plan is empty and has sent not one write."""
        self.simulator.clear_requests()
        said = self.run("plan", "--detailed-exitcode")
        assert said.code == 0, f"not empty after apply ({said.code}):\n{said.out}\n{said.err}"
        assert self.simulator.writes() == []
