"""`for_each`: a resource for every key, what its texts may name, and mistakes told once, by key."""

from __future__ import annotations

from importlib import import_module
from time import process_time

import pytest

from provisioner.model import Address, Reference
from tests.manifests.conftest import Folder

FOR_EACH, COLLECTOR = import_module("provisioner.manifests.for_each"), import_module("provisioner.manifests.collector")
NAMED = 'name: "P ${each.key}"'
CANARY = "canary-7f3a"


def books(each: str, *lines: str) -> str:
    return "\n".join(["phonebooks:", "  p:", f"    for_each: {each}", *(f"    {line}" for line in lines)]) + "\n"


def keys(folder: Folder, text: str) -> list[str]:
    return [str(address) for address in folder.resources(text)]


def fields(folder: Folder, name: str, text: str) -> list[object]:
    return [resource.fields.get(name) for resource in folder.resources(text).values()]


@pytest.mark.parametrize(
    "each",
    ["[hanoi, hue]", "{hanoi: 1, hue: 2}", "${var.list}", "${var.map}", "${var.in.it}", '["${var.one}", hue]'],
)
def test_one_resource_is_made_for_every_key(folder: Folder, each: str) -> None:
    variables = "{list: [hanoi, hue], map: {hanoi: {}, hue: {}}, in: {it: [hanoi, hue]}, one: hanoi}"
    folder.configure(f"variables: {variables}\n")
    assert keys(folder, books(each, NAMED)) == ["phonebook.p[hanoi]", "phonebook.p[hue]"]


def test_texts_of_a_resource_and_below_it_name_the_key_and_its_value(folder: Folder) -> None:
    folder.write("rows/hue.csv", "contact\n0934890883\n")
    text = books(
        "{hue: {note: {de: H, at: [x]}, file: hue}}",
        'name: "${each.key} ${each.value.note.de} $${each.key}"',
        'contacts: "rows/${each.value.file}.csv"',
    )
    (found,) = folder.resources(text).values()
    assert found.fields["name"] == "hue H ${each.key}"
    assert found.rows and [path.name for path in found.rows.files] == ["hue.csv"]


def test_a_value_that_stands_alone_takes_the_type_its_field_wants(folder: Folder) -> None:
    settings = "calendar_settings:\n  c:\n    for_each: {a: {t: 60, n: 7}, b: {t: '70', n: '08'}}\n"
    settings += '    label: "${each.value.n}"\n    call_timeout: ${each.value.t}\n    survey: {id: 1}\n    gateway: G\n'
    assert fields(folder, "call_timeout", settings) == [60, 70]
    assert fields(folder, "label", settings) == ["7", "08"]


def test_lists_and_mappings_stand_for_a_whole_value(folder: Folder) -> None:
    folder.configure("variables: {rows: [{contact: '0934890883'}]}\n")
    text = books("{a: {c: {rows: [{contact: '0934890884'}]}}}", NAMED, "contacts: ${each.value.c}")
    (found,) = folder.resources(text).values()
    assert found.rows and found.rows.inline[0]["contact"] == "0934890884"
    (found,) = folder.resources(books("[a]", NAMED, "contacts: {rows: '${var.rows}'}")).values()
    assert found.rows and found.rows.inline[0]["contact"] == "0934890883"


SURVEYS = """
surveys:
  welcome:
    for_each: {hanoi: {asks: [one, two]}, hue: {asks: []}}
    name: "Chào ${each.key}"
    sections:
      - {key: greeting, type: play_message, question: "Q", script: "${each.key}"}
      - {key: ask, for_each: "${each.value.asks}", type: play_message, question: "Q ${each.key}", script: x}
"""


def test_sections_have_a_for_each_of_their_own_in_their_place(folder: Folder) -> None:
    assert keys(folder, SURVEYS) == [
        "survey.welcome[hanoi]",
        "section.welcome[hanoi].greeting",
        "section.welcome[hanoi].ask[one]",
        "section.welcome[hanoi].ask[two]",
        "survey.welcome[hue]",
        "section.welcome[hue].greeting",
    ]
    found = folder.load()
    assert found.resources[Address("section", "welcome[hue].greeting")].fields["script"] == "hue"
    assert found.resources[Address("section", "welcome[hanoi].ask[two]")].fields["question"] == "Q two"
    survey = found.resources[Address("section", "welcome[hanoi].ask[two]")].fields["survey"]
    assert survey == Reference("survey", "key", "welcome[hanoi]")
    (info,) = [each for each in found.findings if each.id == "empty-for-each"]
    assert str(info.address) == "section.welcome.ask"


def test_an_empty_set_makes_nothing_and_says_so(folder: Folder) -> None:
    folder.write("manifest.yaml", books("[]", NAMED))
    found = folder.load()
    assert not found.resources and [each.id for each in found.findings] == ["empty-for-each"]
    assert found.findings[0].message == "its for_each has no keys, so nothing is made of it"


@pytest.mark.parametrize(
    ("each", "message"),
    [
        ("", "3:14: error: for_each: must be a list of keys, or a mapping of keys to values, is empty; write []"),
        ("hanoi", "3:15: error: for_each: must be a list of keys, or a mapping of keys to values, is a single value"),
        ("[a, b, a]", "3:22: error: for_each: the key 'a' stands here a second time; keep one"),
        ("[a, null]", "3:19: error: for_each: a key must be a single value, is empty"),
        ("[a, [b]]", "3:19: error: for_each: a key must be a single value, is a list"),
        ("[a, {b: c}]", "3:19: error: for_each: a key must be a single value, is a mapping"),
        ("[a, b.c]", "3:19: error: for_each: 'b.c' cannot be a key; use letters, digits, - and _,"),
        ("['a b']", "3:16: error: for_each: 'a b' cannot be a key"),
        ("['0934 890 883']", "3:16: error: for_each: (not shown) cannot be a key"),
        ("{a: {}, b: }", "3:23: error: for_each: the key 'b' has no value; write {} for none"),
        ("['${env.HOME}']", "3:16: error: for_each: ${env.HOME} is not allowed here"),
        ("['${var.secret}']", "3:16: error: for_each: ${var.secret} holds ${env.HOME}, which is not allowed here"),
        (
            "${var.text}",
            "3:15: error: for_each: must be a list of keys, or a mapping of keys to values; ${var.text} is",
        ),
        ("${var.lst}", "3:15: error: for_each: undefined variable 'lst', did you mean 'list'?"),
        ("{a: '${var.non}'}", "3:19: error: for_each: undefined variable 'non'"),
    ],
)
def test_a_wrong_set_is_told_at_its_place_and_once(folder: Folder, each: str, message: str) -> None:
    folder.configure('variables: {text: x, list: [a], secret: "${env.HOME}"}\n')
    folder.environ = {"HOME": CANARY}
    text = books(each, NAMED) + "campaigns:\n  c: {name: C, phonebooks: ['p[a]']}\n"
    (found,) = [each for each in folder.errors(text) if "phonebook.p" in each or "p[" in each]
    assert found.startswith(f"manifest.yaml:{message}") and " (phonebook.p) [" in found


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('name: "${each.value.x} ${each.valu}"', "name: unknown ${each.valu}; there are ${each.key} and"),
        ('name: "${each.value.pce}"', "name: each.value has no 'pce', did you mean 'pace'?"),
        ('name: "${each.value}"', "name: must be text, is a mapping"),
        ('name: "a ${each.value}"', "name: ${each.value} is a mapping, and no text"),
        ('name: "${each.value.pace.x}"', "name: each.value.pace is a single value, and has no 'x'"),
        ("naem: x", "naem: unknown field, did you mean 'name'?"),
    ],
)
def test_a_mistake_is_told_once_with_the_keys_that_have_it(folder: Folder, line: str, message: str) -> None:
    numbers = ", ".join(f"k{number}: {{pace: {number}, x: 1}}" for number in range(7))
    found = [each for each in folder.errors(books(f"{{{numbers}}}", line)) if line.partition(":")[0] in each]
    (error,) = [each for each in found if message in each]
    assert "(for k0, k1, k2, k3, k4 and 2 more) (phonebook.p) [" in error


def test_a_mistake_of_one_key_is_told_at_its_address(folder: Folder) -> None:
    text = books("{a: {n: A}, b: {n: ''}}", 'name: "${each.value.n}"')
    assert folder.errors(text) == ["manifest.yaml:4:11: error: name: is required (phonebook.p[b])"] or (
        "phonebook.p[b]" in folder.errors(text)[0]
    )


def test_outside_of_a_for_each_there_is_no_each(folder: Folder) -> None:
    (error,) = folder.errors('phonebooks:\n  p: {name: "${each.key}"}\n')
    assert "${each.key} stands for something only where for_each is" in error


CAMPAIGN = """
campaigns:
  c:
    for_each: [hanoi, hue]
    name: "C ${each.key}"
    survey: {id: 1}
    gateway: G
    frequency: 1
    startingdate: 2027-01-20 08:00
    expirationdate: 2027-01-30 17:00
    daily_start_time: 08:00
    daily_stop_time: 17:00
    phonebooks: [%s]
"""


def test_references_are_by_key(folder: Folder) -> None:
    folder.write("books.yaml", books("[hanoi, hue]", NAMED))
    found = folder.resources(CAMPAIGN % '"p[${each.key}]"')
    assert found[Address("campaign", "c[hue]")].fields["phonebooks"] == (Reference("phonebook", "key", "p[hue]"),)


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("p", "'p' has for_each: write p[hanoi], p[hue] (for hanoi, hue) (campaign.c)"),
        ("'p[hne]'", "there is no phonebook 'p[hne]', did you mean 'p[hue]'? (for hanoi, hue) (campaign.c)"),
        (
            '"p[${each.key}x]"',
            "there is no phonebook 'p[hanoix]', did you mean 'p[hanoi]'? (for hanoi, hue) (campaign.c)",
        ),
    ],
)
def test_a_reference_without_a_key_lists_the_keys(folder: Folder, reference: str, message: str) -> None:
    folder.write("books.yaml", books("[hanoi, hue]", NAMED))
    (error,) = folder.errors(CAMPAIGN % reference)
    assert error.startswith(f"manifest.yaml:13:18: error: phonebooks[0]: {message} [")


@pytest.mark.parametrize("reference", ["p", "'p[hanoi]'", '"p[${each.key}]"'])
@pytest.mark.parametrize(
    ("each", "origin"),
    [
        ("[]", "the set is empty (books.yaml:3:15)"),
        ("{}", "the set is empty (books.yaml:3:15)"),
        ("${var.none}", "the set is empty (alice.yaml:5:19)"),
        ("{file: b.csv, key: code}", "'b.csv' has no rows (books.yaml:3:22)"),
    ],
)
def test_a_reference_to_one_of_an_empty_set_tells_where_the_set_is_from(
    folder: Folder, each: str, origin: str, reference: str
) -> None:
    folder.configure("variables: {none: []}\n")
    folder.write("b.csv", "code,n\n")
    folder.write("books.yaml", books(each, NAMED))
    (error,) = folder.errors(CAMPAIGN % reference)
    assert f" has a for_each without keys, so there is none: {origin}; add a key, or remove this" in error


def test_two_resources_of_one_name_or_id_are_told_once(folder: Folder) -> None:
    (error,) = folder.errors(books("[a, b, c]", "name: P"))
    assert "has the same name as phonebook.p[a]" in error and "(for b, c) (phonebook.p) [" in error
    (error,) = folder.errors(books("[a, b, c]", NAMED, "id: 7"))
    assert "id: has the same id as phonebook.p[a]" in error and "(for b, c) (phonebook.p) [" in error
    found = folder.resources(books("{a: {id: 7}, b: {id: null}}", NAMED, "id: ${each.value.id}"))
    assert [each.pin for each in found.values()] == [7, None]


def test_a_key_is_declared_once_with_or_without_for_each(folder: Folder) -> None:
    folder.write("a.yaml", books("[a]", NAMED))
    (error,) = folder.errors("phonebooks:\n  p: {name: P}\n")
    assert error.startswith(
        "manifest.yaml:2:3: error: is declared twice, first at a.yaml:2:3; keep one (phonebook.p) ["
    )


@pytest.mark.parametrize(
    ("each", "former", "expected"),
    [
        ("[a, b]", "old", ["old[a]", "old[b]"]),
        ("[a, b]", "'old[c]'", None),
        ("{a: {was: p}, b: {was: ''}}", "${each.value.was}", ["p", None]),
        ("{a: {was: 'p[c]'}, b: {was: null}}", "${each.value.was}", ["p[c]", None]),
        ("{a: {was: c}, b: {was: }}", '"p[${each.value.was}]"', ["p[c]", None]),
    ],
)
def test_a_former_key(folder: Folder, each: str, former: str, expected: list[str | None] | None) -> None:
    text = books(each, NAMED, f"renamed_from: {former}")
    if expected is None:
        (error,) = folder.errors(text)
        assert "is the former key of phonebook.p[a] too" in error
    else:
        assert [resource.renamed_from for resource in folder.resources(text).values()] == expected


def test_a_former_key_cannot_be_the_key_itself(folder: Folder) -> None:
    (error,) = folder.errors(books("[a, b]", NAMED, "renamed_from: p"))
    assert 'is the key it has; at which key phonebook.p goes on say by "${each.value.was}" (for a, b)' in error


def test_what_the_environment_gave_stays_sensitive_through_a_value(folder: Folder) -> None:
    folder.environ = {"SECRET": CANARY}
    folder.configure('variables: {s: {deep: "${env.SECRET}"}}\n')
    for value in ("{x: '${env.SECRET}'}", "{x: 'a ${var.s.deep}'}", "'${env.SECRET}'"):
        name = "${each.value}" if value.startswith("'") else "${each.value.x}"
        (found,) = folder.resources(books(f"{{a: {value}}}", f'name: "{name}"')).values()
        assert "name" in found.sensitive and CANARY not in f"{found.fields}" and CANARY in found.fields["name"]
        (error,) = folder.errors(books(f"{{a: {value}}}", NAMED, f'contacts: "{name}"'))
        assert "holds ${env.SECRET}, which is not allowed here" in error and CANARY not in error


def test_a_password_comes_from_the_environment_through_a_value_too(folder: Folder) -> None:
    folder.environ = {"SECRET": CANARY}
    text = "calendar_users:\n  u:\n    for_each: {a: {p: %s}}\n    username: u\n    password: ${each.value.p}\n"
    text += "    calendar_setting: {id: 1}\n"
    (found,) = folder.resources(text % '"${env.SECRET}"').values()
    assert found.fields["password"] == CANARY
    (error,) = folder.errors(text % CANARY)
    assert "is written in plain text" in error and CANARY not in error


def test_a_private_variable_of_the_command_line_is_no_key(folder: Folder) -> None:
    folder.variables = {"who": "0934890883"}
    text = books('["${var.who}"]', NAMED, "contacts: {rows: [{contact: '${var.who}'}]}")
    (error,) = [each for each in folder.errors(text) if "--var" in each]
    assert "who is in a key of a for_each, which is shown" in error and "0934890883" not in error


def test_values_of_variables_are_what_is_declared(folder: Folder) -> None:
    folder.configure("variables: {m: {a: [1], b: {c: deep}}}\n")
    assert folder.one('surveys:\n  s: {name: "${var.m.b.c}"}\n').fields["name"] == "deep"
    (error,) = folder.errors('surveys:\n  s: {name: "${var.m.b.d}"}\n')
    assert "var.m.b has no 'd'; there are 'c'" in error
    (error,) = folder.errors('surveys:\n  s: {name: "x ${var.m.a}"}\n')
    assert "${var.m.a} is a list, and no text" in error


def test_more_resources_than_fit_are_refused_before_they_are_made(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(COLLECTOR, "MOST_RESOURCES", 2)
    (error,) = folder.errors(books("[a, b, c]", NAMED))
    assert "3:15: error: for_each: makes more than 2 resources of this project" in error


def test_what_is_written_once_and_read_for_every_key_is_bounded(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FOR_EACH, "MOST_VALUES", 20)
    (error,) = folder.errors(books("[a, b, c]", NAMED, f"contacts: {{rows: [{', '.join(['{contact: x}'] * 5)}]}}"))
    assert "makes more than 20 values of this project, counting each for every key" in error


def test_keys_cost_what_resources_cost(folder: Folder) -> None:
    folder.write("manifest.yaml", books(f"[{', '.join(f'k{number}' for number in range(10_000))}]", NAMED))
    begin = process_time()
    assert len(folder.load().resources) == 10_000
    assert process_time() - begin < 12


@pytest.mark.parametrize(
    ("name", "content", "options"),
    [
        ("b.csv", "code,Tên,pace\nhanoi,Hà Nội,5\nhue,Huế,\n", ""),
        ("b.csv", "code;Tên;pace\r\nhanoi;Hà Nội;5\r\n;;\r\nhue;Huế;\r\n", ""),
        ("b.txt", "code\tTên\tpace\nhanoi\tHà Nội\t5\nhue\tHuế\t\n".encode("utf-16"), ", encoding: utf-16"),
        ("b.jsonl", '{"code": "hanoi", "Tên": "Hà Nội", "pace": 5}\n{"code": "hue", "Tên": "Huế"}\n', ""),
    ],
    ids=["comma", "semicolon", "encoding", "lines"],
)
def test_a_row_file_has_a_row_for_every_key(folder: Folder, name: str, content: str | bytes, options: str) -> None:
    folder.write(f"lists/{name}", content)
    text = books(f"{{file: 'lists/{name}', key: code{options}}}", 'name: "${each.value.Tên} ${each.value.pace}"')
    found = folder.resources(text)
    assert [(str(address), each.fields["name"]) for address, each in found.items()] == [
        ("phonebook.p[hanoi]", "Hà Nội 5"),
        ("phonebook.p[hue]", "Huế"),
    ]


def test_a_cell_is_a_text_in_which_nothing_is_replaced(folder: Folder) -> None:
    folder.environ = {"SECRET": CANARY}
    folder.write("b.csv", "code,name\na,${env.SECRET}\n")
    (found,) = folder.resources(books("{file: b.csv, key: code}", 'name: "${each.value.name}"')).values()
    assert found.fields["name"] == "${env.SECRET}"


@pytest.mark.parametrize(
    ("content", "each", "message"),
    [
        ("code,n\na b,1\n", "{file: b.csv, key: code}", "'b.csv' has a key that cannot be a key"),
        ("code,n\n,1\na,1\n,2\n", "{file: b.csv, key: code}", "'b.csv' has no key, in line 2, 4"),
        ("code,n\na,1\na,2\n", "{file: b.csv, key: code}", "'b.csv' has a key that stands above already, in line 3"),
        ("code,n\n0934890883,1\n", "{file: b.csv, key: code}", "a key that looks like a telephone number"),
        ("code,n\na,1,2\n", "{file: b.csv, key: code}", "'b.csv', line 2, has a row that does not fit"),
        ("kode,n\na,1\n", "{file: b.csv, key: code}", "'b.csv' has no column 'code'; there is 'kode', 'n'"),
        ("code,n,n\na,1,2\n", "{file: b.csv, key: code}", "'b.csv' has the column 'n' twice"),
        ("", "{file: b.csv, key: code}", "'b.csv' is empty"),
        ("code\na\n", "{file: b.csv}", "needs key: beside file:"),
        ("code\na\n", "{file: b.csv, key: code, kye: x}", "unknown option 'kye' beside file:"),
        ("code\na\n", "{file: c.csv, key: code}", "'c.csv' "),
        ("code\na\n", "{file: ../c.csv, key: code}", "leads out of the project"),
        ("code\na\n", "{file: '${env.HOME}', key: code}", "${env.HOME} is not allowed here"),
    ],
)
def test_a_wrong_row_file_is_told_at_its_place(folder: Folder, content: str, each: str, message: str) -> None:
    folder.write("b.csv", content)
    (error,) = folder.errors(books(each, NAMED))
    assert error.startswith("manifest.yaml:3:") and message in error and "0934890883" not in error


def test_a_row_file_without_rows_makes_nothing(folder: Folder) -> None:
    folder.write("b.csv", "code,n\n")
    folder.write("manifest.yaml", books("{file: b.csv, key: code}", NAMED))
    (told,) = folder.load().findings
    assert told.id == "empty-for-each"
    assert told.message.endswith("nothing is made of it: 'b.csv' has no rows (manifest.yaml:3:22)")
