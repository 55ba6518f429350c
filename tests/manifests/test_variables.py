"""`${...}`: where values come from, what type they take, what is sensitive because of it."""

from __future__ import annotations

import pytest

from tests.manifests.conftest import Folder

VARIABLES = """
variables: {brand: AntBuddy, rate: 10, version: 1.10, on: true}
environments:
  staging: {variables: {brand: Test}}
"""


@pytest.fixture
def project(folder: Folder) -> Folder:
    folder.configure(VARIABLES)
    return folder


def named(folder: Folder, text: str) -> str | None:
    found: str | None = folder.one(f"surveys:\n  s: {{name: {text}}}\n").fields["name"]
    return found


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ('"Đây là ${var.brand}."', "Đây là AntBuddy."),
        ('"${var.brand}${var.brand}"', "AntBuddyAntBuddy"),
        ('"${var.version}"', "1.10"),
        ('"${var.on}"', "true"),
        ('"$${var.brand}"', "${var.brand}"),
        ('"$$${var.brand} $5 $$"', "$${var.brand} $5 $$"),
        ('"{first_name}: ${var.brand}"', "{first_name}: AntBuddy"),
    ],
)
def test_variables_are_replaced_inside_texts(project: Folder, written: str, expected: str) -> None:
    assert named(project, written) == expected


def test_an_environments_variable_wins_over_the_projects_and_the_command_line_over_both(project: Folder) -> None:
    project.environment = "staging"
    assert named(project, '"${var.brand}"') == "Test"
    project.variables = {"brand": "Tết"}
    assert named(project, '"${var.brand}"') == "Tết"


def test_a_variable_may_be_given_on_the_command_line_alone(project: Folder) -> None:
    project.variables = {"only": "here"}
    assert named(project, '"${var.only}"') == "here"


def test_a_given_variable_that_is_misspelt_is_refused(project: Folder) -> None:
    project.variables = {"brnad": "x", "unrelated": "y"}
    assert project.errors("surveys:\n  s: {name: S}\n") == [
        "error: --var: undefined variable 'brnad', did you mean 'brand'? [variable-undefined]"
    ]


def test_a_declared_variable_may_be_overridden_where_nobody_uses_it(project: Folder) -> None:
    project.variables = {"brand": "x"}
    assert named(project, "S") == "S"


@pytest.mark.parametrize(("given", "expected"), [("${var.rate}", 10), ("'${var.rate}'", 10)])
def test_one_expansion_alone_takes_the_type_its_field_wants(project: Folder, given: str, expected: int) -> None:
    project.variables = {"rate": "10", "id": "7"}
    setting = f"calendar_settings:\n  s:\n    label: ${{var.rate}}\n    call_timeout: {given}\n"
    fields = project.one(setting + "    gateway: {id: '${var.id}'}\n    survey: {id: '${var.id}'}\n").fields
    assert (fields["label"], fields["call_timeout"], fields["gateway"].value) == ("10", expected, 7)


def test_an_expansion_with_text_around_it_is_text(project: Folder) -> None:
    setting = "calendar_settings:\n  s: {label: S, call_timeout: '1${var.rate}', gateway: G, survey: {id: 1}}\n"
    assert project.errors(setting) == [
        "manifest.yaml:2:31: error: call_timeout: must be a whole number, is '110'; remove the quotes "
        "(calendar_setting.s) [field-type]"
    ]


def test_an_expanded_null_or_boolean_is_text_for_a_text_field(project: Folder) -> None:
    project.variables = {"a": "null", "b": "true"}
    assert (named(project, '"${var.a}"'), named(project, '"${var.b}"')) == ("null", "true")


def test_values_from_the_environment_mark_their_field(project: Folder) -> None:
    project.environ = {"NAME": "Mật"}
    survey = project.one('surveys:\n  s: {name: "x ${env.NAME}", description: "${var.brand}"}\n')
    assert survey.fields["name"] == "x Mật"
    assert survey.sensitive == {"name"}


def test_a_variable_that_came_from_the_environment_marks_its_field_too(project: Folder) -> None:
    project.configure("variables: {name: '${env.NAME}'}\n")
    project.environ = {"NAME": "Mật"}
    assert project.one('surveys:\n  s: {name: "${var.name}"}\n').sensitive == {"name"}


def test_a_wrong_value_from_the_environment_is_not_shown(project: Folder) -> None:
    project.environ = {"NUMBER": "s3cret", "TITLE": "s3cret" * 50}
    found = project.errors(
        "surveys:\n  s: {name: '${env.TITLE}'}\n"
        "alarms:\n  a: {alarm_phonenumber: '${env.NUMBER}', date_start_notice: 2027-01-01T08:00:00Z, event: {id: 1}}\n"
    )
    assert len(found) == 2
    assert "s3cret" not in "".join(found)


PUBLIC = [
    "campaigns: {c: {survey: '${env.X}'}}",
    "campaigns: {c: {survey: {name: '${env.X}'}}}",
    "campaigns: {c: {phonebooks: [{id: '${env.X}'}]}}",
    "campaigns: {c: {gateway: 'a ${env.X}'}}",
    "campaigns: {c: {frequency: '${env.X}'}}",
    "campaigns: {c: {startingdate: '${env.X}'}}",
    "campaigns: {c: {status: '${var.held}'}}",
    "campaigns: {c: {renamed_from: '${env.X}'}}",
    "campaigns: {c: {purpose: '${env.X}'}}",
    "campaigns: {c: {dnc_lists: ['${env.X}']}}",
    "campaigns: {c: {id: '${env.X}'}}",
    "surveys: {s: {lifecycle: {ignore_changes: ['${env.X}']}}}",
    "phonebooks: {p: {contacts: '${env.X}'}}",
    "phonebooks: {p: {contacts: {file: '${env.X}.csv'}}}",
    "phonebooks: {p: {contacts: {file: a.csv, filter: \"ten = '${env.X}'\"}}}",
    "phonebooks: {p: {contacts: {file: a.csv, filter: \"ten = '${var.held}'\"}}}",
    "phonebooks: {p: {contacts: {file: a.csv, columns: {contact: '${env.X}'}}}}",
    "phonebooks: {p: {contacts: {file: a.csv, variables: ['${env.X}']}}}",
    "phonebooks: {p: {contacts: {file: a.csv, invalid: '${env.X}'}}}",
    "phonebooks: {p: {contacts: {file: a.csv, defaults: {status: '${env.X}'}}}}",
    "phonebooks: {p: {safety: {from: '${env.X}'}}}",
    "dnc_lists: {d: {numbers: '${env.X}'}}",
    "dnc_lists: {d: {numbers: {file: a.csv, column: '${env.X}'}}}",
    "alarms: {a: {date_start_notice: '${env.X}'}}",
]


@pytest.mark.parametrize(
    "text",
    [
        "surveys: {s: {name: S, description: '${env.X}', tts_language: vi, sections: [{key: a, type: play_message, "
        "question: 'Hi ${env.X}'}]}}\n",
        "calendars: {c: {name: '${env.X}', user: {name: U}}}\n",
        "calendar_users: {u: {username: u, password: '${env.X}', calendar_setting: {name: S}}}\n",
    ],
)
def test_a_value_from_the_environment_that_is_too_long_does_not_tell_its_length(project: Folder, text: str) -> None:
    project.environ = {"X": "x" * 1234}
    found = [line for line in project.errors(text) if "must have at most" in line]
    assert found and not [line for line in found if "has 12" in line or "1234" in line or "1237" in line]


@pytest.mark.parametrize("offline", [False, True])
@pytest.mark.parametrize("text", PUBLIC)
def test_what_a_plan_shows_or_goes_by_takes_nothing_of_the_environment(
    project: Folder, text: str, offline: bool
) -> None:
    """Nor is it looked up: whether it is set makes no difference."""
    project.configure("variables: {held: '${env.X}'}\n")
    project.environ = {} if offline else {"X": "s3cret"}
    project.write("a.csv", "contact,ten\n0934890883,s3cret\n")
    told = [line for line in project.errors(text, offline=offline) if "${env.X}" in line]
    assert len(told) == 1
    assert told[0].startswith("manifest.yaml:1:")
    assert "is not allowed here" in told[0]
    assert "s3cret" not in "".join(project.errors(text, offline=offline))


CELLS = [
    "phonebooks: {p: {name: P, contacts: {rows: [{contact: '%s'}]}}}",
    *(
        f"phonebooks: {{p: {{name: P, contacts: {{rows: [{{contact: 0934890884, {name}: '%s'}}]}}}}}}"
        for name in ("email", "last_name", "first_name", "description", "country")
    ),
    "phonebooks: {p: {name: P, contacts: {rows: [{contact: 0934890884, variables: {city: '%s'}}]}}}",
    *(
        f"phonebooks: {{p: {{name: P, contacts: {{file: a.csv, defaults: {{{name}: '%s'}}}}}}}}"
        for name in ("email", "last_name", "first_name", "description", "country")
    ),
    "dnc_lists: {d: {name: D, numbers: ['%s']}}",
    "dnc_lists: {d: {name: D, numbers: {rows: ['%s']}}}",
]


@pytest.mark.parametrize("cell", CELLS)
def test_rows_take_nothing_of_the_environment(project: Folder, cell: str) -> None:
    """By filters, duplicates, reasons of invalid rows and do-not-call lists rows are counted by what is in them."""
    project.configure("variables: {held: '${env.X}'}\n")
    project.write("a.csv", "contact\n0934890883\n")
    for written in ("${env.X}", "x${env.X}", "${var.held}"):
        said = set()
        for value in ("0934890884", "VN", "a@b.example", "s3cret" * 50):
            project.environ = {"X": value}
            said.add(tuple(project.errors(cell % written)))
        (found,) = said
        assert len(found) == 1 and "is not allowed here" in found[0]


@pytest.mark.parametrize("name", ["alarm_phonenumber", "phonenumber_transfer"])
@pytest.mark.parametrize("written", ["+8493${env.X}", "${env.X}0", "${env.Y}${env.X}", "${var.held}", "x${var.whole}"])
def test_no_part_of_a_number_comes_from_the_environment(project: Folder, name: str, written: str) -> None:
    """Whether the whole is a number would tell a digit of it, and with many alarms all of them."""
    project.configure("variables: {held: '+8493${env.X}', whole: '${env.X}'}\n")
    numbers = {"alarm_phonenumber": "0934890883"} | {name: written}
    alarm = ", ".join(f"{key}: '{value}'" for key, value in numbers.items())
    said = set()
    for value in ("4890884", "1", "x", ""):
        project.environ = {"X": value, "Y": "+84"}
        text = f"alarms: {{a: {{event: {{id: 1}}, date_start_notice: 2027-01-01T08:00:00Z, {alarm}}}}}\n"
        said.add(tuple(project.errors(text)))
    (found,) = said
    assert len(found) == 1 and f"{name}: mixes a value of the environment with other text" in found[0]


def test_a_whole_number_comes_from_the_environment(project: Folder) -> None:
    project.configure("variables: {whole: '${env.X}'}\n")
    project.environ = {"X": "0934890884"}
    for written in ("${env.X}", "${var.whole}"):
        numbers = f"alarm_phonenumber: '{written}', phonenumber_transfer: '{written}'"
        alarm = project.one(
            f"alarms: {{a: {{event: {{id: 1}}, date_start_notice: 2027-01-01T08:00:00Z, {numbers}}}}}\n"
        )
        assert alarm.fields["alarm_phonenumber"] == "0934890884"


SETTINGS = [
    "project: '${env.X}'",
    "timezone: '${env.X}'",
    "server_timezone: '${env.X}'",
    "region: '${env.X}'",
    "number_format: '${env.X}'",
    "safety: {from: '${env.X}'}",
    "checks: {overlap: '${env.X}'}",
    "waivers: [{check: overlap, address: campaign.c, reason: 'x ${env.X}', until: 2027-02-01}]",
    "policies: {own: {title: '${env.X}'}}",
]


@pytest.mark.parametrize("text", SETTINGS)
def test_settings_that_are_shown_take_nothing_of_the_environment(folder: Folder, text: str) -> None:
    folder.environ = {"X": "s3cret"}
    folder.write("alice.yaml", f"alice: 1\nendpoint: http://127.0.0.1:8765\n{text}\n")
    found = [line for line in folder.errors() if "${env.X}" in line]
    assert len(found) == 1 and found[0].startswith("alice.yaml:3:")
    assert "s3cret" not in "".join(folder.errors())


@pytest.mark.parametrize(
    "name", ["ALICE_PASSWORD", "ALICE_TOKEN", "ALICE_PLAN_KEY", "ALICE_ANYTHING", "alice_password"]
)
def test_our_own_environment_variables_are_refused_wherever_they_are_named(folder: Folder, name: str) -> None:
    folder.environ = {name: "s3cret"}
    folder.configure(f"variables: {{x: '${{env.{name}}}'}}\nstate: sqlite:///${{env.{name}}}\n")
    folder.write("a.txt", "x")
    found = folder.errors(f"surveys:\n  s: {{name: 'a ${{env.{name}}}', description: '${{var.x}}'}}\n")
    assert [line.partition(" ")[0] for line in sorted(found)] == [
        "alice.yaml:5:16:",
        "alice.yaml:6:8:",
        "manifest.yaml:2:13:",
    ]
    assert all("a variable of another name" in line for line in found)
    assert "s3cret" not in "".join(found)


def test_the_command_line_lays_a_value_of_its_own_over_one_of_the_environment(project: Folder) -> None:
    project.configure("variables: {pace: '${env.PACE}'}\n")
    project.variables = {"pace": "20"}
    setting = "calendar_settings:\n  s: {label: S, call_timeout: '${var.pace}', gateway: G, survey: {id: 1}}\n"
    assert project.one(setting).fields["call_timeout"] == 20


def test_nothing_is_expanded_twice(project: Folder) -> None:
    project.environ = {"A": "${env.B}", "B": "x"}
    project.write("a.txt", "${var.brand}\n")
    assert named(project, '"${env.A}${file.a.txt}"') == "${env.B}${var.brand}"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(b"Xin ch\xc3\xa0o\n", "Xin chào", id="one newline goes"),
        pytest.param(b"a\n\nb", "a\n\nb", id="inner newlines stay"),
        pytest.param(b"\xef\xbb\xbfa\r\nb\r\n", "a\nb", id="byte order mark and CRLF"),
    ],
)
def test_a_files_text_is_taken_without_its_last_newline(project: Folder, content: bytes, expected: str) -> None:
    project.write("x/text.txt", content)
    project.write("x/manifest.yaml", 'surveys:\n  s: {name: "${file.text.txt}"}\n')
    assert [resource.fields["name"] for resource in project.load().resources.values()] == [expected]


def test_files_are_found_from_the_file_that_names_them_and_variables_from_the_projects(project: Folder) -> None:
    project.configure("variables: {hello: '${file.texts/hello.txt}'}\n")
    project.write("texts/hello.txt", "Xin chào\n")
    project.write("a/b/m.yaml", 'surveys:\n  s: {name: "${var.hello} ${file.../../texts/hello.txt}"}\n')
    assert next(iter(project.load().resources.values())).fields["name"] == "Xin chào Xin chào"


@pytest.mark.parametrize("content", [b"\xff\xfe", b"\x00", b"x" * 1_000_001])
def test_a_file_that_is_no_text_is_refused(project: Folder, content: bytes) -> None:
    project.write("blob.bin", content)
    assert len(project.errors("surveys:\n  s: {name: '${file.blob.bin}'}\n")) == 1


def test_an_environment_variable_that_is_not_utf_8_is_refused(project: Folder) -> None:
    project.environ = {"NAME": "\udcff"}
    assert project.errors("surveys:\n  s: {name: '${env.NAME}'}\n") == [
        "manifest.yaml:2:13: error: name: the environment variable NAME is not UTF-8 text (survey.s) [variable-syntax]"
    ]


def test_keys_are_not_expanded(project: Folder) -> None:
    assert "cannot be a key" in project.errors("surveys:\n  '${var.brand}': {name: S}\n")[0]


def test_a_failing_variable_is_told_once_however_often_it_is_used(project: Folder) -> None:
    project.configure("variables: {name: '${env.NAME}'}\n")
    manifest = "surveys:\n" + "".join(f"  s{n}: {{name: '${{var.name}}'}}\n" for n in range(3))
    assert project.errors(manifest) == [
        "alice.yaml:5:19: error: variables.name: the environment variable NAME is not set; set it before running "
        "[variable-not-set]"
    ]


SECRETS = """\
phonebooks:
  p: {name: "${env.N}"}
  q: {name: Q, description: "${env.C}"}
calendar_settings: {c: {label: "${env.L}", survey: {name: s}, gateway: g, call_timeout: 30, caller_name: "${env.T}"}}
calendar_users: {u: {username: u, password: "${env.P}", calendar_setting: c}}
calendars: {k: {name: K, user: u}}
events: {e: {title: "${var.end}", start: 2027-02-15T09:30:00+07:00, end: 2027-02-15T10:00:00+07:00, calendar: k}}
alarms: {a: {event: e, alarm_phonenumber: "${env.A}", date_start_notice: "2027-02-14T09:00:00+07:00"}}
"""


def test_offline_a_variable_that_is_not_set_is_told_once_and_hides_nothing_else(folder: Folder) -> None:
    folder.write(
        "alice.yaml",
        "alice: 1\nendpoint: ${env.URL}\nstate: ${env.DB}\nvariables: {end: '${env.END}'}\n",
    )
    folder.write("secret.yaml", SECRETS)
    found = folder.load(offline=True)
    names = ["A", "C", "DB", "END", "L", "N", "P", "T", "URL"]
    assert [(each.id, each.severity) for each in found.findings] == [("unset-variable", "info")] * len(names)
    assert [each.message.split()[3] for each in found.findings] == names
    assert [str(address) for address in found.resources if address.kind == "calendar_user"] == ["calendar_user.u"]
    folder.write("wrong.yaml", "calendars: {l: {name: '${env.P}', usr: u}}\n")
    assert folder.errors(offline=True) == [
        "wrong.yaml:1:13: error: user: is required (calendar.l) [field-required]",
        "wrong.yaml:1:35: error: usr: unknown field, did you mean 'user'? (calendar.l) [field-unknown]",
    ]


def test_whoever_logs_in_is_told_the_place_of_every_variable_that_is_not_set(folder: Folder) -> None:
    folder.write("secret.yaml", SECRETS.replace("${var.end}", "T"))
    lines = folder.errors()
    assert len(lines) == 6
    assert lines[0] == (
        "secret.yaml:2:13: error: name: the environment variable N is not set; set it before running (phonebook.p) "
        "[variable-not-set]"
    )
