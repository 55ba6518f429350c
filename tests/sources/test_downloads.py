"""Row files elsewhere: by https from a server of our own, and as objects of a file system that fsspec knows as s3."""

from __future__ import annotations

import gzip
import ssl
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import fsspec
import pytest
from fsspec.implementations.memory import MemoryFileSystem
from s3fs import S3FileSystem

from provisioner.model import RemoteFile
from provisioner.rows.scratch import Scratch
from provisioner.rows.streams import BadStream
from provisioner.simulator.process import Simulator
from provisioner.sources import downloads
from provisioner.sources.downloads import Download
from tests.factories import NOW, alice
from tests.operator import Operator
from tests.rows.workbooks import xlsx

from .crm import AT

CSV = "contact,first_name\n0934890881,Linh\n0934890882,Minh\n"
BOOK = 'phonebooks: {{leads: {{name: Leads, contacts: {{file: "{url}"}}}}}}\n'


class Pages(BaseHTTPRequestHandler):
    """Answers from `pages`: bytes, or a code with where else it is."""

    pages: ClassVar[dict[str, bytes | tuple[int, str]]] = {}
    seen: ClassVar[list[tuple[str, str | None]]] = []

    def do_GET(self) -> None:
        self.seen.append((self.path, self.headers.get("Authorization")))
        page = self.pages.get(self.path, (404, ""))
        if isinstance(page, bytes):
            self.send_response(200)
            self.send_header("Content-Length", str(len(page)))
            self.end_headers()
            self.wfile.write(page)
            return
        self.send_response(page[0])
        self.send_header("Location", page[1])
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *arguments: object) -> None:
        """Says nothing."""


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tls")
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *names]
    subprocess.run([*command, "-keyout", "key.pem", "-out", "cert.pem"], cwd=folder, check=True, capture_output=True)
    return folder


@pytest.fixture
def site(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a server whose certificate this process trusts."""
    Pages.pages, Pages.seen = {}, []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate / "cert.pem"))
    yield f"https://localhost:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def bucket() -> Iterator[MemoryFileSystem]:
    """Objects at s3://, by the code that asks Amazon otherwise."""
    fsspec.register_implementation("s3", Objects, clobber=True)
    Objects.store.clear()
    yield Objects()
    fsspec.register_implementation("s3", S3FileSystem, clobber=True)


class Objects(MemoryFileSystem):
    """Files in memory under s3://."""

    protocol = ("s3",)
    store: ClassVar[dict[str, object]] = {}
    pseudo_dirs: ClassVar[list[str]] = [""]

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        return "/" + path.removeprefix("s3://").strip("/")


@pytest.fixture
def scratch() -> Iterator[Scratch]:
    found = Scratch()
    yield found
    found.close()


def remote(url: str, *prefixes: str) -> RemoteFile:
    """What a manifest means by a URL, where the project allows its host or some prefixes."""
    return RemoteFile(url, AT, prefixes or ("/".join(url.split("/")[:3]) + "/",))


def refusal(url: str, scratch: Scratch) -> str:
    with pytest.raises(BadStream) as caught:
        Download(remote(url)).fetched(scratch)
    assert caught.value.place == AT
    return str(caught.value)


def test_a_file_comes_as_it_is(site: str, scratch: Scratch) -> None:
    Pages.pages = {"/a.csv.gz": gzip.compress(CSV.encode()), "/old.csv.gz": (302, "/a.csv.gz")}
    for name in ("a", "old"):
        path = Download(remote(f"{site}/{name}.csv.gz")).fetched(scratch)
        assert gzip.decompress(path.read_bytes()).decode() == CSV and path.name.endswith(".csv.gz")
        assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("page", "said"),
    [
        ((404, ""), "cannot be read: it is not there"),
        ((403, ""), "cannot be read: its access is refused"),
        ((500, ""), "cannot be read: HTTP 500"),
        ((302, "https://127.0.0.1:1/a.csv"), "leads to another host"),
        ((301, "http://localhost/a.csv"), "leads to another host"),
        ((302, "/a.csv"), "cannot be read: HTTP 302"),
    ],
    ids=range(6),
)
def test_what_is_no_file(site: str, scratch: Scratch, page: tuple[int, str], said: str) -> None:
    Pages.pages = {"/a.csv": page}
    assert said in refusal(f"{site}/a.csv", scratch)


@pytest.mark.parametrize(
    ("location", "followed"),
    [("/exports/b.csv?signature=x", True), ("/private/b.csv", False), ("/exports/../private/b.csv", False)],
)
def test_a_redirect_stays_where_the_project_allows(site: str, scratch: Scratch, location: str, followed: bool) -> None:
    Pages.pages = {"/exports/a.csv": (302, location), location: CSV.encode(), "/private/b.csv": CSV.encode()}
    download = Download(remote(f"{site}/exports/a.csv", f"{site}/exports/"))
    if followed:
        assert download.fetched(scratch).read_text() == CSV
        return
    with pytest.raises(BadStream, match="leads to a place that `sources`"):
        download.fetched(scratch)
    assert [path for path, _ in Pages.seen] == ["/exports/a.csv"]


def test_a_certificate_that_nobody_knows(site: str, scratch: Scratch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    assert refusal(f"{site}/a.csv", scratch).endswith("cannot be read (SSLError)")
    assert Pages.seen == []


def test_no_password_is_sent_along(
    site: str, scratch: Scratch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("machine localhost login linh password geheim\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    Pages.pages = {"/a.csv": CSV.encode()}
    Download(remote(f"{site}/a.csv")).fetched(scratch)
    assert Pages.seen == [("/a.csv", None)]


def test_more_than_is_taken(site: str, scratch: Scratch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downloads, "MOST_BYTES", 20)
    Pages.pages = {"/a.csv": CSV.encode()}
    assert "is larger than" in refusal(f"{site}/a.csv", scratch)


def test_an_object(bucket: MemoryFileSystem, scratch: Scratch) -> None:
    bucket.pipe_file("s3://crm/a b.csv", CSV.encode())
    assert Download(remote("s3://crm/a b.csv")).fetched(scratch).read_text() == CSV
    assert "cannot be read: it is not there" in refusal("s3://crm/b.csv", scratch)


def test_a_library_that_is_not_installed(scratch: Scratch) -> None:
    assert "needs pip install gcsfs" in refusal("gs://crm/a.csv", scratch)


@pytest.fixture
def operator(simulator: Simulator, tmp_path: Path) -> Operator:
    simulator.reset(now=NOW)
    operator = Operator(tmp_path, simulator, now=NOW)
    allow = 'sources: {allow: ["s3://crm/", "https://localhost"]}\n'
    operator.write("alice.yaml", alice("test", simulator.endpoint) + allow)
    return operator


def test_another_object_makes_a_reviewed_plan_stale(
    operator: Operator, bucket: MemoryFileSystem, tmp_path: Path
) -> None:
    saved = str(tmp_path / "p.plan")
    bucket.pipe_file("s3://crm/leads.csv", CSV.encode())
    operator.write("book.yaml", BOOK.format(url="s3://crm/leads.csv"))
    operator.succeed("plan", "--out", saved)
    bucket.pipe_file("s3://crm/leads.csv", CSV.replace("Linh", "Ling").encode())
    assert operator.run("apply", saved).code == 5
    bucket.pipe_file("s3://crm/leads.csv", CSV.encode())
    operator.succeed("apply", saved)
    operator.demand_nothing_to_do()


def test_a_spreadsheet_and_a_row_that_is_wrong(operator: Operator, bucket: MemoryFileSystem) -> None:
    bucket.pipe_file("s3://crm/leads.csv", (CSV + "12,Nga\n").encode())
    operator.write("book.yaml", BOOK.format(url="s3://crm/leads.csv"))
    said = operator.run("plan")
    assert said.code == 1 and "s3://crm/leads.csv:4:1: error: contacts: 1 row: not a valid" in said.err
    bucket.pipe_file("s3://crm/leads.xlsx", xlsx({"Leads": [["contact", "first_name"], ["0934890881", "Linh"]]}))
    operator.write("book.yaml", BOOK.format(url="s3://crm/leads.xlsx"))
    assert operator.plan()["rows"][0]["add"] == 1


@pytest.mark.parametrize(
    ("url", "said"),
    [
        (
            "s3://crm-evil/a.csv",
            "book.yaml:1:52: error: contacts.file: this URL is not allowed; alice.yaml",
        ),
        ("https://localhost.evil/a.csv", "this URL is not allowed"),
        ("https://localhost@evil/a.csv", "this URL holds a user or a password"),
        ("s3://crm/../evil/a.csv", "this URL has . or .."),
        ("s3://crm/a.exe", "this URL must be one of .csv"),
        ("http://localhost/a.csv", "this URL must begin with"),
    ],
    ids=range(6),
)
def test_what_the_project_does_not_allow_is_told_offline(operator: Operator, url: str, said: str) -> None:
    operator.write("book.yaml", BOOK.format(url=url))
    found = operator.run("validate")
    assert found.code == 1 and said in found.err, found.err
