"""The public API: a project, a session with its account and state, a report, for programs that import `provisioner`.

`import provisioner` hands these on (docs/library.md). Nothing here prints, exits, asks anybody or listens for signals:
that is `provisioner.cli`, which is built of the same parts.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from provisioner.ci_jobs import job_url
from provisioner.error_ids import ErrorId
from provisioner.errors import StateError, UsageError
from provisioner.language import ENGLISH, LANGUAGES
from provisioner.runtime import in_ci, is_inside, is_loopback

if TYPE_CHECKING:
    from provisioner.api import Client
    from provisioner.apply.work import Tuning
    from provisioner.plan.model import Outcome, Plan
    from provisioner.progress import Progress
    from provisioner.project import Project, Settings
    from provisioner.session import Session
    from provisioner.state import Store


def load_project(
    directory: str | os.PathLike[str],
    *,
    environment: str | None = None,
    variables: Mapping[str, str] | None = None,
    environ: Mapping[str, str] | None = None,
) -> Project:
    """What the manifests below a folder say, as `alice-apply -C DIRECTORY -e ENVIRONMENT --var NAME=VALUE` reads it.

    `environ` takes the place of `os.environ`: ALICE_ENV, ALICE_ENDPOINT, ALICE_STATE, ALICE_TRUST, and what `${env.X}`
    means. Of row files the headers are read; nothing is asked of a network.

    Raises ManifestError with all that is wrong, each with its `file:line:column`.
    """
    from provisioner.manifests import load

    return load(
        Path(directory),
        environment=environment,
        variables=variables or {},
        environ=os.environ if environ is None else environ,
    )


@contextmanager
def open_session(
    project: Project,
    *,
    environ: Mapping[str, str] | None = None,
    now: datetime | None = None,
    parallelism: int | None = None,
    rate_limit: float | None = None,
    timeout: float | None = None,
    on_error: Literal["stop", "continue"] = "stop",
    should_stop: Callable[[], bool] = lambda: False,
    log: Callable[[str], None] | None = None,
    progress: Progress | None = None,
) -> Iterator[Session]:
    """A project with its account on Alice and its recorded state, for the length of a block. Logs in when first asked.

    `environ` (else `os.environ`) has the credentials: what `credentials` of alice.yaml names, else ALICE_USERNAME and
    ALICE_PASSWORD, or ALICE_TOKEN. `now` is the
    clock of planning, with an offset; another than the real one is for tests, against a server on this machine.
    `parallelism` are requests at a time (8), `rate_limit` requests a second (any), `timeout` seconds to wait for an
    answer (30). `should_stop` is asked before anything new is begun. `log` gets a line for every request, none with
    personal data.

    Raises UsageError without credentials, StateError for a state that cannot be opened or is another account's.
    """
    from provisioner.api import Client, credentials_from
    from provisioner.apply.work import Tuning
    from provisioner.progress import NoProgress
    from provisioner.state import open_store

    environ, settings = os.environ if environ is None else environ, project.settings
    moment = _moment(now, settings)
    require_own_state(settings, environ)
    wanted = {"timeout": timeout, "parallelism": parallelism, "rate_limit": rate_limit}
    given: dict[str, Any] = {name: value for name, value in wanted.items() if value is not None}
    shown = settings.endpoint_shown if settings.endpoint_hidden else None
    tuning = Tuning.of(parallelism, timeout, on_error, should_stop)
    credentials = credentials_from(environ, settings.credentials)
    with (
        Client(settings.endpoint, credentials, log=log, shown=shown, **given) as client,
        open_store(
            settings.state,
            directory=settings.directory,
            project=settings.project,
            environment=settings.environment,
        ) as store,
        session_over(project, client, store, environ, moment, tuning, progress or NoProgress()) as session,
    ):
        yield session


def session_over(
    project: Project,
    client: Client,
    store: Store,
    environ: Mapping[str, str],
    now: datetime,
    tuning: Tuning,
    progress: Progress,
    run: str | None = None,
) -> Session:
    """A session with a connection and a state that are open already; the state is tied to the account (StateError).

    `run` is the id under which the state keeps who applied.
    """
    from provisioner.api import shown_user, user_from
    from provisioner.session import Session
    from provisioner.state import RunOrigin

    settings = project.settings
    user, hidden = user_from(environ, settings.credentials), settings.endpoint_hidden
    store.bind(settings.endpoint, user, hidden=hidden, answered=lambda: client.answered)
    origin = RunOrigin(run or uuid.uuid4().hex[:12], shown_user(environ, settings.credentials), job_url(environ))
    return Session(project, client, store, now, tuning, progress, origin)


def render(
    plan: Plan, format: str = "text", outcomes: tuple[Outcome, ...] | None = None, language: str = ENGLISH
) -> str:
    """A plan, and what came of it once it was applied, in a format of `--output`, without colour.

    `language`: en or vi; formats for programs are English. Raises UsageError for an unknown format or language,
    PluginError for a report of another package that is broken.
    """
    from provisioner.reports import Run, find_report, report_names

    if format not in report_names():
        raise UsageError(
            f"there is no format {format!r}: there are {', '.join(report_names())}", id=ErrorId.UNKNOWN_NAME
        )
    if language not in LANGUAGES:
        raise UsageError(
            f"there is no language {language!r}: there are {', '.join(LANGUAGES)}", id=ErrorId.UNKNOWN_NAME
        )
    return find_report(format).told(Run(plan, outcomes), False, language)


def require_own_state(settings: Settings, environ: Mapping[str, str]) -> None:
    """StateError in CI for a place that only the branch has chosen: it would get a password, or a file be written over.

    It is chosen by others when ALICE_STATE gives it or ALICE_TRUST pins it; a link in the checkout is chosen by nobody.
    """
    if not in_ci(environ) or environ.get("ALICE_STATE"):
        return
    from provisioner.manifests.trust import VARIABLE

    pinned, url = VARIABLE in environ, settings.state
    path = Path(url.partition(":///")[2]) if url.startswith("sqlite") else None
    inside = path is not None and is_inside(path, settings.directory)
    lexically = path is not None and not path.is_absolute() and ".." not in path.parts
    if not inside and (lexically or not pinned):
        what = "through a link" if lexically else "outside the project" if path is not None else "on another machine"
        raise StateError(
            f"the state is {what}, which was chosen by the author of the branch alone: "
            f"set ALICE_STATE, or pin it with {VARIABLE}",
            id=ErrorId.STATE_FOREIGN,
        )


def _moment(now: datetime | None, settings: Settings) -> datetime:
    if now is None:
        return datetime.now(UTC)
    if now.tzinfo is None:
        raise UsageError("`now` needs an offset from UTC", id=ErrorId.CLOCK)
    if not is_loopback(settings.endpoint):
        raise UsageError("`now` is for tests against a server on this machine only: leave it out", id=ErrorId.CLOCK)
    return now
