"""Row files in a bucket, by s3fs itself from a server that speaks S3."""

from __future__ import annotations

import gzip
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import fsspec
import pytest
import requests

from provisioner.rows.scratch import Scratch
from provisioner.rows.streams import BadStream
from provisioner.simulator.process import Simulator
from provisioner.sources.downloads import Download
from tests.factories import NOW, alice
from tests.operator import Operator
from tests.rows.workbooks import xlsx

from .test_downloads import BOOK, CSV, remote

SERVER = """
import sys
from moto.server import ThreadedMotoServer
server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
server.start()
print(server.get_host_and_port()[1], flush=True)
sys.stdin.read()
server.stop()
"""


@pytest.fixture(scope="module")
def service() -> Iterator[str]:
    """The address of a server of buckets, in a process of its own."""
    with subprocess.Popen(
        [sys.executable, "-c", SERVER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        process.communicate()


@pytest.fixture
def bucket(service: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A bucket called crm; this process has the credentials for it as Amazon's own tools take them."""
    for name, value in {"ENDPOINT_URL": service, "ACCESS_KEY_ID": "key", "SECRET_ACCESS_KEY": "geheim"}.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    requests.post(f"{service}/moto-api/reset", timeout=10)
    fsspec.filesystem("s3", skip_instance_cache=True).mkdir("crm")
    return "s3://crm"


@pytest.fixture
def operator(simulator: Simulator, tmp_path: Path) -> Operator:
    simulator.reset(now=NOW)
    operator = Operator(tmp_path, simulator, now=NOW)
    operator.write("alice.yaml", alice("test", simulator.endpoint) + 'sources: {allow: ["s3://crm/exports/"]}\n')
    return operator


def parquet(folder: Path) -> bytes:
    path = folder / "rows.parquet"
    rows = "SELECT '0934890881' AS contact, 'Linh' AS first_name UNION ALL SELECT '0934890882', 'Minh'"
    with duckdb.connect() as connection:
        connection.sql(rows).write_parquet(str(path))
    return path.read_bytes()


def put(bucket: str, name: str, content: bytes) -> None:
    fsspec.filesystem("s3", skip_instance_cache=True).pipe_file(f"{bucket}/{name}", content)


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz", "a.jsonl", "a.parquet", "a.xlsx"])
def test_rows_of_every_form(name: str, bucket: str, operator: Operator, tmp_path: Path) -> None:
    jsonl = b'{"contact": "0934890881", "first_name": "Linh"}\n{"contact": "0934890882", "first_name": "Minh"}\n'
    book = xlsx({"A": [["contact", "first_name"], ["0934890881", "Linh"], ["0934890882", "Minh"]]})
    forms = {"csv": CSV.encode(), "gz": gzip.compress(CSV.encode()), "jsonl": jsonl, "xlsx": book}
    forms["parquet"] = parquet(tmp_path)
    put(bucket, f"exports/{name}", forms[name.rpartition(".")[2]])
    operator.write("book.yaml", BOOK.format(url=f"s3://crm/exports/{name}"))
    operator.apply()
    contacts = operator.simulator.objects("contact")
    named = {(row["contact"], row["first_name"]) for row in contacts if row["first_name"]}
    assert named == {("0934890881", "Linh"), ("0934890882", "Minh")}
    operator.demand_nothing_to_do()


def test_another_object_makes_a_reviewed_plan_stale(bucket: str, operator: Operator, tmp_path: Path) -> None:
    saved = str(tmp_path / "p.plan")
    put(bucket, "exports/leads.csv", CSV.encode())
    operator.write("book.yaml", BOOK.format(url="s3://crm/exports/leads.csv"))
    operator.succeed("plan", "--out", saved)
    put(bucket, "exports/leads.csv", CSV.replace("Linh", "Ling").encode())
    assert operator.run("apply", saved).code == 5


@pytest.mark.parametrize("url", ["s3://crm/private.csv", "s3://elsewhere/exports/a.csv"])
def test_what_the_project_does_not_allow_is_not_asked_for(url: str, bucket: str, operator: Operator) -> None:
    put(bucket, "private.csv", CSV.encode())
    operator.write("book.yaml", BOOK.format(url=url))
    said = operator.run("plan")
    assert said.code == 1 and "sources" in said.err and "0934" not in said.out + said.err


@pytest.mark.parametrize("url", ["s3://crm/none.csv", "s3://none/a.csv"])
def test_what_is_not_there(url: str, bucket: str) -> None:
    scratch = Scratch()
    with pytest.raises(BadStream, match="cannot be read: it is not there"):
        Download(remote(url)).fetched(scratch)
    scratch.close()


def test_a_service_that_is_not_there_is_told_without_credentials(bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    scratch = Scratch()
    with pytest.raises(BadStream, match="cannot be read") as caught:
        Download(remote("s3://crm/a.csv")).fetched(scratch)
    assert "geheim" not in str(caught.value)
    scratch.close()
