"""Paths that the system refuses, and names in another Unicode form: one line at their place, or the file itself."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest

from provisioner.errors import ManifestError
from tests.manifests.conftest import Folder

PLACES = {
    "file": "phonebooks:\n  p: {{name: P, contacts: {}}}\n",
    "list": "phonebooks:\n  p: {{name: P, contacts: {{file: [{}]}}}}\n",
    "numbers": "dnc_lists:\n  d: {{name: D, numbers: {}}}\n",
    "text": "surveys:\n  s: {{name: S, tts_language: vi, sections: [{{key: a, type: play_message, question: Q, "
    'script: "${{file.{}}}"}}]}}\n',
}
TEXT = "contact,first_name\n0934890883,Lan\n"
NAME = "Khách hàng.csv"


@contextmanager
def unprivileged(folder: Folder) -> Iterator[None]:
    """Root may read everything, so root becomes somebody else for a moment, with everything imported."""
    with suppress(ManifestError):
        folder.load()
    for above in (folder.root, *folder.root.parents):
        above.chmod(above.stat().st_mode | 0o055)
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(user)


def closed_file(folder: Folder) -> None:
    folder.write("closed.csv", TEXT).chmod(0)


def closed_folder(folder: Folder) -> None:
    folder.write("shut/vip.csv", TEXT).parent.chmod(0)


def link_to_itself(folder: Folder) -> None:
    (folder.root / "loop.csv").symlink_to("loop.csv")


def nothing(folder: Folder) -> None:
    folder.write("vip.csv", TEXT)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(
    ("made", "path"),
    [
        (nothing, "e" * 5000 + "/vip.csv"),
        (nothing, "e" * 300),
        (nothing, "x/" * 3000 + "vip.csv"),
        (nothing, "*" * 5000 + ".csv"),
        (nothing, '"a\\0b.csv"'),
        (nothing, "vip.csv/vip.csv"),
        (nothing, "vip.csv/*.csv"),
        (link_to_itself, "loop.csv"),
        (link_to_itself, "loop.csv/*.csv"),
        (closed_file, "closed.csv"),
        (closed_folder, "shut/vip.csv"),
        (closed_folder, "shut/other.csv"),
        (closed_folder, "shut/*.csv"),
        (closed_folder, "**/*.csv"),
    ],
)
def test_a_path_that_the_system_refuses_is_one_line_at_its_place(
    folder: Folder, place: str, made: Callable[[Folder], None], path: str
) -> None:
    made(folder)
    folder.write(".aliceignore", "shut/\n")
    written = path.strip('"') if place == "text" else path
    folder.write("manifest.yaml", PLACES[place].format(f'"{path}"' if "*" in path and place != "text" else written))
    with unprivileged(folder):
        found = folder.errors()
    assert len(found) == 1
    assert re.match(r"manifest\.yaml:\d+:\d+: error: ", found[0])
    assert len(found[0]) < 6000


def test_a_folder_that_cannot_be_listed_may_hold_manifests(folder: Folder) -> None:
    folder.write("a.yaml", "surveys: {a: {name: A, tts_language: vi}}\n")
    folder.write("clients/shut/b.yaml", "surveys: {b: {name: B, tts_language: vi}}\n").parent.chmod(0)
    with unprivileged(folder):
        found = folder.errors()
    assert found == [
        "clients/shut:1:1: error: this folder cannot be listed, and manifests may be in it: Permission denied; if not, "
        "name it in .aliceignore [manifest-unreadable]"
    ]
    folder.write(".aliceignore", "clients/shut/\n")
    with unprivileged(folder):
        assert [str(address) for address in folder.load().resources] == ["survey.a"]


@pytest.mark.parametrize("on_disk", ["NFC", "NFD"])
@pytest.mark.parametrize("written", ["NFC", "NFD"])
@pytest.mark.parametrize("path", ["Danh bạ/" + NAME, '"Danh bạ/*.csv"', '"**/Khách*.csv"', '"Danh*/Khách hàng.csv"'])
def test_a_row_file_is_found_in_whatever_unicode_form(folder: Folder, on_disk: str, written: str, path: str) -> None:
    file = folder.write(unicodedata.normalize(on_disk, "Danh bạ/" + NAME), TEXT)
    rows = folder.one(PLACES["file"].format(unicodedata.normalize(written, path))).rows
    assert rows is not None
    assert rows.files == (file,)


@pytest.mark.parametrize("on_disk", ["NFC", "NFD"])
@pytest.mark.parametrize("written", ["NFC", "NFD"])
def test_a_text_file_is_found_in_whatever_unicode_form(folder: Folder, on_disk: str, written: str) -> None:
    folder.write(unicodedata.normalize(on_disk, "lời/kịch bản.txt"), "Xin chào\n")
    text = unicodedata.normalize(written, PLACES["text"].format("lời/kịch bản.txt"))
    sections = [each for each in folder.resources(text).values() if each.address.kind == "section"]
    assert sections[0].fields["script"] == "Xin chào"
