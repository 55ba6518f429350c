"""Hostile input takes bounded work: each limit is told by name, in little memory and time, in a process of its own."""

from __future__ import annotations

import gzip
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.api.scripted import Reply, ScriptedServer
from tests.bench.measure import LAUNCH

MEMORY, SECONDS = 512, 20  # MB of resident memory; of processor time, so that a busy machine makes no difference
HEAD = "alice: 1\nendpoint: {}\ntimezone: Asia/Ho_Chi_Minh\nregion: VN\n"
BOOK = "phonebooks: {vip: {name: V, contacts: {file: 'NAME', columns: {contact: phone}}}}\n"
FULL = 950_000


def bounded(folder: Path, *arguments: str) -> tuple[int, str]:
    """How the command ended and what it wrote; fails when it took too much."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
        resource.setrlimit(resource.RLIMIT_DATA, (2 << 30, 2 << 30))  # a bound that fails harms nobody else

    environ = {**os.environ, "ALICE_USERNAME": "demo", "ALICE_PASSWORD": "demo"}
    command = [str(Path(sys.executable).with_name("alice-apply")), "-C", str(folder), *arguments]
    with tempfile.TemporaryDirectory() as kept:
        out, err, figures = (Path(kept, name) for name in ("out", "err", "figures"))
        launch = [sys.executable, "-I", "-S", LAUNCH, out, err, figures, *command]
        subprocess.run(list(map(str, launch)), env=environ, preexec_fn=limit, check=True)
        said = out.read_text() + err.read_text()
        _, cpu, peak, code = map(float, figures.read_text().split())
    assert peak / 1024 < MEMORY and cpu < SECONDS, said[-300:]
    return int(code), said


def empty(path: Path, size: int) -> None:
    """A file of so many bytes that takes no room."""
    with path.open("wb") as stream:
        stream.truncate(size)


def rows(name: str, size: int = 3 << 30) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        (folder / "m.yaml").write_text(BOOK.replace("NAME", name))
        empty(folder / name, size)

    return write


def packed(folder: Path) -> None:
    (folder / "m.yaml").write_text(BOOK.replace("NAME", "v.jsonl.gz"))
    with gzip.open(folder / "v.jsonl.gz", "wb", compresslevel=1) as stream:
        stream.write(b'{"phone": "')
        for _ in range(200):
            stream.write(bytes([48]) * (1 << 20))


def deep(folder: Path) -> None:
    (folder / "m.yaml").write_text(BOOK.replace("NAME", "/".join(["**"] * 9) + "/*.csv"))
    for _ in range(30):
        for name in ("a", "b", "c"):
            (folder / name).mkdir()
        folder /= "a"


def grown(times: int, objects: int = 1) -> Callable[[Path], None]:
    """Texts that a variable, and a file, make large."""

    def write(folder: Path) -> None:
        with (folder / "alice.yaml").open("a") as stream:
            stream.write(f"variables: {{x: '{'y' * FULL}'}}\n")
        (folder / "t.txt").write_text("y" * FULL)
        texts = ("${var.x}" * times, "${file.t.txt}" * times)
        lines = [f"  a{number}: {{name: '{texts[number % 2]}{number}'}}" for number in range(objects)]
        (folder / "m.yaml").write_text("\n".join(["surveys:", *lines]))

    return write


def laughs(folder: Path) -> None:
    lists = [f"  b{n}: &b{n} [{','.join([f'*b{n - 1}' if n else '*a'] * 9)}]" for n in range(12)]
    (folder / "m.yaml").write_text("\n".join(["surveys:", "  a: &a {name: x}", *lists]))


def text(content: str) -> Callable[[Path], None]:
    return lambda folder: (folder / "m.yaml").write_text(content) and None


CASES: dict[str, tuple[Callable[[Path], None], str]] = {
    "a pattern": (deep, "'**' stands more than 2 times"),
    "a line of CSV": (rows("v.csv"), "its first line does not end"),
    "a line of JSON": (rows("v.jsonl"), "has a line of more than 64 MB"),
    "a packed line": (packed, "has a line of more than 64 MB"),
    "a manifest": (lambda folder: empty(folder / "big.yaml", 3 << 30), "is larger than 8 MB"),
    "an ignore file": (lambda folder: empty(folder / ".aliceignore", 3 << 30), "is larger than 8 MB"),
    "a text": (grown(2000), "becomes a text of more than 2,000,000 characters"),
    "many texts": (grown(2, 10), "more than 16,000,000 characters together"),
    "aliases": (laughs, "expand to more than 1,000,000 values"),
    "lists in lists": (text("[" * 500_000), "exceeded maximum nesting depth"),
    "mappings in mappings": (text("{a: " * 100_000), "nested more than 64 deep"),
}


@pytest.mark.parametrize("case", CASES)
def test_a_limit_is_told_by_name(tmp_path: Path, case: str) -> None:
    make, told = CASES[case]
    (tmp_path / "alice.yaml").write_text(HEAD.format("http://127.0.0.1:9"))
    make(tmp_path)
    code, said = bounded(tmp_path, "validate")
    assert code == 1 and told in said and "Traceback" not in said, said[-500:]


@pytest.mark.parametrize("coding", ["", "gzip"])
def test_an_answer_without_end_is_given_up(tmp_path: Path, coding: str) -> None:
    body = b"[" + b"0," * (20 << 20)
    headers = {"Content-Encoding": coding} if coding else {}
    reply = Reply(200, gzip.compress(body, 1) if coding else body, headers)
    server = ScriptedServer(lambda seen: reply)
    (tmp_path / "alice.yaml").write_text(HEAD.format(server.endpoint))
    try:
        code, said = bounded(tmp_path, "get", "campaigns")
    finally:
        server.close()
    assert code == 1 and "the answer is larger than 32 MB" in said, said[-500:]
