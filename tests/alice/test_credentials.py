"""Credentials come from the environment, whole or not at all, and are never shown."""

import pytest

from provisioner.alice import Credentials, credentials_from
from provisioner.errors import AuthError


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        pytest.param(
            {"ALICE_USERNAME": " demo\n", "ALICE_PASSWORD": " se cret "},
            Credentials("demo", " se cret "),
            id="password",
        ),
        pytest.param({"ALICE_TOKEN": "abc.def\n"}, Credentials(token="abc.def"), id="token"),
        pytest.param(
            {"ALICE_USERNAME": "demo", "ALICE_TOKEN": "abc"}, Credentials("demo", token="abc"), id="token-and-name"
        ),
        pytest.param(
            {"ALICE_USERNAME": "demo", "ALICE_PASSWORD": "secret", "ALICE_TOKEN": "abc"},
            Credentials("demo", "secret", "abc"),
            id="all",
        ),
    ],
)
def test_credentials_are_read_from_the_environment(environ: dict[str, str], expected: Credentials) -> None:
    assert credentials_from(environ) == expected


@pytest.mark.parametrize(
    ("environ", "message"),
    [
        pytest.param({}, "no credentials: set ALICE_USERNAME and ALICE_PASSWORD, or ALICE_TOKEN", id="nothing"),
        pytest.param({"ALICE_USERNAME": "demo"}, "ALICE_PASSWORD is not set", id="no-password"),
        pytest.param({"ALICE_PASSWORD": "secret"}, "ALICE_USERNAME is not set", id="no-name"),
        pytest.param({"ALICE_TOKEN": " "}, "no credentials", id="blank-token"),
        pytest.param({"ALICE_TOKEN": "se cret"}, "ALICE_TOKEN holds blanks", id="token-with-a-blank"),
        pytest.param({"ALICE_TOKEN": "secrét"}, "characters that no token has", id="token-that-no-header-carries"),
    ],
)
def test_missing_or_half_given_credentials_say_what_to_do(environ: dict[str, str], message: str) -> None:
    with pytest.raises(AuthError, match=message) as caught:
        credentials_from(environ)
    assert "se" not in {word.strip(":,") for word in str(caught.value).split()}
    assert "secr" not in str(caught.value)


def test_credentials_are_never_in_a_repr() -> None:
    assert repr(Credentials("demo", "secret", "abc")) == "Credentials()"
