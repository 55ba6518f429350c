"""Certificates: a CA bundle from the environment is honoured, an unknown one stops before anything is sent."""

import shutil
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from provisioner.errors import ApiError, Unreachable

from .conftest import TOKEN, MakeClient, Serve
from .scripted import Reply, ScriptedServer
from .test_responses import VERBS

pytestmark = pytest.mark.skipif(not shutil.which("openssl"), reason="makes its certificate with openssl")

OK = Reply(200, {"id": 5})


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One file with a key and a certificate for the loopback that is its own authority."""
    directory = tmp_path_factory.mktemp("tls")
    key, cert, both = directory / "key.pem", directory / "cert.pem", directory / "both.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=loopback"]
    command += ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(cert)]
    subprocess.run(command, check=True, capture_output=True)
    both.write_text(key.read_text() + cert.read_text())
    return both


@pytest.fixture
def secure(certificate: Path) -> Iterator[ScriptedServer]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server = ScriptedServer(lambda seen: OK, tls=context)
    yield server
    server.close()


@pytest.mark.parametrize("verb", ["get", "create"])
def test_an_unknown_certificate_says_which_variable_to_set(
    secure: ScriptedServer, client_of: MakeClient, monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    with pytest.raises(Unreachable, match="certificate is not trusted: set REQUESTS_CA_BUNDLE"):
        VERBS[verb](client_of(secure.endpoint, TOKEN))
    assert secure.seen == []


def test_the_ca_bundle_is_read_once_from_the_environment(
    secure: ScriptedServer, client_of: MakeClient, monkeypatch: pytest.MonkeyPatch, certificate: Path
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    client = client_of(secure.endpoint, TOKEN)
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    assert client.get("phonebook", 5) == {"id": 5}


def test_a_read_follows_an_upgrade_to_https_and_a_write_asks_for_the_right_endpoint(
    secure: ScriptedServer,
    serve: Serve,
    client_of: MakeClient,
    monkeypatch: pytest.MonkeyPatch,
    certificate: Path,
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    plain = serve(Reply(301, headers={"Location": f"{secure.endpoint}/phonebook/5/"}))
    client = client_of(plain, TOKEN)
    assert client.get("phonebook", 5) == {"id": 5}
    assert secure.seen[0].token == "given"
    with pytest.raises(ApiError, match=r"redirects to https://127\.0\.0\.1\. a redirect is not executed"):
        client.create("phonebook", {})
    assert len(secure.seen) == 1
