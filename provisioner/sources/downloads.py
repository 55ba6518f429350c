"""Row files that are elsewhere, brought into the private folder of a run: https by requests, objects by fsspec.

Whether a URL is allowed was decided before (`manifests.rows`). Nothing is sent but the request for that object, with
the credentials that the machine has for it; a redirect to what is not allowed is refused. What comes is bounded, and a
file like any other from then on. What a server or a library says is not repeated.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urljoin, urlsplit

from provisioner.error_ids import ErrorId
from provisioner.model import RemoteFile
from provisioner.rows.scratch import Scratch
from provisioner.rows.streams import BadStream
from provisioner.rows.tables import SourcePart
from provisioner.rows.urls import BadUrl, allowed, normal

MOST_BYTES = 2 << 30
BLOCK = 1 << 20
REDIRECTS = 5
LIBRARIES = {"s3": "s3fs", "gs": "gcsfs", "az": "adlfs"}
TIMEOUT = (10, 60)  # seconds until it answers, and until the next bytes
REASONS = {401: "it wants credentials", 403: "its access is refused", 404: "it is not there", 410: "it is gone"}


@dataclass(frozen=True)
class Download:
    """One file at a URL."""

    remote: RemoteFile

    @property
    def part(self) -> SourcePart:
        """What people call it; its lines are places."""
        return SourcePart(self.remote.url)

    def fetched(self, scratch: Scratch) -> Path:
        """A copy under the same name but for its stem; raises BadStream."""
        name = PurePosixPath(urlsplit(self.remote.url).path).name
        path, size = scratch.new("".join(PurePosixPath(name).suffixes[-2:])), 0
        with scratch.create(path) as copy:
            for block in self._blocks():
                size += len(block)
                if size > MOST_BYTES:
                    raise self._bad(f"is larger than {MOST_BYTES >> 30} GB")
                copy.write(block)
        return path

    def _blocks(self) -> Iterator[bytes]:
        opened = self._page() if self.remote.url.startswith("https:") else self._object()
        with self._told(), opened as source:
            while block := source.read(BLOCK):
                yield block

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except BadStream:
            raise
        except FileNotFoundError:
            raise self._bad(f"cannot be read: {REASONS[404]}") from None
        except PermissionError:
            raise self._bad(f"cannot be read: {REASONS[403]}") from None
        except Exception as error:  # libraries raise what they like, and may say credentials in it
            raise self._bad(f"cannot be read ({type(error).__name__})") from None

    @contextmanager
    def _object(self) -> Iterator[Any]:
        scheme = self.remote.url.partition(":")[0]
        try:
            import fsspec

            system = fsspec.filesystem(scheme, skip_instance_cache=True)
        except ImportError:
            raise self._bad(f"needs pip install {LIBRARIES.get(scheme, scheme)}", ErrorId.NOT_INSTALLED) from None
        with system.open(self.remote.url, "rb") as source:
            yield source

    @contextmanager
    def _page(self) -> Iterator[Any]:
        import requests

        url = self.remote.url
        with requests.Session() as session, ExitStack() as kept:
            session.auth = lambda request: request  # a .netrc is not meant for this
            session.headers["Accept-Encoding"] = "identity"
            for _ in range(REDIRECTS):
                answer = kept.enter_context(session.get(url, stream=True, allow_redirects=False, timeout=TIMEOUT))
                if not answer.is_redirect:
                    break
                url = self._followed(url, answer.headers["Location"])
            if answer.status_code != 200:
                why = REASONS.get(answer.status_code, f"HTTP {answer.status_code}")
                raise self._bad(f"cannot be read: {why}")
            yield answer.raw

    def _followed(self, url: str, location: str) -> str:
        """Where a redirect leads: on the same host, and to what the project allows; a query may sign it."""
        target = urlsplit(urljoin(url, location))
        if target[:2] != urlsplit(url)[:2]:
            raise self._bad("leads to another host, which is refused; name the place itself, if it is allowed")
        try:
            place = normal(target._replace(query="", fragment="").geturl())
        except BadUrl:
            place = ""
        if not allowed(place, self.remote.allowed):
            raise self._bad("leads to a place that `sources` of alice.yaml does not allow; name one that it does")
        return target.geturl()

    def _bad(self, message: str, id: ErrorId = ErrorId.ROWS_DOWNLOAD) -> BadStream:
        return BadStream(f"{self.remote.url} {message}", self.remote.source, id=id)
