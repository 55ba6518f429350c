"""The page of a CI job, by the documented variables of its system; what an environment says is somebody else's text."""

from __future__ import annotations

import pytest

from provisioner.ci_jobs import LONGEST, job_url

GITHUB = {"GITHUB_SERVER_URL": "https://github.com", "GITHUB_REPOSITORY": "acme/voice", "GITHUB_RUN_ID": "17"}
AZURE = {"SYSTEM_COLLECTIONURI": "https://dev.azure.com/acme/", "SYSTEM_TEAMPROJECT": "voice", "BUILD_BUILDID": "9"}
SYSTEMS = {
    "https://github.com/acme/voice/actions/runs/17": GITHUB,
    "https://gitlab.com/a/b/-/jobs/5": {"CI_JOB_URL": "https://gitlab.com/a/b/-/jobs/5"},
    "https://ci.acme.vn/job/x/5/": {"BUILD_URL": "https://ci.acme.vn/job/x/5/"},
    "https://dev.azure.com/acme/voice/_build/results?buildId=9": AZURE,
    "https://bitbucket.org/acme/voice/pipelines/results/3": {
        "BITBUCKET_REPO_FULL_NAME": "acme/voice",
        "BITBUCKET_BUILD_NUMBER": "3",
    },
    "https://buildkite.com/a/b/builds/1": {"BUILDKITE_BUILD_URL": "https://buildkite.com/a/b/builds/1"},
    "https://circleci.com/gh/a/b/1": {"CIRCLE_BUILD_URL": "https://circleci.com/gh/a/b/1"},
}


@pytest.mark.parametrize("url", SYSTEMS)
def test_a_job_is_found_by_the_variables_of_its_system(url: str) -> None:
    assert job_url(SYSTEMS[url]) == url


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://bot:hunter2@ci.acme.vn/job/5", "https://ci.acme.vn/job/5"),
        ("https://ci.acme.vn/job/5?token=hunter2#hunter2", "https://ci.acme.vn/job/5"),
        ("http://[::1]:8080/job/5", "http://[::1]:8080/job/5"),
        ("https://ci.acme.vn/\x1b[31mjob", None),
        ("https://ci.acme.vn/a b", None),
        ("https://ci.acme.vn/\u202etxt", None),
        ("https://ci.acme.vn/<script>", None),
        ("javascript:alert(1)", None),
        ("file:///etc/passwd", None),
        ("https://[bad", None),
        ("https://", None),
        ("", None),
        (f"https://ci.acme.vn/{'a' * LONGEST}", None),
        (f"https://{'a' * 10_000}@ci.acme.vn/5", None),
    ],
    ids=range(14),
)
def test_an_address_is_bounded_and_without_secrets(given: str, kept: str | None) -> None:
    assert job_url({"CI_JOB_URL": given}) == kept


@pytest.mark.parametrize("word", ["", "a b", "x?token=1", "\n17", "17#", "{0}", "a/b/c"])
def test_a_part_that_is_no_word_makes_no_address(word: str) -> None:
    assert job_url(GITHUB | {"GITHUB_RUN_ID": word}) is None


def test_outside_of_ci_there_is_none() -> None:
    assert job_url({"HOME": "/root", "BUILD_BUILDID": "9"}) is None
