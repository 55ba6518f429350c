"""Time, CPU and peak memory of a command, as the kernel counts them; a stand-in in a process of its own."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.bench.account import Spec
from tests.bench.results import Cost

TOP = Path(__file__).parents[2]
LAUNCH = Path(__file__).with_name("launch.py")
TOOL = (sys.executable, "-c", "from provisioner.cli import main; main()")
CREDENTIALS = {"ALICE_USERNAME": "bench", "ALICE_PASSWORD": "bench", "ALICE_NOW": "2027-01-15T09:00:00+07:00"}
THREADS = 8  # the tool's own default


class Failed(Exception):
    """A command that should have worked did not."""


def run(
    command: Sequence[str], *, folder: Path, allowed: Sequence[int] = (0,), modules: Path = TOP
) -> tuple[Cost, str]:
    """Run a command to its end: what it cost, and what it wrote on stdout. `modules` is where it finds its own."""
    path = os.pathsep.join([str(modules), os.environ.get("PYTHONPATH", "")])
    environ = {**os.environ, **CREDENTIALS, "PYTHONPATH": path}
    environ.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed tool has compiled modules from its second run on
    out, err, figures = (folder / name for name in ("out.txt", "err.txt", "figures.txt"))
    launch = [sys.executable, "-I", "-S", LAUNCH, out, err, figures, *command]
    subprocess.run(list(map(str, launch)), cwd=folder, env=environ, check=True)
    wall, cpu, peak, code = map(float, figures.read_text().split())
    if code not in allowed:
        raise Failed(f"{command[-6:]} ended with {code:.0f}:\n{err.read_text()}")
    unit = 1024 * 1024 if sys.platform == "darwin" else 1024  # bytes there, kilobytes here
    return Cost(wall, cpu, peak / unit), out.read_text()


def tool(folder: Path, *arguments: str) -> tuple[Cost, str]:
    """`alice-apply -C folder ARGUMENTS`."""
    return run([*TOOL, "-C", str(folder), *arguments], folder=folder)


class Server:
    """A running stand-in, and what it can be told."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint

    def log(self) -> list[Any]:
        """What was asked since it was last told to forget: method, target, size of the body."""
        return list(self._ask("/_log")["log"])

    def cpu(self) -> float:
        """Seconds of CPU since it was last told to forget or to replay."""
        return float(self._ask("/_log")["cpu"])

    def forget(self) -> None:
        """As new."""
        self._ask("/_forget")

    def replay(self) -> None:
        """Show what there is now, whatever is sent from here on."""
        self._ask("/_replay")

    def _ask(self, path: str) -> Any:
        connection = http.client.HTTPConnection(urlsplit(self.endpoint).netloc, timeout=60)
        try:
            connection.request("GET", path)
            return json.loads(connection.getresponse().read())
        finally:
            connection.close()


@contextmanager
def serving(spec: Spec) -> Iterator[Server]:
    """A stand-in for the time of the block."""
    command = [sys.executable, "-m", "tests.bench.standin", spec.dumped()]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=TOP) as process:
        assert process.stdin and process.stdout
        endpoint = process.stdout.readline().strip()
        if not endpoint:
            raise Failed("the stand-in did not start")
        try:
            yield Server(endpoint)
        finally:
            process.stdin.close()
            process.wait(30)


def floor(folder: Path, server: Server, log: list[Any]) -> Cost:
    """What the same requests cost without anything around them."""
    path = folder / "log.json"
    path.write_text(json.dumps(log))
    server.replay()
    cost, _ = run([sys.executable, "-m", "tests.bench.floor", server.endpoint, str(path), str(THREADS)], folder=folder)
    return cost
