"""Credentials come from the environment, whole or not at all, and are never shown."""

import pytest

from provisioner.api import Credentials, credentials_from, remarks, user_from
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


@pytest.mark.parametrize(
    ("environ", "told"),
    [
        ({"ALICE_PASSWORD": "secret\n"}, ["ALICE_PASSWORD ends with a line end, which is sent with it"]),
        ({"ALICE_PASSWORD": "secret\r"}, ["ALICE_PASSWORD ends with a line end, which is sent with it"]),
        ({"ALICE_PASSWORD": " secret"}, ["ALICE_PASSWORD begins with a blank, which is sent with it"]),
        ({"ALICE_PASSWORD": "se cret"}, []),
        ({"ALICE_USERNAME": "demo\t"}, ["ALICE_USERNAME ends with U+0009 (tab), which is left out"]),
        ({"ALICE_USERNAME": "\ufeffdemo"}, ["ALICE_USERNAME begins with U+FEFF (zero width no-break space)"]),
        ({"ALICE_TOKEN": "abc\r\n"}, ["ALICE_TOKEN ends with a line end, which is left out"]),
        ({"ALICE_TOKEN": "abc", "ALICE_USERNAME": "demo"}, []),
    ],
)
def test_what_stands_at_the_ends_is_told_by_name(environ: dict[str, str], told: list[str]) -> None:
    found = list(remarks(environ))
    assert len(found) == len(told) and all(part in whole for part, whole in zip(told, found, strict=True))
    assert not any(word in line for line in found for word in ("secret", "demo", "abc"))


def test_stray_marks_are_no_part_of_a_name_or_a_token() -> None:
    environ = {"ALICE_USERNAME": "\ufeff demo\u200b\n", "ALICE_PASSWORD": " p ", "ALICE_TOKEN": "\u00a0abc\n"}
    assert credentials_from(environ) == Credentials("demo", " p ", "abc")
    assert user_from(environ) == "demo"
