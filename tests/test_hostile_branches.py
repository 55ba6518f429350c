"""The recipes on a branch whose author wants the password: nothing leaks, whatever the branch and the server hold.

Every secret that a job is given is a canary, and so is every telephone number of the branch's rows. Looked through are
the log, what was posted, what was uploaded, and what an attacker heard.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest

from provisioner.simulator.process import Simulator
from tests.cli.test_trust import Attacker, attacker
from tests.pipeline import NOW, Runner, yaml_block

__all__ = ["attacker"]

CANARIES = {
    "ALICE_PASSWORD": "c4nary-passw0rd",
    "ALICE_PLAN_KEY": "c4nary-plan-key-c4nary-plan-key",
    "GITHUB_TOKEN": "c4nary-gh-token",
}
GATEWAY = 23
BROKEN = "surveys: {other: {nam: Other}}\n"
NAMES = (
    *("$(touch pwned).yaml", "`touch pwned`.yaml", "x;touch pwned;.yaml", "-rf.yaml"),
    *("a\n::add-mask::b.yaml", "\x1b[2J.yaml"),
)


@pytest.fixture
def runner(simulator: Simulator, tmp_path: Path) -> Iterator[Runner]:
    simulator.reset(now=datetime.fromisoformat(NOW))
    user = simulator.create("user", username="runner", password=CANARIES["ALICE_PASSWORD"])
    simulator.change("gateway", GATEWAY, user=user["id"])
    found = Runner(simulator, tmp_path)
    found.secrets |= {"ALICE_USERNAME": "runner"} | {
        name: value for name, value in CANARIES.items() if name.startswith("ALICE_")
    }
    found.token = CANARIES["GITHUB_TOKEN"]
    yield found
    simulator.reset()


def github(runner: Runner, project: Path, code: int | None) -> str:
    return runner.job(project, "plan", code=code)


def gitlab(runner: Runner, project: Path, code: int | None) -> str:
    """All that the job of a merge request may see: its variables are at hand for every line."""
    found = yaml_block("gitlab-ci.md", ".gitlab-ci.yml")
    lines = [*found["before_script"], *found["plan"]["script"]]
    environ = {**runner.secrets, "ALICE_ENDPOINT": runner.simulator.endpoint, "GITHUB_TOKEN": runner.token}
    done = runner.bash(project, "\n".join(lines), environ)
    assert code is None or done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


JOBS = pytest.mark.parametrize("job", [github, gitlab])
Job = Callable[[Runner, Path, int | None], str]


def require_silence(runner: Runner, project: Path, log: str, attacker: Attacker) -> None:
    """No canary anywhere, no order to the CI in the log, nothing executed, no credential for somebody else."""
    rows = set(re.findall(r"\d{9,}", "".join(path.read_text() for path in (project / "contacts").glob("*.csv"))))
    assert len(rows) > 3
    made = [path for folder in (runner.store, runner.temporary, project / ".alice-out") for path in folder.rglob("*")]
    texts = [log, *(path.read_text(errors="replace") for path in made if path.is_file())]
    found = [canary for canary in (*CANARIES.values(), *rows) for text in texts if canary in text]
    assert not found
    assert not [line for line in log.splitlines() if line.startswith("::")] and "\x1b" not in log
    assert not list(runner.folder.rglob("pwned"))
    assert attacker.heard == [] and runner.simulator.writes() == []


@JOBS
def test_links_of_the_branch_lead_nowhere(runner: Runner, attacker: Attacker, job: Job) -> None:
    project, victim = runner.checkout("branch"), runner.folder / "victim"
    victim.mkdir()
    (victim / "comment.md").write_text("mine")
    for name in ("comment.md", "alice.alice-plan", "tfplan.json", "plan.html", ".comment.md.part"):
        (project / name).symlink_to("/proc/self/environ")
    for name in ("alice", ".alice", ".alice-out", "out"):
        (project / name).symlink_to(victim)
    require_silence(runner, project, job(runner, project, 0), attacker)
    assert (victim / "comment.md").read_text() == "mine" and len([*victim.iterdir()]) == 1


@JOBS
def test_what_an_earlier_job_left_is_not_posted(runner: Runner, attacker: Attacker, job: Job) -> None:
    """On a runner that is used again, or in a branch's checkout."""
    project = runner.checkout("branch")
    folder = runner.temporary / "alice" if job is github else project / ".alice-out"
    folder.mkdir()
    for name in ("comment.md", "plan.html", "alice.alice-plan"):
        (folder / name).write_text(CANARIES["ALICE_PASSWORD"])
    (project / "broken.yaml").write_text(BROKEN)
    require_silence(runner, project, job(runner, project, 1), attacker)
    require_no_plan(runner, job)


@JOBS
def test_names_of_files_are_no_commands(runner: Runner, attacker: Attacker, job: Job) -> None:
    project = runner.checkout("branch")
    for name in NAMES:
        (project / name).write_text(BROKEN)
    log = job(runner, project, 1)
    require_silence(runner, project, log, attacker)
    assert "touch pwned" in log  # they were named


@JOBS
def test_names_on_the_server_are_no_commands(runner: Runner, attacker: Attacker, job: Job) -> None:
    hostile = "x\n::add-mask::y\n$(touch pwned) `touch pwned` </details><script>"
    for _ in range(2):
        runner.simulator.create("phonebook", name=hostile)
    found = runner.simulator.create("phonebook", name=f"{hostile} one")
    project = runner.checkout("branch")
    campaign = project / "campaign.yaml"
    campaign.write_text(campaign.read_text().replace("phonebooks: [", f"phonebooks: [{{id: {found['id']}}}, "))
    require_silence(runner, project, job(runner, project, None), attacker)


def altered(text: str, port: int) -> str:
    """Everything that is not for a branch to decide, decided by it."""
    server = f"127.0.0.1:{port}"
    text = re.sub("(?m)^endpoint: .*$", f"endpoint: http://{server}/rest-api", text)
    text = re.sub("(?m)^server_timezone: .*$", "server_timezone: Asia/Tokyo", text)
    return text + "\n".join(
        [
            f"state: postgresql://u:${{env.GITHUB_TOKEN}}@{server}/x",
            "credentials: {token: '${env.GITHUB_TOKEN}'}",
            "safety: {max_remove_percent: 100}",
            "checks: {dnc-scrub: off}",
            "waivers: [{check: dnc-scrub, address: campaign.tet-2027, reason: x, until: 2029-01-01}]",
            f"environments: {{x: {{endpoint: 'http://{server}'}}}}",
            f"notify: [{{url: 'json://{server}', on: [applied]}}]",
            "allow_plain_http: true",
            "",
        ]
    )


PINNED = (
    "endpoint",
    "server_timezone",
    "state",
    "credentials",
    "safety",
    "checks",
    "waivers",
    "environments",
    "notify",
)


@JOBS
def test_what_is_not_for_a_branch_to_decide(runner: Runner, attacker: Attacker, job: Job) -> None:
    project = runner.checkout("branch")
    settings = project / "alice.yaml"
    settings.write_text(altered(settings.read_text(), attacker.port))
    log = job(runner, project, 1)
    require_silence(runner, project, log, attacker)
    assert all(f"error: {key}: is not as in the file that ALICE_TRUST names" in log for key in PINNED)
    assert runner.simulator.requests() == []
    require_no_plan(runner, job)


def require_no_plan(runner: Runner, job: Job) -> None:
    """What is posted says that there is no plan, and holds nothing that another job left."""
    if job is not github:
        return
    comment = (runner.store / "comment.md").read_text()
    assert "**No plan was made: " in comment
    assert not [canary for canary in CANARIES.values() if canary in comment]


@JOBS
def test_without_the_trusted_file_nothing_is_planned(runner: Runner, attacker: Attacker, job: Job) -> None:
    """The protected branch cannot be asked: the step fails, and no later one has the secrets."""
    (runner.main / "alice.yaml").unlink()
    project = runner.folder / "branch"
    project.mkdir()
    (project / "alice.yaml").write_text(f"alice: 1\nendpoint: http://127.0.0.1:{attacker.port}\n")
    assert job(runner, project, 1)
    assert attacker.heard == [] and runner.simulator.requests() == []


SECRETS = ("${env.ALICE_PASSWORD}", "${env.ALICE_PLAN_KEY}", "${env.GITHUB_TOKEN}", "${file..git/config}")
WHERE = {
    "surveys": (
        "{name: O, sections: [{key: a, type: play_message, question: Q, script: 'hi {SECRET}'}]}",
        "{name: 'x SECRET'}",
    ),
    "phonebooks": (
        "{name: 'x SECRET'}",
        "{name: O, contacts: {file: contacts/vip.csv, filter: \"contact = 'SECRET'\"}}",
        "{name: O, contacts: 'SECRET.csv'}",
    ),
    "campaigns": ("{name: O, survey: {name: 'SECRET'}}", "{name: O, frequency: '${env.GITHUB_TOKEN}'}"),
}


@JOBS
def test_a_manifest_shows_no_secret(runner: Runner, attacker: Attacker, job: Job) -> None:
    project = runner.checkout("branch")
    (project / ".git").mkdir()
    (project / ".git" / "config").write_text(CANARIES["GITHUB_TOKEN"])
    lines = []
    for collection, bodies in WHERE.items():
        lines.append(f"{collection}:")
        every = [body.replace("SECRET", secret) for body in bodies for secret in SECRETS]
        lines += [f"  other-{number}: {body}" for number, body in enumerate(every)]
    (project / "more.yaml").write_text("\n".join(lines))
    require_silence(runner, project, job(runner, project, 1), attacker)
