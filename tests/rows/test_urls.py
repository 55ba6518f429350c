"""URLs of row files: one way to write each, prefixes that end where names end, and what could mean another place."""

from __future__ import annotations

import pytest

from provisioner.rows.urls import BadUrl, allowed, normal

SAME = {
    "https://Host.Example:443/a/b.csv": "https://host.example/a/b.csv",
    "HTTPS://h./x": "https://h/x",
    "https://h:8443/a.csv": "https://h:8443/a.csv",
    "s3://crm-exports/a/%62%20c.csv": "s3://crm-exports/a/b c.csv",
    "gs://crm_exports/Huế.parquet": "gs://crm_exports/Huế.parquet",
    "https://h": "https://h/",
}
REFUSED = {
    "http://h/a.csv": "must begin with",
    "file:///etc/passwd": "must begin with",
    "memory://a/b.csv": "must begin with",
    "https://u:p@h/a.csv": "user or a password",
    "https://h@evil/a.csv": "user or a password",
    "https://h\\@evil/a.csv": "backslash",
    "https://h/a.csv?token=x": "may be a credential",
    "https://h/a.csv#x": "may be a credential",
    "https://h/a.csv?": "may be a credential",
    "https://h/../a.csv": "or ..",
    "https://h/%2e%2E/a.csv": "or ..",
    "https://h/./a.csv": "or ..",
    "https://h//a.csv": "two slashes",
    "https://h/a%2fb.csv": "escape",
    "https://h/a%5cb.csv": "escape",
    "https://h/a%252e.csv": "escape",
    "https://h/a%00.csv": "escape",
    "https://h/a%3fb.csv": "escape",
    "https://h/a%ff.csv": "escape",
    "https:///a.csv": "names no host",
    "s3://bucket:80/a.csv": "names no host",
    "https://h:x/a.csv": "no URL",
    "https://h\u2044evil/a.csv": "names no host",
}


@pytest.mark.parametrize("text", SAME, ids=range(len(SAME)))
def test_one_way_to_write_it(text: str) -> None:
    assert normal(text) == SAME[text] == normal(SAME[text])


@pytest.mark.parametrize("text", REFUSED, ids=range(len(REFUSED)))
def test_what_could_mean_another_place(text: str) -> None:
    with pytest.raises(BadUrl, match=REFUSED[text]):
        normal(text)


@pytest.mark.parametrize(
    ("url", "prefix", "is_allowed"),
    [
        ("s3://crm-exports/a.csv", "s3://crm-exports", True),
        ("s3://crm-exports/a.csv", "s3://crm-exports/", True),
        ("s3://crm-exports-evil/a.csv", "s3://crm-exports", False),
        ("s3://crm/a/b/c.csv", "s3://crm/a/b", True),
        ("s3://crm/a/bc.csv", "s3://crm/a/b", False),
        ("s3://crm/a.csv", "s3://crm/a.csv", True),
        ("https://host.evil/a.csv", "https://host", False),
        ("https://host:8443/a.csv", "https://host", False),
        ("https://HOST/a.csv", "https://host/", True),
        ("https://crm/a.csv", "s3://crm/", False),
    ],
    ids=range(10),
)
def test_a_prefix_ends_where_a_name_ends(url: str, prefix: str, is_allowed: bool) -> None:
    assert allowed(normal(url), [normal(prefix)]) == is_allowed
