"""`init`: a project that fits the answers, asked for on a terminal alone, and copies of examples."""

from __future__ import annotations

import os
import pty
from pathlib import Path

import pytest

from provisioner import runtime
from provisioner.cli.starter import columns_of, example, project_key
from provisioner.errors import UsageError
from provisioner.manifests import load

from .conftest import Alice
from .processes import ended, ran, start

LEADS = "Số điện thoại;Họ tên;Mã\n0934890883;Linh;7\n"


@pytest.fixture
def leads(tmp_path: Path) -> Path:
    path = tmp_path / "Khách mới.csv"
    path.write_text(LEADS, encoding="utf-8")
    return path


def loaded(folder: Path) -> object:
    return load(folder, environment=None, variables={}, environ={}, offline=True)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("my-campaigns", "my-campaigns"),
        ("Khách hàng Đà Nẵng", "khach-hang-da-nang"),
        ("_2027_", "2027"),
        ("NULL", "null"),
        ("招商", "project"),
    ],
    ids=["plain", "accents", "underscores", "word", "no-letter"],
)
def test_the_project_is_named_after_its_folder(alice: Alice, tmp_path: Path, name: str, key: str) -> None:
    assert project_key(tmp_path / name) == key
    assert alice("init", str(tmp_path / name)).code == 0
    assert load(tmp_path / name, environment=None, variables={}, environ={}).settings.project == key


def test_options_answer_every_question(alice: Alice, tmp_path: Path, leads: Path) -> None:
    new = tmp_path / "new"
    answers = ("--endpoint", "https://alice.example.com/rest-api", "--timezone", "Asia/Bangkok", "--region", "TH")
    done = alice("init", str(new), *answers, "--contacts", str(leads))
    assert (done.code, done.err) == (0, "")
    settings = (new / "alice.yaml").read_text(encoding="utf-8")
    endpoint = "endpoint: https://alice.example.com/rest-api"
    for line in ("project: new", endpoint, "timezone: Asia/Bangkok", "region: TH"):
        assert f"\n{line}\n" in settings
    assert "\n# server_timezone" in settings  # nobody knows in what the real one runs
    lists = (new / "lists.yaml").read_text(encoding="utf-8")
    assert '  khach-moi:\n    name: "Khách mới"\n' in lists
    assert 'columns: {contact: "Số điện thoại", first_name: "Họ tên"}' in lists
    assert (new / "contacts" / "Khách mới.csv").read_text(encoding="utf-8") == LEADS
    assert (new / "contacts" / "Khách mới.csv").stat().st_mode & 0o077 == 0
    assert not (new / "contacts" / "vip.csv").exists()
    campaign = (new / "campaign.yaml").read_text(encoding="utf-8")
    assert "phonebooks: [khach-moi]" in campaign and "status: paused" in campaign  # these are people
    assert alice("-C", str(new), "validate", "--rows").code == 0


def test_a_list_in_the_project_stays_where_it_is(alice: Alice, tmp_path: Path) -> None:
    (tmp_path / "leads.csv").write_text("sdt\n0934890883\n", encoding="utf-8")
    assert alice("-C", str(tmp_path), "init", "--contacts", str(tmp_path / "leads.csv")).code == 0
    lists = (tmp_path / "lists.yaml").read_text(encoding="utf-8")
    assert "file: leads.csv" in lists and "columns: {contact: sdt}" in lists
    assert "{first_name}" not in (tmp_path / "campaign.yaml").read_text(encoding="utf-8")
    loaded(tmp_path)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--timezone", "Asia/Nowhere"), "alice.yaml"),
        (("--region", "ZZ"), "alice.yaml"),
        (("--endpoint", "ftp://x"), "alice.yaml"),
        (("--contacts", "nowhere.csv"), "there is no such file"),
        (("--from", "no-such-thing"), "there are "),
        (("--from", "clinic-list", "--region", "VN"), "leave the other options out"),
    ],
    ids=lambda given: given[0].strip("-") if isinstance(given, tuple) else "",
)
def test_answers_that_make_no_project_write_nothing(
    alice: Alice, tmp_path: Path, options: tuple[str, ...], said: str
) -> None:
    done = alice("init", str(tmp_path / "new"), *options)
    assert done.code == 1 and said in done.err
    assert not (tmp_path / "new").exists()


def test_a_list_named_as_a_file_of_the_starter_does_not_become_it(alice: Alice, tmp_path: Path) -> None:
    """Its people would be the do-not-call list of the project."""
    (tmp_path / "dnc.csv").write_text("phone_number\n0934890883\n", encoding="utf-8")
    done = alice("init", str(tmp_path / "new"), "--contacts", str(tmp_path / "dnc.csv"))
    assert done.code == 1 and "init writes a contacts/dnc.csv of its own: give the list another name" in done.err
    assert not (tmp_path / "new").exists()


def test_a_list_without_numbers_is_told_without_its_cells(alice: Alice, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("0934890883,Linh\n", encoding="utf-8")
    done = alice("init", str(tmp_path / "new"), "--contacts", str(tmp_path / "x.csv"))
    assert done.code == 1 and "no column is called like one of telephone numbers" in done.err
    assert "0934" not in done.err and "Linh" not in done.err


def test_a_column_is_used_once() -> None:
    assert columns_of(Path("x"), ("Phone", "phone", "Name", "E-mail")) == {
        "contact": "Phone",
        "first_name": "Name",
        "email": "E-mail",
    }


def test_a_pipe_is_asked_nothing(tmp_path: Path) -> None:
    code, _, err = ran(tmp_path, "init", "new")
    assert (code, err) == (0, "")


def test_a_terminal_is_asked_and_may_keep_what_is_proposed(tmp_path: Path, leads: Path) -> None:
    ours, theirs = pty.openpty()
    process = start(tmp_path, "init", "new", "--region", "VN", stdin=theirs, stderr=theirs)
    os.close(theirs)
    os.write(ours, f"\nAsia/Bangkok\n{leads}\n".encode())
    code, _, _ = ended(process)
    asked = os.read(ours, 65536).decode(errors="replace")
    os.close(ours)
    assert code == 0, asked
    assert "Endpoint of Alice" in asked and "Region" not in asked
    settings = (tmp_path / "new" / "alice.yaml").read_text(encoding="utf-8")
    assert "timezone: Asia/Bangkok\n" in settings and "127.0.0.1:8765" in settings
    assert (tmp_path / "new" / "contacts" / leads.name).is_file()


@pytest.mark.parametrize("name", [each.name for each in runtime.examples()])
def test_an_example_is_copied_by_its_name(alice: Alice, tmp_path: Path, name: str) -> None:
    done = alice("init", str(tmp_path / "new"), "--from", f"examples/{name}")
    assert (done.code, done.err) == (0, "")
    for path in (tmp_path / "new").rglob("*.yaml"):
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith("# yaml-language-server: $schema="):
                assert (path.parent / line.partition("=")[2]).is_file()


def test_a_folder_is_copied_and_no_link_followed(alice: Alice, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "alice.yaml").write_text("alice: 1\nendpoint: http://127.0.0.1/rest-api\n", encoding="utf-8")
    (folder / ".hidden").write_text("x")
    assert alice("init", str(tmp_path / "new"), "--from", str(folder)).code == 0
    assert {"alice.yaml", "schemas", ".gitignore"} == {path.name for path in (tmp_path / "new").iterdir()}
    secret = tmp_path / "secret"
    secret.mkdir()
    for target in (secret, tmp_path / "new" / "alice.yaml"):
        (folder / "link").symlink_to(target)
        with pytest.raises(UsageError, match="link: it is a link"):
            example(str(folder))
        (folder / "link").unlink()


def test_an_example_overwrites_nothing(alice: Alice, tmp_path: Path) -> None:
    (tmp_path / "alice.yaml").write_text("mine", encoding="utf-8")
    done = alice("-C", str(tmp_path), "init", "--from", "clinic-list")
    assert done.code == 1 and "already exists" in done.err
    assert [path.name for path in tmp_path.iterdir()] == ["alice.yaml"]
