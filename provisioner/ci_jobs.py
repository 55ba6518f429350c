"""Where a CI job can be looked at, as its system says by its documented variables; anything else is no CI job.

What an environment says is somebody else's text, and it is kept in the state and printed: an address is taken apart and
put together again, without users, passwords, queries and signs that do not belong into one, and bounded.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

LONGEST = 300
_HOST = re.compile(r"[A-Za-z0-9._-]+(:\d{1,5})?|\[[0-9A-Fa-f:.]+\](:\d{1,5})?")
_PATH = re.compile(r"[A-Za-z0-9._~/%+@=:,!$&'()*-]*")
_WORD = re.compile(r"[A-Za-z0-9._~%-]+(/[A-Za-z0-9._~%-]+)?")

# Variables that hold the address of a job or a build, the nearest to what runs first.
ADDRESSES = (
    "CI_JOB_URL",  # GitLab
    "BUILDKITE_BUILD_URL",
    "CIRCLE_BUILD_URL",
    "TRAVIS_JOB_WEB_URL",
    "DRONE_BUILD_LINK",
    "CI_STEP_URL",  # Woodpecker
    "BUILD_URL",  # Jenkins, TeamCity
)
# Addresses that are put together: where they begin, and the parts that follow, `{VARIABLE}` being a word of it.
MADE = (
    ("GITHUB_SERVER_URL", "/{GITHUB_REPOSITORY}/actions/runs/{GITHUB_RUN_ID}"),
    ("SYSTEM_COLLECTIONURI", "{SYSTEM_TEAMPROJECT}/_build/results?buildId={BUILD_BUILDID}"),  # Azure Pipelines
    ("SYSTEM_TEAMFOUNDATIONCOLLECTIONURI", "{SYSTEM_TEAMPROJECT}/_build/results?buildId={BUILD_BUILDID}"),
    ("", "https://bitbucket.org/{BITBUCKET_REPO_FULL_NAME}/pipelines/results/{BITBUCKET_BUILD_NUMBER}"),
    ("SEMAPHORE_ORGANIZATION_URL", "/jobs/{SEMAPHORE_JOB_ID}"),
)


def job_url(environ: Mapping[str, str]) -> str | None:
    """The address of the job that this is, as far as its system tells; None outside of one."""
    made = (_made(environ, base, rest) for base, rest in MADE)
    given = (tidy(environ.get(name, "")) for name in ADDRESSES)
    return next((url for url in (*made, *given) if url is not None and len(url) <= LONGEST), None)


def tidy(url: str) -> str | None:
    """An address without what could be a secret; None for what is no address of a page."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    host = parts.netloc.rpartition("@")[2]
    usable = parts.scheme in ("http", "https") and _HOST.fullmatch(host) and _PATH.fullmatch(parts.path)
    return f"{parts.scheme}://{host}{parts.path}" if usable and len(url) <= 4 * LONGEST else None


def _made(environ: Mapping[str, str], base: str, rest: str) -> str | None:
    begin = tidy(environ.get(base, "")) if base else ""
    words = {name: environ.get(name, "") for name in re.findall(r"\{(\w+)\}", rest)}
    if begin is None or not all(map(_WORD.fullmatch, words.values())):
        return None
    joint = "/" if begin and not rest.startswith("/") else ""
    return begin.rstrip("/") + joint + rest.format_map(words)
