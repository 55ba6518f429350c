"""docs/alice-api.md#paths: the base URL with or without `/rest-api`, the trailing slash, redirects."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioner.api.endpoint import Endpoint, join, redirected
from provisioner.errors import UsageError


@pytest.mark.parametrize(
    ("text", "base"),
    [
        ("https://alice.antbuddy.com/rest-api", "https://alice.antbuddy.com/rest-api/"),
        ("https://alice.antbuddy.com/rest-api/", "https://alice.antbuddy.com/rest-api/"),
        ("https://alice.antbuddy.com", "https://alice.antbuddy.com/rest-api/"),
        ("https://alice.antbuddy.com//", "https://alice.antbuddy.com/rest-api/"),
        (" HTTPS://Alice.AntBuddy.com:443/rest-api ", "https://alice.antbuddy.com/rest-api/"),
        ("http://127.0.0.1:8765/rest-api", "http://127.0.0.1:8765/rest-api/"),
        ("http://[::1]:8765", "http://[::1]:8765/rest-api/"),
        ("https://gate.example.com/alice/rest-api", "https://gate.example.com/alice/rest-api/"),
        ("https://ví-dụ.vn", "https://xn--v-d-rma6749a.vn/rest-api/"),
    ],
)
def test_an_endpoint_is_taken_with_or_without_rest_api(text: str, base: str) -> None:
    endpoint = Endpoint.parse(text)
    assert endpoint.base == base
    assert endpoint.root == base.removesuffix("rest-api/")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "alice.antbuddy.com",
        "ftp://alice.antbuddy.com",
        "https://",
        "https:///rest-api",
        "https://alice.antbuddy.com:port",
        "https://alice.antbuddy.com:99999",
        "https://[::1",
        "https://alice..com",
        "https://alice.antbuddy.com/rest-api?x=1",
        "https://alice.antbuddy.com/rest-api#x",
        "https://alice antbuddy.com",
        "file:///etc/passwd",
    ],
)
def test_what_is_no_web_address_is_a_usage_error(text: str) -> None:
    with pytest.raises(UsageError, match="the endpoint"):
        Endpoint.parse(text)


def test_a_password_in_an_endpoint_is_refused_and_not_repeated() -> None:
    with pytest.raises(UsageError, match="belong in the environment") as caught:
        Endpoint.parse("https://demo:secret@alice.antbuddy.com")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (("phonebook",), "phonebook/"),
        (("/phonebook/", 5), "phonebook/5/"),
        (("campaigns/5/status",), "campaigns/5/status/"),
        (("contact", "a/b?c"), "contact/a/b%3Fc/"),
        (("",), ""),
    ],
)
def test_paths_always_end_in_one_slash(parts: tuple[str | int, ...], expected: str) -> None:
    assert join(*parts) == expected


@pytest.mark.parametrize(
    ("url", "location", "expected"),
    [
        ("http://a.vn/rest-api/x/", "/rest-api/y/", "http://a.vn/rest-api/y/"),
        ("http://a.vn/x/", "https://a.vn/x/", "https://a.vn/x/"),
        ("http://a.vn:80/x/", "https://A.vn:8443/x/?a=1", "https://a.vn:8443/x/?a=1"),
        ("https://a.vn/x/", "https://a.vn:443/y z/", "https://a.vn/y%20z/"),
        ("https://a.vn/x/", "http://a.vn/x/", None),
        ("https://a.vn/x/", "https://b.vn/x/", None),
        ("https://a.vn/x/", "https://a.vn:8443/x/", None),
        ("https://a.vn/x/", "//b.vn/x/", None),
        ("https://a.vn/x/", "https://a.vn@b.vn/x/", None),
        ("https://a.vn/x/", "https://a.vn\\@b.vn/x/", None),
        ("https://a.vn/x/", "https://b.vn\\@a.vn/x/", "https://a.vn/x/"),
        ("https://a.vn/x/", "https://a.vn:port/", None),
        ("https://a.vn/x/", "https://[::1/", None),
        ("https://a.vn/x/", "javascript:alert(1)", None),
    ],
)
def test_a_redirect_is_followed_on_the_same_server_only(url: str, location: str, expected: str | None) -> None:
    assert redirected(url, location) == expected


@given(st.text(max_size=60))
def test_no_text_breaks_the_parser(text: str) -> None:
    with contextlib.suppress(UsageError):
        assert Endpoint.parse(text).base.endswith("/rest-api/")


@given(st.text(max_size=60))
def test_no_location_leads_to_another_host(location: str) -> None:
    target = redirected("https://a.vn/x/", location)
    assert target is None or target.startswith("https://a.vn/")
