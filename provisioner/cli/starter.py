"""What `init` writes: the starter made to fit some answers, or an example as it is. Values in, files as bytes out.

`project:` is the name of the folder, so that two projects in one database are not taken for one. A first list of
contacts becomes the phonebook of the starter, with its columns named as its header has them; its campaign is paused,
for these are people.
"""

from __future__ import annotations

import json
import os
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from provisioner import runtime
from provisioner.error_ids import ErrorId
from provisioner.errors import UsageError
from provisioner.runtime import is_loopback

SETTINGS, LISTS, CAMPAIGN, SAMPLE = "alice.yaml", "lists.yaml", "campaign.yaml", "contacts/vip.csv"
CONTACTS = "contacts"
PAUSED = "    status: paused                         # `started` makes telephones ring"
WORDS = ("true", "false", "null")  # that YAML takes for something else than a text
PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_./-]*|https?://[A-Za-z0-9_./:-]+")
KEY = "project"  # where the name of a folder has no letter in it

# What headers call the columns, as `slug` spells them. The first field has to be there.
COLUMNS: dict[str, tuple[str, ...]] = {
    "contact": (
        *("contact", "phone", "phone-number", "telephone", "tel", "mobile", "mobile-phone", "cell", "msisdn", "number"),
        *("sdt", "so-dt", "dt", "dien-thoai", "so-dien-thoai", "di-dong", "so-di-dong", "phonenumber"),
    ),
    "first_name": (
        *("first-name", "firstname", "given-name", "name", "full-name", "ten", "ho-ten", "ho-va-ten", "ten-khach-hang"),
        *("khach-hang", "ten-kh"),
    ),
    "last_name": ("last-name", "lastname", "surname", "family-name", "ho", "ho-dem", "ho-va-ten-dem"),
    "email": ("email", "e-mail", "mail", "thu-dien-tu"),
}


@dataclass(frozen=True, slots=True)
class Answers:
    """Of the questions of `init`; None: as in the starter."""

    endpoint: str | None = None
    timezone: str | None = None
    region: str | None = None
    contacts: Path | None = None


def starter_project(folder: Path, answers: Answers) -> dict[str, bytes]:
    """Paths and contents, the contacts among them. Raises UsageError."""
    contents = dict(runtime.starter_files())
    settings = contents[SETTINGS].decode()
    contents[SETTINGS] = _settings(settings, project_key(folder), answers).encode()
    if answers.contacts is not None:
        _with_contacts(contents, folder, answers.contacts)
    return contents


def project_key(folder: Path) -> str:
    """The name of a folder as a key."""
    return slug(folder.resolve().name) or KEY


def slug(text: str) -> str:
    """Small ASCII letters and digits, with hyphens between."""
    plain = unicodedata.normalize("NFKD", text.replace("đ", "d").replace("Đ", "D")).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")


def _settings(text: str, project: str, answers: Answers) -> str:
    """The starter's settings with the answers in their places."""
    text = _replaced(text, "project", quoted(project))
    if answers.endpoint is not None and not is_loopback(answers.endpoint):
        text = re.sub(
            r"(?m)^server_timezone:.*$",
            "# server_timezone: UTC                     # what Alice runs in; `alice-apply doctor` helps to find out",
            text,
        )
    for name in ("endpoint", "timezone", "region"):
        if (value := getattr(answers, name)) is not None:
            text = _replaced(text, name, quoted(value))
    return text


def _replaced(text: str, name: str, value: str) -> str:
    return re.sub(rf"(?m)^{name}:.*$", lambda found: f"{name}: {value}", text, count=1)


def _with_contacts(contents: dict[str, bytes], folder: Path, path: Path) -> None:
    """The list is copied, unless it is in the project already, and takes the place of the sample."""
    names = header(path)
    columns = columns_of(path, names)
    inside = _inside(folder, path)
    name = inside or f"{CONTACTS}/{path.name}"
    key = slug(path.name.partition(".")[0]) or CONTACTS
    del contents[SAMPLE]
    if name in contents:
        raise UsageError(
            f"--contacts {path}: init writes a {name} of its own: give the list another name", id=ErrorId.FILE_EXISTS
        )
    if not inside:
        contents[name] = path.read_bytes()
    lists, campaign = contents[LISTS].decode(), contents[CAMPAIGN].decode()
    declared = "".join(f"{field}: {quoted(column)}, " for field, column in columns.items()).removesuffix(", ")
    book = (
        f"phonebooks:\n  {key}:\n    name: {quoted(path.name.partition('.')[0])}\n    contacts:\n"
        f"      file: {quoted(name)}\n      columns: {{{declared}}}\n    dnc: drop"
    )
    contents[LISTS] = re.sub(r"(?ms)^phonebooks:.*?\n    dnc: drop", lambda found: book, lists).encode()
    campaign = campaign.replace("phonebooks: [vip]", f"phonebooks: [{key}]")
    campaign = re.sub(r"(?m)^    status: started .*$", PAUSED, campaign)
    if "first_name" not in columns:
        campaign = campaign.replace("Xin chào {first_name}, đây", "Xin chào, đây")
    contents[CAMPAIGN] = campaign.encode()


def header(path: Path) -> Sequence[str]:
    """The names of the columns of a list. Raises UsageError for what is none; shows no cell of one without a header."""
    from provisioner.rows.columns import ColumnOptions
    from provisioner.rows.files import BadFile, RowFile
    from provisioner.rows.headers import read_header

    if not path.is_file():
        raise UsageError(f"--contacts {path}: there is no such file")
    try:
        found = read_header(RowFile(path), ColumnOptions("contact", tuple(COLUMNS)))
    except BadFile as error:
        raise UsageError(f"--contacts {path}: {error}") from None
    if found is None:
        raise UsageError(f"--contacts {path}: its columns cannot be read here; write it into a manifest by hand")
    return found.names


def columns_of(path: Path, names: Sequence[str]) -> dict[str, str]:
    """Which column holds which field, by what headers usually call it; each column once."""
    found: dict[str, str] = {}
    for field, usual in COLUMNS.items():
        spelt = {slug(name): name for name in reversed(names) if name not in found.values()}
        column = next((spelt[each] for each in usual if each in spelt), None)
        if column is not None:
            found[field] = column
    if "contact" not in found:
        examples = ", ".join(COLUMNS["contact"][:4])
        raise UsageError(
            f"--contacts {path}: no column is called like one of telephone numbers ({examples}, sdt, ...): name it "
            "so in the first line, or leave --contacts out and write `columns:` by hand"
        )
    return found


def _inside(folder: Path, path: Path) -> str | None:
    """The path from the project to a file that lies in it."""
    real, top = path.resolve(), folder.resolve()
    return real.relative_to(top).as_posix() if real.is_relative_to(top) else None


def quoted(text: str) -> str:
    """A text as YAML, in quotes where it may be read otherwise; a `${` in it is none of ours."""
    text = text.replace("${", "$${")
    plain = PLAIN.fullmatch(text) and text.lower() not in WORDS
    return text if plain else json.dumps(text, ensure_ascii=False)


def example(source: str) -> dict[str, bytes]:
    """The files of a packaged example, by its name, or of a project in a folder. Raises UsageError."""
    path = Path(source)
    if _is_path(source) and (path / SETTINGS).is_file():
        return dict(_copied(path))
    found = {each.name: each for each in runtime.examples()}
    name = source.removeprefix("examples/").strip("/")
    if name not in found:
        there = ", ".join(sorted(found))
        raise UsageError(f"--from {source}: no folder with an {SETTINGS}, and no example; there are {there}")
    return dict(_copied(found[name]))


def _is_path(source: str) -> bool:
    """A bare word is the name of an example."""
    return os.sep in source or source.startswith(".")


def _copied(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Every regular file that is not hidden, and the schemas beside them; a link is refused, wherever it leads."""
    for path in runtime.visible_files(folder):
        if path.is_symlink():
            raise UsageError(f"{path}: it is a link, and init follows none: put the file there, or take the link away")
        name = path.relative_to(folder).as_posix()
        up = "../" * name.count("/")
        content = path.read_bytes()
        if path.suffix in (".yaml", ".yml"):
            content = re.sub(rb"\$schema=(?:\.\./)+schemas/", f"$schema={up}schemas/".encode(), content)
        yield name, content
    yield from ((f"schemas/{path.name}", path.read_bytes()) for path in runtime.manifest_schemas())
