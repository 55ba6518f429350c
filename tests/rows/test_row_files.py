"""Files as they come from spreadsheets and other people: no row loses its meaning, and none is lost, in silence."""

from __future__ import annotations

import gzip
from typing import Any

import pytest

from provisioner.plan.model import FILTERED
from provisioner.rows import reasons, records
from tests.rows.conftest import OPT_OUTS, VIP, Project

BOM = "\ufeff"
FIRST, SECOND, THIRD = "0934890881", "0934890882", "0934890883"


def test_a_number_behind_a_byte_order_mark_is_a_number(project: Project) -> None:
    path = project.write("dnc.csv", f"{BOM}{FIRST}\n{SECOND}\n{BOM}{THIRD}\n")
    for number_format, sent in (("national", [FIRST, SECOND, THIRD]), ("as_is", [FIRST, SECOND, THIRD])):
        project.load(path, address=OPT_OUTS, number_format=number_format, on_duplicate="first")
        assert project.rows("sent", address=OPT_OUTS) == sent
    path = project.write("vip.csv", f"contact\n{SECOND}\n{BOM}{THIRD}\n\u202a+84934890884\u202c\n")
    project.load(path)
    assert project.rows("number") == [84934890882, 84934890883, 84934890884]


def test_a_live_number_behind_a_mark_or_of_two_lines_is_read(project: Project) -> None:
    project.load(project.write("vip.csv", f"contact\n{FIRST}\n"))
    project.live({"contact": BOM + FIRST, "status": 1}, {"contact": f"{SECOND}\n{THIRD}", "status": 0})
    change = project.workspace.difference(VIP)
    assert (change.add, change.change, change.remove, change.unchanged) == (0, 0, 0, 1)


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("inner", ["\n", "\r", "\r\n", "\u2028", "\x0b", "\x85"])
def test_two_numbers_in_one_cell_are_named_by_their_line(project: Project, ends: str, inner: str) -> None:
    lines = ["contact,first_name", f"{FIRST},Lan", f'"{SECOND}{inner}{THIRD}",Nam', ""]
    path = project.write("vip.csv", ends.join(lines))
    assert project.refusal(path) == (
        "vip.csv:3:1: error: contacts: 1 row: two telephone numbers in one cell (phonebook.vip) [rows-number]"
    )
    assert project.load(path, invalid="skip").left_out == {reasons.TWO_NUMBERS: 1}
    assert project.rows("sent") == [FIRST]


def test_two_numbers_in_json_and_on_a_list(project: Project) -> None:
    path = project.write("vip.jsonl", f'{{"contact": "{FIRST}"}}\n\n{{"contact": "{SECOND}\\n{THIRD}"}}\n')
    assert project.refusal(path).startswith("vip.jsonl:3:1: error: contacts: 1 row: two telephone numbers in one cell")
    path = project.write("dnc.csv", f'phone_number,note\r\n"{SECOND}\r\n{THIRD}",x\r\n{FIRST},y\r\n')
    assert project.load(path, address=OPT_OUTS, invalid="skip").invalid == {reasons.TWO_NUMBERS: 1}


def test_a_short_row_below_a_note_of_two_lines_has_its_line(project: Project) -> None:
    path = project.write("vip.csv", f'contact,description\r\n{FIRST},"a\nb"\r\n{SECOND}\r\n')
    assert project.refusal(path).startswith("vip.csv:4:1: error: contacts: 1 row: not as many cells")
    assert project.load(path, invalid="skip").invalid == {records.CELLS: 1}
    assert project.rows("description") == ["a\nb"]


@pytest.mark.parametrize(
    "head",
    [
        *("Status", "STATUS", " status ", "\u200bstatus", "sta\u00adtus", "\ufeff\ufeffstatus", "\u00a0status"),
        *("ｓｔａｔｕｓ", "status\u2060", "\u202astatus\u202c", '"sta\ntus"', "STA TUS"),
    ],
)
def test_the_status_is_found_however_its_column_is_written(project: Project, head: str) -> None:
    path = project.write("vip.csv", f"{head},contact\ninactive,{FIRST}\nactive\u200b,{SECOND}\n")
    project.load(path)
    assert project.rows("active") == [False, True]
    project.load(path, columns={"contact": "contact"})
    assert project.rows("active") == [False, True]


def test_every_field_is_found_however_its_column_is_written(project: Project) -> None:
    heads = "Contact,First Name,LAST-NAME,E-Mail,Country,De\u200bscription,Họ va\u0300 te\u0302n"
    path = project.write("vip.csv", f"{heads}\n{FIRST},Lan,Vu,a@b.vn,vn,x,V\n")
    project.load(path, variables=("họ và tên",), columns={})
    names = ("first_name", "last_name", "email", "country", "description", "variables")
    assert project.rows(*names) == [("Lan", "Vu", "a@b.vn", "VN", "x", '{"họ và tên":"V"}')]


def test_two_columns_for_one_field_are_both_named(project: Project) -> None:
    path = project.write("vip.csv", f"contact,Status,status\n{FIRST},inactive,active\n")
    said = project.refusal(path)
    assert "the columns 'Status' and 'status' both mean status; rename one, or say which it is" in said
    project.load(path, columns={"status": "Status"})
    assert project.rows("active") == [False]


@pytest.mark.parametrize("head", ["Statuss", "contact status", "order_status", "stauts"])
def test_a_column_that_looks_like_the_status_is_not_passed_over(project: Project, head: str) -> None:
    path = project.write("vip.csv", f"contact,first_name,{head}\n{FIRST},Lan,gold\n")
    assert f"'{head}' looks like the status and is not mapped; write columns: {{status: {head}}}" in project.refusal(
        path
    )
    project.load(path, columns={"status": ""})
    assert project.rows("active", "first_name") == [(True, "Lan")]
    project.load(path, columns={"contact": "contact"}, variables=(head,))
    project.load(path, filter=f"\"{head}\" = 'gold'")


def test_a_column_that_means_something_else_is_left_out(project: Project) -> None:
    path = project.write("vip.csv", f"contact,first_name,status\n{FIRST},Lan,divorced\n")
    assert "status is none of active" in project.refusal(path)
    project.load(path, columns={"status": ""})
    assert project.rows("active", "first_name") == [(True, "Lan")]


def test_what_looks_alike_is_told_apart(project: Project) -> None:
    path = project.write("vip.csv", f"contact,policy\u200bno\u3164x\n{FIRST},1\n")
    said = project.refusal(path, variables=("policy-noy",))
    assert "did you mean 'policy<U+200B>no<U+3164>x'?" in said


@pytest.mark.parametrize(
    "text",
    [
        "contact;first_name;Ghi chú (tên, tuổi, quê)\n{};Lan;x\n",
        "contact;first_name\tHọ, tên\n{};Lan\n",
        "sep=;\ncontact;first_name\n{};Lan\n",
        "\ufeffsep=;\r\ncontact;first_name\r\n{};Lan\r\n",
        'sep=|\ncontact|"first_name"\n{}|Lan\n',
        '\n \n,,\ncontact,"ghi\nchú, và, nữa",first_name\n\n{},x,Lan\n,,\n\n',
    ],
)
def test_the_delimiter_is_the_one_that_gives_the_wanted_columns(project: Project, text: str) -> None:
    if "\tHọ" in text:
        project.load(project.write("vip.csv", text.format(FIRST)), columns={"contact": "contact"})
        assert project.rows("sent") == [FIRST]
        return
    project.load(project.write("vip.csv", text.format(FIRST)))
    assert project.rows("sent", "first_name") == [(FIRST, "Lan")]


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("packed", [False, True])
def test_lines_are_numbered_as_an_editor_does(project: Project, ends: str, packed: bool) -> None:
    lines = ["", "contact,description", "", f'{FIRST},"a', "b", 'c"', ",", "  ,", f"{SECOND},x", "12,x", "", "13,y"]
    data = ends.join(lines).encode()
    path = project.write("vip.csv.gz" if packed else "vip.csv", gzip.compress(data) if packed else data)
    said = project.refusal(path)
    assert f"({path.name}:10, {path.name}:12)" in said
    assert project.load(path, invalid="skip").rows == 2


def test_a_header_line_in_the_middle_is_told(project: Project) -> None:
    text = f"contact,first_name\n{FIRST},Lan\n{BOM}Contact,first_name\n{SECOND},Nam\n"
    said = project.refusal(project.write("vip.csv", text))
    assert said.startswith("vip.csv:3:1: error: contacts: 1 row: the header line again")
    said = project.refusal(project.write("dnc.csv", f"{FIRST}\nphone_number\n{SECOND}\n"), address=OPT_OUTS)
    assert said.startswith("dnc.csv:2:1: error: numbers: 1 row: the header line again")


@pytest.mark.parametrize("head", ["contact,description\n", '"contact",description\n'])
def test_a_last_line_without_an_end_is_never_dropped(project: Project, head: str) -> None:
    text = f"{head}{FIRST},x\n{SECOND},{'y' * 3_000_000}"
    said = project.refusal(project.write("vip.csv", text))
    assert said.startswith("vip.csv:3:1: error: contacts: 1 row: longer than 262,144 characters")
    project.load(project.write("vip.csv", f"{head}{FIRST},x\n{SECOND},{'y' * 200_000}"))
    assert project.rows("sent") == [FIRST, SECOND]


def test_a_pointer_of_git_lfs_is_told(project: Project) -> None:
    for name in ("vip.csv", "vip.csv.gz", "vip.parquet", "vip.jsonl"):
        path = project.write(name, "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12\n")
        assert "run `git lfs pull`" in project.refusal(path)


def test_a_key_that_is_there_twice_makes_an_invalid_row(project: Project) -> None:
    path = project.write("vip.jsonl", f'{{"contact": "{FIRST}"}}\n{{"contact": "{SECOND}", "contact": "{THIRD}"}}\n')
    assert project.refusal(path).startswith("vip.jsonl:2:1: error: contacts: 1 row: the same key twice")


def test_numbers_in_json_are_texts_as_they_are_written(project: Project) -> None:
    text = f'{{"contact": "{FIRST}", "a": 1.50, "b": 12345678901234567890123, "c": true, "d": 1E3, "e": [1.5]}}\n'
    project.load(project.write("vip.jsonl", text), variables=("a", "b", "c", "d", "e"))
    expected = '{"a":"1.50","b":"12345678901234567890123","c":"true","d":"1E3","e":"[1.5]"}'
    assert project.rows("variables") == [expected]


def test_a_nul_makes_an_invalid_row(project: Project) -> None:
    path = project.write("vip.csv", f"contact,first_name\n{FIRST},L\0n\n{SECOND},Lan\n")
    assert project.load(path, invalid="skip").invalid == {records.NUL: 1}
    path = project.write("vip.jsonl", f'{{"contact": "{FIRST}", "first_name": "L\\u0000n"}}\n')
    assert project.load(path, invalid="skip").invalid == {records.NUL: 1}


def test_a_row_without_an_answer_is_invalid_by_itself(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(*_: Any, **__: Any) -> None:
        """Nobody reads a number."""

    monkeypatch.setattr("provisioner.rows.sources.resolve", silent)
    path = project.write("vip.csv", f"contact\n{FIRST}\n{BOM}{SECOND}\n")
    assert project.load(path, invalid="skip").left_out == {reasons.UNREAD: 1}
    assert project.rows("sent") == [FIRST]


def test_what_the_filter_takes_out_is_counted(project: Project) -> None:
    path = project.write("vip.csv", f"contact,city\n{FIRST},Hue\n\n{SECOND},Hanoi\n{THIRD},\n")
    assert project.load(path, filter="city = 'Hue'").left_out == {FILTERED: 2}
