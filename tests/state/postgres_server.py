"""A real PostgreSQL server of our own: in a temporary folder, on a unix socket only, as a user that is not root.

Debian keeps the programs out of PATH, in /usr/lib/postgresql/VERSION/bin; both places are looked at.
"""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import quote

import psycopg

USER, PASSWORD = "linh", "geheim-9431"
MISSING = (
    "no PostgreSQL server programs (initdb, pg_ctl) in PATH or /usr/lib/postgresql/*/bin: "
    "`apt-get install postgresql` to run these tests"
)


def programs() -> Path | None:
    """The folder of initdb and pg_ctl, the newest version first; None when there is no server to start."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name), reverse=True)
    found = shutil.which("initdb")
    candidates = [Path(found).resolve().parent] if found else []
    for folder in [*candidates, *folders]:
        if (folder / "initdb").exists() and (folder / "pg_ctl").exists():
            return folder
    return None


class Server:
    """Started on creation. `schema()` gives each test a corner of its own in the one database."""

    def __init__(self, folder: Path) -> None:
        self._programs = folder
        # Not pytest's own temporary folder: only its owner may enter that, and socket paths must be short.
        self._home = Path(tempfile.mkdtemp(prefix="alice-pg-"))
        self._owner = _owner()
        self._names = itertools.count()
        if self._owner:
            os.chown(self._home, self._owner.pw_uid, self._owner.pw_gid)
        self._home.chmod(0o755)
        self._initialise()
        self.start()

    def _initialise(self) -> None:
        secret = self._home / "password"
        secret.write_text(PASSWORD)
        secret.chmod(0o644)
        options = ["--username", USER, "--pwfile", str(secret), "--auth", "scram-sha-256", "--no-sync"]
        self._run("initdb", "--pgdata", self._data, "--encoding", "UTF8", "--locale", "C", *options)

    @property
    def _data(self) -> str:
        return str(self._home / "data")

    def start(self) -> None:
        """Up and answering when this returns."""
        settings = f"-c listen_addresses='' -k {self._home} -c fsync=off -c max_connections=40"
        self._run("pg_ctl", "start", "-w", "-D", self._data, "-o", settings, "-l", str(self._home / "log"))

    def stop(self) -> None:
        """Down, with every connection cut."""
        self._run("pg_ctl", "stop", "-w", "-m", "fast", "-D", self._data)

    def remove(self) -> None:
        """Stops it and leaves nothing behind."""
        self.stop()
        shutil.rmtree(self._home)

    def _run(self, program: str, *arguments: str) -> None:
        """As the unprivileged user; output goes to a file, because the daemon would keep a pipe open."""
        identity = {"user": self._owner.pw_uid, "group": self._owner.pw_gid, "extra_groups": []} if self._owner else {}
        said = self._home / "output"
        with said.open("wb") as output:
            command = [str(self._programs / program), *arguments]
            done = subprocess.run(
                command, stdout=output, stderr=subprocess.STDOUT, cwd=self._home, timeout=60, **identity
            )
        if done.returncode:
            raise RuntimeError(f"{program} failed: {said.read_text()}")

    def connect(self, **more: str) -> psycopg.Connection[tuple[object, ...]]:
        """A connection of the administrator, committing at once."""
        return psycopg.connect(
            host=str(self._home), user=USER, password=PASSWORD, dbname="postgres", autocommit=True, **more
        )

    def schema(self) -> str:
        """The URL of a new, empty schema."""
        name = f"test_{next(self._names)}"
        with self.connect() as connection:
            connection.execute(f"CREATE SCHEMA {name}")
        return self.url(options=f"-csearch_path={name}")

    def url(self, *, password: str = PASSWORD, database: str = "postgres", **more: str) -> str:
        """A state URL of this server."""
        query = "&".join(f"{key}={quote(value, safe='')}" for key, value in {"host": str(self._home), **more}.items())
        return f"postgresql+psycopg://{USER}:{password}@/{database}?{query}"


def schema_of(url: str) -> str:
    """The name of the schema that `Server.schema` made."""
    return url.rpartition("%3D")[2]


def _owner() -> pwd.struct_passwd | None:
    """Whom to become: PostgreSQL refuses to run as root. None when we are nobody special."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return pwd.getpwnam("postgres" if "postgres" in names else "nobody")
