"""Which files are read: layout, hidden ones, links; and rows: forms, formats, what is checked without reading them."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from provisioner.model import Rows, Source
from tests.manifests.conftest import Folder

SURVEY = "surveys:\n  {key}: {{name: {key}}}\n"
PHONEBOOK = "phonebooks:\n  p: {{name: P, contacts: {contacts}}}\n"


def keys(folder: Folder) -> list[str]:
    return [address.key for address in folder.load().resources]


def rows(folder: Folder, contacts: str) -> Rows:
    found = folder.one(PHONEBOOK.format(contacts=contacts)).rows
    assert found is not None
    return found


def test_manifests_are_found_in_any_layout_but_not_in_hidden_places(folder: Folder) -> None:
    for name in ("b.yml", "a/z.yaml", "a/b/c/d.yaml", ".hidden.yaml", ".git/x.yaml", "a/.b/x.yaml", "x.txt", "y.yaml~"):
        folder.write(name, SURVEY.format(key=name.replace("/", "-").replace(".", "-").strip("-~")))
    assert keys(folder) == ["a-b-c-d-yaml", "a-z-yaml", "b-yml"]


def test_a_manifest_that_links_out_of_the_project_is_refused(folder: Folder, tmp_path: Path) -> None:
    (tmp_path / "outside.yaml").write_text(SURVEY.format(key="outside"))
    (folder.root / "link.yaml").symlink_to(tmp_path / "outside.yaml")
    message = "is a symbolic link that leads out of the project; keep the file inside it"
    assert folder.errors() == [f"link.yaml:1:1: error: {message} [path-outside]"]
    folder.write(".aliceignore", "link.yaml\n")
    assert keys(folder) == []


def test_below_a_folder_that_links_out_of_the_project_nothing_is_read_and_that_is_told(
    folder: Folder, tmp_path: Path
) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "a.yaml").write_text(SURVEY.format(key="outside"))
    (folder.root / "bazel-out").symlink_to(tmp_path / "outside")
    (folder.root / "result").symlink_to(tmp_path / "nowhere")
    folder.write("a.yaml", SURVEY.format(key="a"))
    assert keys(folder) == ["a"]
    assert [(each.id, each.severity, str(each.source)) for each in folder.load().findings] == [
        ("outside-link", "info", "bazel-out:1:1")
    ]
    folder.write(".aliceignore", "bazel-*\n")
    assert folder.load().findings == ()


def test_a_project_file_that_links_out_of_the_project_is_refused(folder: Folder, tmp_path: Path) -> None:
    (folder.root / "alice.yaml").rename(tmp_path / "alice.yaml")
    (folder.root / "alice.yaml").symlink_to(tmp_path / "alice.yaml")
    assert "leads out of the project" in folder.errors()[0]


def test_links_inside_the_project_are_read_once(folder: Folder) -> None:
    folder.write("real/a.yaml", SURVEY.format(key="a"))
    folder.write(".shared/b.yaml", SURVEY.format(key="b"))
    (folder.root / "again.yaml").symlink_to("real/a.yaml")
    (folder.root / "real" / "loop").symlink_to(folder.root)
    (folder.root / "shared").symlink_to(".shared")
    assert keys(folder) == ["a", "b"]


def test_a_link_to_nothing_is_refused(folder: Folder) -> None:
    (folder.root / "gone.yaml").symlink_to("nowhere.yaml")
    assert folder.errors() == ["gone.yaml:1:1: error: cannot be read: No such file or directory [manifest-unreadable]"]


def test_the_project_may_itself_be_reached_through_a_link(folder: Folder, tmp_path: Path) -> None:
    folder.write("a.yaml", SURVEY.format(key="a"))
    (tmp_path / "link").symlink_to(folder.root)
    linked = Folder.__new__(Folder)
    linked.root, linked.environ, linked.variables, linked.environment = tmp_path / "link", {}, {}, None
    assert keys(linked) == ["a"]


def test_the_short_form_is_a_file_with_defaults(folder: Folder) -> None:
    folder.write("lists/vip.csv", "contact,first_name\n0934890883,Linh\n")
    assert rows(folder, "lists/vip.csv") == Rows(
        source=Source("manifest.yaml", 2, 26), files=(folder.root / "lists/vip.csv",)
    )


def test_every_option_of_contacts_is_kept(folder: Folder) -> None:
    folder.write("a.csv", "phone;ten;policy\n0934890883;Linh;1\n")
    found = rows(
        folder,
        """{file: a.csv, columns: {contact: phone, first_name: ten}, variables: [policy], on_missing: keep,
            on_duplicate: last, invalid: skip, filter: policy > 0, defaults: {status: inactive, country: VN}},
            dnc: drop""",
    )
    assert (found.columns, found.variables) == ({"contact": "phone", "first_name": "ten"}, ("policy",))
    assert (found.on_missing, found.on_duplicate, found.invalid, found.dnc) == ("keep", "last", "skip", "drop")
    assert (found.filter, found.defaults) == ("policy > 0", {"status": "inactive", "country": "VN"})


def test_files_may_be_a_list_and_globs_relative_to_the_manifest(folder: Folder) -> None:
    for name in ("a/x-2.csv", "a/x-1.csv", "a/.x-3.csv", "a/b/x-4.csv", "y.csv"):
        folder.write(name, "contact\n0934890883\n")
    folder.write("a/m.yaml", PHONEBOOK.format(contacts='{file: ["x-*.csv", ../y.csv, "**/x-4.csv", x-1.csv]}'))
    found = next(iter(folder.load().resources.values())).rows
    assert found is not None
    assert [path.relative_to(folder.root).as_posix() for path in found.files] == [
        "a/x-1.csv",
        "a/x-2.csv",
        "y.csv",
        "a/b/x-4.csv",
    ]


def test_a_name_with_brackets_is_a_file_before_it_is_a_pattern(folder: Folder) -> None:
    folder.write("list[1].csv", "contact\n0934890883\n")
    assert rows(folder, '"list[1].csv"').files == (folder.root / "list[1].csv",)


def test_a_row_file_that_links_out_of_the_project_is_refused(folder: Folder, tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("contact\n0934890883\n")
    (folder.root / "list.csv").symlink_to(tmp_path / "secret.csv")
    for contacts in ("list.csv", '"*.csv"'):
        found = folder.errors(PHONEBOOK.format(contacts=contacts))
        assert len(found) == 1
        assert "leads out of the project" in found[0]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", "contact,ten\n"),
        ("a.csv", "\ufeffcontact;ten\r\n"),
        ("a.csv", '"contact"\t"t, n"\tten\n'),
        ("a.tsv", "contact\tten, and more\tten\n"),
        ("a.CSV", 'ten ,"ghi\nchú",contact\n'),
        ("a.jsonl", '{"contact": "0934890883"}\n\n{"ten": "x"}\n'),
        ("a.ndjson", json.dumps({"contact": "0934890883", "ten": "x"})),
        ("a.parquet", "not looked into"),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_every_format_is_opened_for_its_columns(folder: Folder, name: str, content: str, packed: bool) -> None:
    data = content.encode()
    path = folder.write(name + (".gz" if packed else ""), gzip.compress(data) if packed else data)
    found = rows(folder, f"{{file: {path.name}, variables: [ten]}}")
    assert found.files == (path,)


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        pytest.param("a.csv.gz", b"contact\n", "is not packed by gzip; remove .gz from its name", id="not packed"),
        pytest.param("a.csv.gz", gzip.compress(b"contact\n" * 99)[:-30], "is not a complete gzip file", id="cut off"),
        pytest.param(
            "a.csv",
            "contact\n".encode("utf-16-le"),
            "looks like UTF-16 without a byte order mark; write encoding: utf-16-le, or save it as CSV UTF-8",
            id="UTF-16",
        ),
        pytest.param(
            "a.csv",
            b"contact\nHu\xff\x81\n",
            "is not UTF-8 text: byte 11 of the file cannot be read; save it as CSV UTF-8",
            id="Latin-1",
        ),
        pytest.param("a.csv", b"PK\x03\x04\x00", "is a zip archive; unpack it, or pack it by gzip", id="an archive"),
        pytest.param("a.jsonl", b"{", "has no JSON object in line 1; each line is one object", id="cut JSON"),
        pytest.param("a.csv", b"\n\n", "is empty; a row file begins with a line that names its columns", id="blank"),
    ],
)
def test_a_file_that_cannot_hold_rows_is_refused(folder: Folder, name: str, data: bytes, expected: str) -> None:
    folder.write(name, data)
    [line] = folder.errors(PHONEBOOK.format(contacts=name))
    told, _, id = line.removesuffix("]").rpartition(" [")
    assert told == f"manifest.yaml:2:26: error: contacts: '{name}' {expected} (phonebook.p)"
    assert id.startswith("rows-")


def test_a_file_too_long_for_its_beginning_is_not_read_to_the_end(folder: Folder) -> None:
    folder.write("a.csv", b"contact\n" + b"0934890883\n" * 10_000 + b"\xff")
    folder.write("a.jsonl", b'{"contact": "0934890883"}\n' * 10_000 + b"{")
    assert len(rows(folder, "{file: [a.csv, a.jsonl]}").files) == 2


def test_a_file_is_not_executed_as_a_pattern_of_the_machine(folder: Folder) -> None:
    assert "must be a path relative to this file" in folder.errors(PHONEBOOK.format(contacts='"/etc/*"'))[0]


@pytest.mark.parametrize(
    ("written", "columns", "inline"),
    [
        pytest.param("dnc.csv", {"phone_number": "phone_number"}, (), id="a file"),
        pytest.param("{file: dnc.csv, column: so}", {"phone_number": "so"}, (), id="a file and its column"),
        pytest.param('["0934890884"]', {}, ({"phone_number": "0934890884"},), id="a list of numbers"),
        pytest.param("[0934890884]", {}, ({"phone_number": "0934890884"},), id="numbers without quotes"),
        pytest.param("{rows: [0934890884]}", {}, ({"phone_number": "0934890884"},), id="rows"),
        pytest.param("[]", {}, (), id="nobody"),
    ],
)
def test_numbers_have_their_forms(
    folder: Folder, written: str, columns: dict[str, str], inline: tuple[dict[str, str], ...]
) -> None:
    folder.write("dnc.csv", "phone_number,so\n0934890884,0934890885\n")
    found = folder.one(f"dnc_lists:\n  d: {{name: D, numbers: {written}}}\n").rows
    assert found is not None
    assert (found.columns, found.inline) == (columns, inline)
    assert (found.on_missing, found.on_duplicate, found.invalid) == ("keep", "first", "error")
    assert len(found.inline_sources) == len(inline)


def test_one_column_of_numbers_needs_no_header(folder: Folder) -> None:
    folder.write("dnc.csv", "0934890884\n0934890885\n")
    assert folder.one("dnc_lists:\n  d: {name: D, numbers: dnc.csv}\n").rows is not None


def test_inline_rows_are_text_with_a_place_each(folder: Folder) -> None:
    found = folder.one(
        """
        phonebooks:
          p:
            name: P
            contacts:
              rows:
                - {contact: 0934890883, first_name: " Linh ", variables: {amount: 100, ratio: 1.50, flag: true, none: }}
                - contact: "+84934890884"
                  status: inactive
                  email: null
        """
    ).rows
    assert found is not None
    assert found.inline == (
        {
            "contact": "0934890883",
            "first_name": "Linh",
            "variables": {"amount": "100", "ratio": "1.50", "flag": "true", "none": ""},
        },
        {"contact": "+84934890884", "status": "inactive", "email": None},
    )
    assert found.inline_sources == (Source("manifest.yaml", 7, 19), Source("manifest.yaml", 8, 19))


def test_without_a_region_only_numbers_with_a_plus_can_be_judged(folder: Folder) -> None:
    folder.write("alice.yaml", "alice: 1\nendpoint: http://127.0.0.1\n")
    assert folder.one("dnc_lists:\n  d: {name: D, numbers: [0934890884, 12345]}\n").rows is not None
    assert len(folder.errors("dnc_lists:\n  d: {name: D, numbers: ['+8412', abc]}\n")) == 2
