"""A pipeline's runner for the recipes: their shell in bash, in a checkout; `gh`, `git` and `pip` stay here."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

from provisioner.simulator.process import Simulator

ROOT = Path(__file__).resolve().parent.parent
RECIPES = ROOT / "docs" / "recipes"
NOW = "2027-01-15T09:00:00+07:00"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
HEAD = "0123abcd"
EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")

# `gh` keeps comments and artifacts in a folder, `git` knows the protected branch's alice.yaml, `pip` installs nothing.
PROGRAMS = {
    "gh": """#!/bin/sh
case "$1 $2" in
    "api repos/me/campaigns/contents/alice.yaml?ref=main") cat "$STORE/main/alice.yaml" ;;
    "api repos/me/campaigns/actions/artifacts?name=alice-plan-$HEAD") echo 7 ;;
    "api repos/me/campaigns/issues/5/comments")
        if test "$(head -n 1 "$STORE/comment.md" 2> /dev/null)" = "$MARKER"; then echo 9; fi ;;
    "api repos/me/campaigns/issues/comments/9") for last; do :; done; cp "${last#body=@}" "$STORE/comment.md" ;;
    "run download") test "$3" = 7 && cp "$STORE/$5" "$7/alice.alice-plan" ;;
    "pr comment") echo made >> "$STORE/comments"
        for last; do :; done; cp "$last" "$STORE/comment.md" ;;
    *) exit 9 ;;
esac
""",
    "git": """#!/bin/sh
case "$*" in
    "fetch --quiet --depth 1 origin main") ;;
    "cat-file blob FETCH_HEAD:alice.yaml") cat "$STORE/main/alice.yaml" ;;
    *) exit 9 ;;
esac
""",
    "pip": "#!/bin/sh\n",
}


def blocks(recipe: str, language: str) -> list[str]:
    text = (RECIPES / recipe).read_text(encoding="utf-8")
    return [found for name, found in BLOCK.findall(text) if name == language]


def yaml_block(recipe: str, file: str) -> dict[str, Any]:
    """The block that begins with the name of its file; `on` is text, not YAML 1.1's true."""
    (text,) = [each for each in blocks(recipe, "yaml") if each.startswith(f"# {file}\n")]
    document: dict[str, Any] = yaml.load(text, yaml.BaseLoader)
    return document


def workflow() -> dict[str, Any]:
    return yaml_block("github-actions.md", ".github/workflows/alice.yml")


class Runner:
    """Runs the lines of a job in bash, in a fresh checkout of the quickstart. `main` is the protected branch."""

    def __init__(self, simulator: Simulator, folder: Path) -> None:
        self.simulator, self.folder, self.store = simulator, folder, folder / "store"
        self.main, self.temporary = self.store / "main", folder / "temporary"
        programs = folder / "bin"
        for made in (self.main, self.temporary, programs):
            made.mkdir(parents=True)
        for name, text in PROGRAMS.items():
            (programs / name).write_text(text)
            (programs / name).chmod(0o755)
        settings = (ROOT / "examples" / "quickstart" / "alice.yaml").read_text()
        (self.main / "alice.yaml").write_text(settings.replace("http://127.0.0.1:8765/rest-api", simulator.endpoint))
        own = {name: value for name, value in os.environ.items() if not name.startswith("ALICE_")}
        self.environ = {
            **own,
            "PATH": os.pathsep.join([str(programs), str(Path(sys.executable).parent), os.environ["PATH"]]),
            "CI": "true",
            "ALICE_NOW": NOW,
            "STORE": str(self.store),
            "RUNNER_TEMP": str(self.temporary),
            "TMPDIR": str(self.temporary),
            "CI_DEFAULT_BRANCH": "main",
            "ALICE_APPLY": "git+https://git.example.com/voice/alice-apply",
        }
        self.secrets = {
            "ALICE_USERNAME": "demo",
            "ALICE_PASSWORD": "demo",
            "ALICE_PLAN_KEY": "correct-horse",
            "ALICE_STATE": f"sqlite:///{folder}/state.db",
        }
        self.token = "gh-token"

    def checkout(self, name: str) -> Path:
        project = self.folder / name
        shutil.copytree(ROOT / "examples" / "quickstart", project, ignore=shutil.ignore_patterns(".alice"))
        shutil.copy(self.main / "alice.yaml", project / "alice.yaml")
        return project

    def run(self, project: Path, *lines: str, code: int = 0) -> str:
        """Lines with all secrets at hand; what they wrote to stdout."""
        done = self.bash(project, "\n".join(lines), self.secrets)
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout

    def bash(self, project: Path, script: str, environ: dict[str, str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            cwd=project,
            env={**self.environ, **environ},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=120,
        )

    def job(self, project: Path, name: str, code: int | None = 0) -> str:
        """The steps of a job of GitHub's, each with what it is given; the log."""
        found, log, ended = workflow(), "", 0
        kept = self.folder / "environment"
        kept.write_text("")
        for step in found["jobs"][name]["steps"]:
            if "run" not in step or (ended and step.get("if") != "always()"):
                continue
            set_before = dict(line.split("=", 1) for line in kept.read_text().splitlines())
            given = {**self.resolved(found["env"]), **set_before, **self.resolved(step.get("env", {}))}
            done = self.bash(project, step["run"], {**given, "GITHUB_ENV": str(kept)})
            ended = ended or done.returncode
            log += done.stdout + done.stderr
        assert code is None or ended == code, log
        return log

    def resolved(self, environ: dict[str, str]) -> dict[str, str]:
        """The values of an `env:`; the endpoint is the simulator's."""
        known = {
            "github.repository": "me/campaigns",
            "github.token": self.token,
            "github.event.pull_request.number": "5",
            "github.event.pull_request.head.sha": HEAD,
            **{f"secrets.{name}": value for name, value in self.secrets.items()},
        }
        found = {name: EXPRESSION.sub(lambda match: known[match[1]], value) for name, value in environ.items()}
        return found | ({"ALICE_ENDPOINT": self.simulator.endpoint} if "ALICE_ENDPOINT" in found else {})

    def uploaded(self) -> None:
        """What `upload-artifact` keeps of the job that planned."""
        shutil.copy(self.temporary / "alice" / "alice.alice-plan", self.store / f"alice-plan-{HEAD}")

    def started(self) -> list[int]:
        return [row["status"] for row in self.simulator.objects("campaigns")]
