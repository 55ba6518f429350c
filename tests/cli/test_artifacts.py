"""docs/architecture.md#what-never-leaves: no run prints or leaves what is in rows, users and secrets.

A whole life of a project, with row files that are wrong and a server that quotes what it was sent, and then every byte
of it is looked at. `get` and `export --with-contacts` show personal data because they are asked to; they are not run.
"""

from __future__ import annotations

import html
import json
import re
import tempfile
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from provisioner.reports import REPORTS
from provisioner.reports.markdown import code, prose
from provisioner.simulator.process import Simulator
from tests.factories import NOW, alice
from tests.operator import Operator, Said

from .echoing import MODES, Echo, echoing

USER, PASSWORD = "operator", "Tr0ub4dor-und-3"
SECRETS = {
    "CLINIC_PASSWORD": "korrekt-horse-77",
    "WARD_PASSWORD": "battery-staple-88",
    "PATIENT": "0934890861",
    "NOTE": "geheime-Notiz-99",
    "ALICE_PLAN_KEY": "plan-key-4711",
}
# What may part the digits of a number: in a text, as a character reference, in a URL.
BETWEEN = rb"(?:[ .\-()]|&#\d+;|%2[089DE])*"
NUMBERS = tuple(f"09348908{index}" for index in range(41, 62))
WORDS = (
    *("Quỳnhmai", "Thắngloi", "Bảongoc", "Hoàngyen", "Tuấnanh", "Zwiebel", "policy-31337", "ghi-chú-riêng"),
    *("quynh.mai@khach.example", "thang@khach.example", "kein-mail-bao", "khach.example"),
    *(PASSWORD, *SECRETS.values()),
)

ANY = "{{max_update_percent: 100, max_remove_percent: 100}}"
PROJECT = alice("private", checks="{{dnc-scrub: warning}}", safety=ANY)
MANIFEST = """surveys:
  hello: {name: Hello, description: "${env.NOTE}", sections: [{key: hi, type: play_message, question: Hi}]}
phonebooks:
  vip: {name: VIP, contacts: {file: vip.csv, variables: [policy], on_duplicate: last}}
  leads:
    name: Leads
    contacts: {rows: [{contact: "+84 934 890 851", first_name: Hoàngyen, description: ghi-chú-riêng}]}
dnc_lists:
  opt-outs: {name: Opt-outs, numbers: [+84934890852, 0934 890 842]}
campaigns:
  seal:
    {name: Seal, survey: hello, phonebooks: [vip], gateway: Ours, frequency: 10, status: started,
     description: "${env.NOTE}", startingdate: 2027-01-10T08:00:00+07:00, expirationdate: 2027-01-30T17:00:00+07:00,
     daily_start_time: 08:00, daily_stop_time: 17:00}
calendar_settings: {clinic: {label: Clinic, survey: {campaign: seal}, gateway: Ours, call_timeout: 60}}
calendar_users: {bot: {username: clinic-bot, password: "${env.CLINIC_PASSWORD}", calendar_setting: clinic}}
calendars: {clinic: {name: Clinic, user: bot}}
events:
  checkup: {title: Checkup, start: 2027-02-15T09:30:00+07:00, end: 2027-02-15T10:00:00+07:00, calendar: clinic}
alarms:
  checkup:
    {event: checkup, alarm_phonenumber: "${env.PATIENT}", date_start_notice: 2027-02-14T09:00:00+07:00,
     phonenumber_transfer: "0934890853"}
"""
ROWS = """contact,first_name,last_name,email,policy
0934890841,Quỳnhmai,Zwiebel,quynh.mai@khach.example,policy-31337
+84934890842,Thắngloi,,thang@khach.example,
0934 890 843,Bảongoc,,,
"""
CHANGED = """contact,first_name,last_name,email,policy
0934890841,Tuấnanh,Zwiebel,quynh.mai@khach.example,policy-31337
+84934890842,Thắngloi,,thang@khach.example,
"""
BAD = """contact,first_name,last_name,email,policy
9.34890845E+08,Quỳnhmai,,,
934890846.0,Thắngloi,,,
0934890847 / 0934890848,Bảongoc,,,
09348908499999,Tuấnanh,,,
0934890850,Zwiebel,,kein-mail-bao,
0934890841,Hoàngyen,,,
0934890841,Hoàngyen,,,
"""
BAD_INLINE = """phonebooks:
  more: {name: More, contacts: {rows: [{contact: "09348908549999"}, {contact: "0934890855", email: kein-mail-bao},
    {contact: "0934890856", status: Zwiebel}, {contact: "0934890857", first_name: [Zwiebel]}, "0934890858"]}}
alarms:
  wrong: {event: nothing, alarm_phonenumber: "0934890859 0934890860", date_start_notice: 2027-02-14T09:00:00+07:00}
"""
CHANGES = {
    "name: Hello,": "name: Hello, tts_language: vi,",
    "0934890853": "0934890854",
    "numbers: [": "numbers: [0934890855, ",
    "first_name: Hoàngyen, ": "first_name: Tuấnanh, ",
    "rows: [": 'rows: [{contact: "0934890844", email: thang@khach.example}, ',
}
MORE = """calendar_users: {ward: {username: ward-bot, password: "${env.WARD_PASSWORD}", calendar_setting: clinic}}
"""


@pytest.fixture
def echo(simulator: Simulator) -> Iterator[Echo]:
    simulator.reset(now=NOW)
    user = simulator.create("user", username=USER, password=PASSWORD)
    simulator.create("gateway", name="Ours", user=user["id"])
    with echoing(simulator) as found:
        yield found


@pytest.fixture
def operator(echo: Echo, simulator: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Operator:
    """In a project folder, with a folder of its own for temporary files."""
    for name in ("project", "temporary", "reports"):
        (tmp_path / name).mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    environ = {"ALICE_USERNAME": USER, "ALICE_PASSWORD": PASSWORD, **SECRETS}
    operator = Operator(tmp_path / "project", simulator, now=NOW, environ=environ)
    operator.write("alice.yaml", PROJECT.format(endpoint=echo.endpoint))
    operator.write("main.yaml", MANIFEST)
    operator.write("vip.csv", ROWS)
    return operator


class Artifacts:
    """Everything that was said, and every file that was written, by where it came from."""

    def __init__(self, operator: Operator, folder: Path) -> None:
        self._operator, self._folder = operator, folder
        self._said: list[tuple[str, str]] = []

    def run(self, *arguments: str, code: int | tuple[int, ...] = 0, environ: dict[str, str] | None = None) -> Said:
        """With all logs and, where there are reports, each of them."""
        more = [f"--output={name}={self._folder / 'reports' / f'{len(self._said)}.{name}'}" for name in REPORTS]
        command = next(each for each in arguments if not each.startswith("--var="))
        reports = more if command in ("plan", "apply", "show", "check", "drift") else []
        operator = self._operator
        if environ:
            operator = Operator(operator.directory, operator.simulator, operator.now, {**operator.environ, **environ})
        said = operator.run("-vv", *arguments, *reports)
        assert said.code in ((code,) if isinstance(code, int) else code), f"{arguments}: {said}"
        self._said.append((" ".join(arguments), said.out + said.err))
        return said

    def everything(self) -> Iterator[tuple[str, bytes]]:
        for command, text in self._said:
            yield f"output of {command}", text.encode()
        for path in sorted(self._folder.rglob("*")):
            if path.is_file() and path.suffix not in (".yaml", ".csv"):
                yield str(path.relative_to(self._folder)), path.read_bytes()


def patterns(tokens: set[str]) -> Iterator[tuple[str, re.Pattern[bytes]]]:
    """Every private value in every form in which it may turn up."""
    for number in NUMBERS:
        digits = BETWEEN.join(digit.encode() for digit in number.removeprefix("0"))
        yield number, re.compile(digits)
    for word in (*WORDS, *tokens):
        forms = {form for text in (word, word.replace("0934", "934")) for form in written(text)}
        yield word, re.compile(b"|".join(re.escape(form.encode()) for form in sorted(forms)), re.IGNORECASE)


def written(text: str) -> set[str]:
    """As it is, composed or not, in JSON, in HTML, in Markdown, in a URL."""
    composed = {unicodedata.normalize(form, text) for form in ("NFC", "NFD")}
    ways = (str, lambda form: json.dumps(form)[1:-1], html.escape, prose, code, quote)
    return {way(form) for form in composed for way in ways}


def leaks(artifacts: Artifacts, tokens: set[str]) -> list[str]:
    wanted = list(patterns(tokens))
    return [
        f"{word} in {name}: {content[max(found.start() - 60, 0) : found.end() + 20]!r}"
        for name, content in artifacts.everything()
        for word, pattern in wanted
        if (found := pattern.search(content))
    ]


@pytest.mark.long
def test_nothing_private_is_printed_or_left_behind(operator: Operator, echo: Echo, tmp_path: Path) -> None:
    artifacts = Artifacts(operator, tmp_path)
    saved = str(tmp_path / "reports" / "p.plan")
    artifacts.run("plan", "--out", saved)
    artifacts.run("show", saved)
    artifacts.run("apply", saved, code=3)
    artifacts.run("apply", saved, "--allow-calls")
    operator.write("vip.csv", BAD)
    operator.write("bad.yaml", BAD_INLINE)
    artifacts.run("validate", code=1)
    (operator.directory / "bad.yaml").unlink()
    artifacts.run("plan", code=1)
    operator.write("vip.csv", CHANGED)
    manifest = MANIFEST
    for old, new in CHANGES.items():
        assert old in manifest
        manifest = manifest.replace(old, new)
    operator.write("main.yaml", manifest)
    operator.write("more.yaml", MORE)
    for mode in MODES:
        echo.mode = mode
        artifacts.run("apply", "--auto-approve", "--on-error", "continue", "--timeout", "1", code=4)
    echo.mode = None
    artifacts.run("apply", saved, code=5)
    artifacts.run("apply", "--auto-approve", "--allow-calls")
    [alarm] = operator.simulator.objects("alarm")
    operator.simulator.change("alarm", alarm["id"], phonenumber_transfer="0934890856")
    artifacts.run("drift")
    artifacts.run("plan", environ={"CLINIC_PASSWORD": "battery-staple-88", "PATIENT": "0934890857"})
    artifacts.run("plan", code=1, environ={"ALICE_PASSWORD": "battery-staple-88"})
    token = operator.simulator.token(USER)
    artifacts.run("plan", environ={"ALICE_TOKEN": token, "ALICE_PASSWORD": ""})
    artifacts.run("check")
    artifacts.run("status", "--html", str(tmp_path / "reports" / "status.html"))
    for command in (["doctor"], ["graph"], ["state", "list"], ["state", "show", "alarm.checkup"], ["stop", "--all"]):
        artifacts.run(*command)
    found = dict(artifacts.everything())
    assert any(name.startswith("project/.alice/state.db") for name in found)
    assert len(echo.tokens | {token}) >= 2
    found_leaks = leaks(artifacts, echo.tokens | {token})
    print("\n".join(found_leaks))
    assert found_leaks == []


def test_the_search_finds_what_it_looks_for(operator: Operator, tmp_path: Path) -> None:
    """Each form that a leak could take is one that would have been found."""
    artifacts = Artifacts(operator, tmp_path)
    for index, text in enumerate(
        [
            *("+84 (934) 890-841", "Qu\\u1ef3nhmai", "BA\u0309ONGOC", "tr0ub4dor-und-3", "a-token"),
            *("+84 934&#45;890&#45;842", "934%20890%20843", "Th%E1%BA%AFngloi", "thang&#64;&#8203;khach.example"),
        ]
    ):
        operator.write(f"leak{index}.txt", text)
    found = {leak.partition(" in ")[2].partition(":")[0] for leak in leaks(artifacts, {"a-token"})}
    assert len(found) == 9
