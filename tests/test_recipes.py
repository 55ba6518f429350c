"""The recipes are run: every command of docs/recipes, as a pipeline would, against the simulator."""

from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tomllib
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from referencing import Registry, Resource

from provisioner.inspect.openmetrics import FAMILIES
from provisioner.rows.statements import select_of
from provisioner.simulator.process import Simulator
from tests.pipeline import NOW, RECIPES, ROOT, Runner, blocks, workflow, yaml_block


@pytest.fixture
def runner(simulator: Simulator, tmp_path: Path) -> Runner:
    simulator.reset(now=datetime.fromisoformat(NOW))
    return Runner(simulator, tmp_path)


# GitHub Actions


def test_the_plan_of_a_pull_request_is_commented_and_applied_after_the_merge(runner: Runner) -> None:
    runner.job(runner.checkout("planned"), "plan")
    assert "campaign.tet-2027" in (runner.store / "comment.md").read_text()
    assert runner.simulator.writes() == []
    runner.uploaded()
    merged = runner.checkout("merged")
    runner.job(merged, "apply")
    assert runner.started() == [1]
    assert runner.run(merged, "alice-apply plan --detailed-exitcode")


def test_the_next_push_takes_the_place_of_the_comment_and_says_why_there_is_no_plan(runner: Runner) -> None:
    project = runner.checkout("planned")
    runner.job(project, "plan")
    marker = (runner.store / "comment.md").read_text().splitlines()[0]
    assert marker == "<!-- alice-apply:plan -->"
    campaign = project / "campaign.yaml"
    campaign.write_text(campaign.read_text().replace("frequency: 10", "frequency: fast"))
    runner.job(project, "plan", code=1)
    comment = (runner.store / "comment.md").read_text()
    assert comment.startswith(marker) and "No plan was made: 1 error." in comment and "campaign.yaml:" in comment
    assert (runner.store / "comments").read_text().splitlines() == ["made"]


def test_actions_are_pinned_by_their_commit() -> None:
    """A tag can be moved, and what it then is runs beside the secrets; the version is for whoever reads it."""
    used = re.findall(r"^.*uses: .*$", (RECIPES / "github-actions.md").read_text(), flags=re.MULTILINE)
    assert len(used) == 5
    for line in used:
        assert re.fullmatch(r"\s+- uses: [\w-]+/[\w-]+@[0-9a-f]{40} +# v\d+\.\d+\.\d+", line), line


def test_what_was_not_reviewed_is_not_applied(runner: Runner) -> None:
    runner.job(runner.checkout("planned"), "plan")
    runner.uploaded()
    merged = runner.checkout("merged")
    campaign = merged / "campaign.yaml"
    campaign.write_text(campaign.read_text().replace("frequency: 10", "frequency: 11"))
    runner.job(merged, "apply", code=5)
    assert runner.started() == []


def test_the_workflow_keeps_secrets_from_pull_requests_and_queues_its_applies() -> None:
    found = workflow()
    assert list(found["on"]) == ["pull_request_target"]  # not the workflow file of the branch
    assert found["env"]["ALICE_ENDPOINT"].startswith("https://")
    plan, apply = found["jobs"]["plan"], found["jobs"]["apply"]
    assert "head.repo.full_name == github.repository" in plan["if"]
    assert apply["concurrency"] == {"group": "alice-production", "cancel-in-progress": "false"}
    for job in (plan, apply):
        steps = [step.get("run") or step["uses"].partition("@")[0] for step in job["steps"]]
        assert steps.index(INSTALL) < steps.index("actions/checkout")
        checkout = next(step for step in job["steps"] if step.get("uses", "").startswith("actions/checkout"))
        assert checkout["with"]["persist-credentials"] == "false"
        assert checkout["with"]["ref"] in (
            "${{ github.event.pull_request.head.sha }}",
            "${{ github.event.pull_request.merge_commit_sha }}",
        )


def test_no_step_runs_what_a_pull_request_brings() -> None:
    """`pull_request_target` gives secrets to whatever runs, and a `${{ }}` texts of a pull request to the shell."""
    words = {"if", "else", "fi", "export", "mine", "id", "OUT", "run"}
    allowed = {"alice-apply", "gh", "rm", "mkdir", "printf", "test", "pip", *words}
    for job in workflow()["jobs"].values():
        for step in job["steps"]:
            script = step.get("run", "")
            assert "${{" not in script and not step.get("uses", "").startswith(".")
            assert {re.split(r"[ =]", line.strip())[0] for line in script.splitlines()} <= allowed
            secret = [value for value in step.get("env", {}).values() if "secrets." in value]
            assert not secret or step["run"].startswith("alice-apply ")
            assert "github.token" not in str(step) or "alice-apply" not in step["run"]
    assert workflow()["permissions"] == {} and not [each for each in workflow()["env"].values() if "secrets" in each]


# Install

INSTALL = 'pip install "alice-apply[postgres] @ $ALICE_APPLY"'
BY_NAME = re.compile(
    r"\b(?:install|add|download|wheel|run)\b(?!.*--no-index)[^@]*?(?<![\w/.-])alice[-_]apply\b(?!.* @ )"
)


def test_nothing_installs_it_by_its_bare_name() -> None:
    """Whoever takes that name on an index would be run beside the secrets."""
    sources = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").rglob("*.md")]
    sources += [*(ROOT / "provisioner").rglob("*.py"), ROOT / "Makefile", ROOT / "Dockerfile"]
    for path in sources:
        for line in path.read_text(encoding="utf-8").splitlines():
            assert not ("pip" in line and BY_NAME.search(line)), f"{path}: {line}"


@pytest.mark.parametrize(
    ("line", "refused"),
    [
        ("pip install alice-apply", True),
        ("pip install 'alice-apply[postgres]'", True),
        ("pipx run alice-apply plan", True),
        ("uv pip install --upgrade alice_apply", True),
        ("pip install .", False),
        (INSTALL, False),
        ("pip install 'git+https://git.example.com/voice/alice-apply@0123'", False),
        ("pip install --no-index --find-links wheels alice-apply", False),
    ],
    ids=["bare", "extra", "pipx", "uv", "here", "direct", "git", "folder"],
)
def test_what_installs_by_a_bare_name(line: str, refused: bool) -> None:
    assert bool(BY_NAME.search(line)) == refused


def test_what_is_installed_is_pinned_by_a_commit() -> None:
    pinned = re.compile(r"git\+https://git\.example\.com/voice/alice-apply@[0-9a-f]{40}")
    nightly = yaml_block("many-clients.md", ".github/workflows/alice-nightly.yml")
    gitlab = yaml_block("gitlab-ci.md", ".gitlab-ci.yml")
    for given in (workflow()["env"], nightly["env"], gitlab["variables"]):
        assert pinned.fullmatch(given["ALICE_APPLY"])
    assert INSTALL in gitlab["before_script"]


def test_the_lines_of_an_installation_are_what_pip_takes(runner: Runner) -> None:
    """The direct reference has the name, the extra and the address; pip itself is not run here."""
    text = blocks("install.md", "sh")[0]
    assert runner.run(runner.folder, text).startswith("alice-apply ")
    address = re.search(r'ALICE_APPLY="(.*)"', text)
    assert address is not None
    wanted = Requirement(f"alice-apply[postgres] @ {address[1]}")
    assert (wanted.name, wanted.extras, wanted.url) == ("alice-apply", {"postgres"}, address[1])


# Many clients, and secrets


def test_a_nightly_job_for_each_client_tells_drift_and_writes_nothing(runner: Runner) -> None:
    found = yaml_block("many-clients.md", ".github/workflows/alice-nightly.yml")
    job = found["jobs"]["drift"]
    assert found["permissions"] == {} and job["environment"] == job["env"]["ALICE_ENV"] == "${{ matrix.client }}"
    project = runner.checkout("agency")
    with (project / "alice.yaml").open("a", encoding="utf-8") as settings:
        settings.write("environments: {acme: {}, bank: {}}\n")
    [step] = [each for each in job["steps"] if each.get("name") == "drift"]
    runner.environ["ALICE_ENV"] = "acme"
    runner.run(project, "alice-apply apply --auto-approve --allow-calls")
    runner.run(project, step["run"])
    [survey] = [each for each in runner.simulator.objects("survey-template") if each["name"].startswith("Chào mừng")]
    runner.simulator.change("survey-template", survey["id"], description="by hand")
    runner.simulator.clear_requests()
    runner.run(project, step["run"], code=2)
    runner.environ["ALICE_ENV"] = "bank"
    runner.run(project, step["run"])
    assert runner.simulator.writes() == []


def test_one_job_looks_at_all_clients(runner: Runner) -> None:
    project = runner.checkout("agency")
    with (project / "alice.yaml").open("a", encoding="utf-8") as settings:
        settings.write("environments: {acme: {}, bank: {}}\n")
    [line] = blocks("many-clients.md", "sh")
    runner.environ["OUT"] = str(runner.temporary)
    runner.run(project, "alice-apply -e acme apply --auto-approve --allow-calls")
    said = runner.run(project, line)
    assert "acme" in said and "bank" in said
    [survey] = [each for each in runner.simulator.objects("survey-template") if each["name"].startswith("Chào mừng")]
    runner.simulator.change("survey-template", survey["id"], description="by hand")
    runner.run(project, line, code=2)
    assert "acme" in (runner.temporary / "drift.md").read_text()


# `sops` takes the file for an environment, `vault` for what a path and a field say.
KEEPERS = {
    "sops": """#!/bin/sh
test "$1" = exec-env || exit 9
env $(cat "$2") sh -c "$3"
""",
    "vault": """#!/bin/sh
test "$1 $2" = "kv get" && test "$VAULT" = open || exit 2
echo demo
""",
}


def test_secrets_come_by_their_own_tools(runner: Runner) -> None:
    for name, text in KEEPERS.items():
        (runner.folder / "bin" / name).write_text(text)
        (runner.folder / "bin" / name).chmod(0o755)
    project = runner.checkout("campaigns")
    (project / "secrets").mkdir()
    (project / "secrets" / "production.enc.yaml").write_text("ALICE_USERNAME=demo ALICE_PASSWORD=demo")
    (project / ".aliceignore").write_text(next(each for each in blocks("secrets.md", "text")))
    with (project / "alice.yaml").open("a", encoding="utf-8") as settings:
        names = '{username: "${env.ACME_USERNAME}", password: "${env.ACME_PASSWORD}"}'
        settings.write(f"environments: {{acme: {{credentials: {names}}}}}\n")
    runner.secrets = {"ALICE_STATE": runner.secrets["ALICE_STATE"]}
    sops, vault, client = blocks("secrets.md", "sh")
    assert "survey.welcome" in runner.run(project, sops)
    for lines in (vault, client):
        runner.environ["VAULT"] = "open"
        assert "survey.welcome" in runner.run(project, lines)
        runner.environ["VAULT"] = "sealed"
        runner.run(project, lines, code=2)
    assert runner.simulator.writes() == []


def test_code_owners_are_of_what_is_there() -> None:
    owners = next(each for each in blocks("many-clients.md", "text") if "CODEOWNERS" in each).splitlines()[1:]
    assert owners[0].startswith("* ") and {"/alice.yaml", "/.github/"} <= {line.split()[0] for line in owners}
    assert all(re.fullmatch(r"\S+ +@[\w-]+/[\w-]+", line) for line in owners)


# GitLab CI


def test_the_jobs_of_gitlab(runner: Runner) -> None:
    found = yaml_block("gitlab-ci.md", ".gitlab-ci.yml")
    assert found["variables"]["ALICE_ENDPOINT"].startswith("https://")
    assert found["apply"]["resource_group"] == "alice-production"
    project = runner.checkout("project")
    runner.run(project, *found["before_script"], *found["plan"]["script"])
    reported = json.loads((project / found["plan"]["artifacts"]["reports"]["terraform"]).read_text())
    assert reported == {"create": 7, "update": 0, "delete": 0}
    assert all((project / name).is_file() for name in found["plan"]["artifacts"]["paths"])
    runner.run(project, *found["before_script"], *found["apply"]["script"])
    assert runner.started() == [1]


# Databases


def test_contacts_of_a_database(runner: Runner) -> None:
    project = runner.checkout("crm")
    for language, name in (("yaml", "leads.yaml"), ("sql", "leads.sql")):
        (project / name).write_text(next(text for text in blocks("databases.md", language) if name in text))
    with sqlite3.connect(project / "crm.db") as crm:
        crm.executescript("""
            CREATE TABLE leads (id integer, phone text, first_name text, city text);
            CREATE TABLE orders (lead_id integer, amount integer);
            CREATE TABLE opt_outs (phone text);
            INSERT INTO leads VALUES (1, '0934890881', 'Linh', 'HN'), (2, '0934890881', 'Linh', 'HN'),
                (3, '0934890882', 'Minh', 'HN'), (4, '0934890883', 'Nga', 'HN'), (5, '0934890884', 'Mai', 'HUE');
            INSERT INTO orders VALUES (1, 100), (2, 200), (4, 300), (5, 400), (3, 500);
            INSERT INTO opt_outs VALUES ('0934890883')""")
    crm.close()
    said = runner.run(project, next(text for text in blocks("databases.md", "sh") if "CRM_URL" in text))
    assert "phonebook.leads: 2 rows to add" in said and "dnc_list.crm-opt-outs: 1 row to add" in said
    for text in blocks("databases.md", "sql"):
        assert select_of(text)


# Rules


def test_a_rule_from_its_draft_to_a_refusal_and_out_of_reach(runner: Runner) -> None:
    rules, softer, labels, waiver = blocks("rules.md", "yaml")
    test, look, apply, pinned = blocks("rules.md", "sh")
    project = runner.checkout("team")
    settings, campaign = project / "alice.yaml", project / "campaign.yaml"
    before, plain = settings.read_text(), campaign.read_text()

    settings.write_text(before + rules)
    assert "5 examples" in runner.bash(project, test, {}).stdout
    settings.write_text(before + rules.replace("frequency <=", "frequency <"))
    said = runner.bash(project, test, {})
    assert said.returncode == 1 and "slow" in said.stdout + said.stderr

    settings.write_text(before + rules + softer)
    told = runner.run(project, look)
    assert "at most 8 calls a minute" in told and "which team answers" in told

    settings.write_text(before + rules)
    assert "pace" in runner.run(project, apply, code=3)
    assert runner.simulator.writes() == []
    campaign.write_text(plain + labels)
    assert "pace" not in runner.run(project, look)
    campaign.write_text(plain)
    settings.write_text(before + rules + waiver)
    assert "agreed with operations" in runner.run(project, look)

    shutil.copy(settings, runner.main / "alice.yaml")
    runner.run(project, pinned)
    settings.write_text(before)
    assert runner.bash(project, pinned, runner.secrets).returncode == 1
    settings.write_text(before + rules + waiver + softer)
    refused = runner.bash(project, pinned, runner.secrets)
    assert refused.returncode == 1 and "checks" in refused.stderr
    assert runner.simulator.writes() == []


# Prometheus


def test_the_metrics_of_the_alerts_are_those_that_are_written(runner: Runner) -> None:
    project = runner.checkout("campaigns")
    (line,) = blocks("prometheus.md", "sh")
    metrics = runner.folder / "alice.prom"
    runner.run(project, line.replace("/var/lib/node_exporter/textfile/alice.prom", str(metrics)))
    assert 'alice_up{project="quickstart",environment="default",part="campaigns"} 1' in metrics.read_text()
    names = {f"alice_{name}" for name in FAMILIES}
    rules = yaml_block("prometheus.md", "alice.rules.yml")["groups"][0]["rules"]
    used = {name for rule in rules for name in re.findall(r"\balice_\w+", rule["expr"])}
    assert len(rules) == 4 and used <= names
    text = (RECIPES / "prometheus.md").read_text()
    assert [name for name in names if f"`{name.removeprefix('alice_campaign')}" not in text and name not in text] == []


# Tools


def test_many_clients(runner: Runner, tmp_path: Path) -> None:
    """The alice.yaml of the page: each client plans and applies what is common and what is its own."""
    project = tmp_path / "agency"
    greeting = 'script: "Xin chào, đây là ${var.brand}."'
    for name, key in (("common", "hello"), ("clients/acme", "acme"), ("clients/bank", "bank")):
        (project / name).mkdir(parents=True)
        section = f"{{key: hi, type: play_message, question: Hi, {greeting}}}"
        (project / name / "survey.yaml").write_text(f"surveys: {{{key}: {{name: {key}, sections: [{section}]}}}}\n")
    [settings] = [found for found in blocks("many-clients.md", "yaml") if found.startswith("# alice.yaml")]
    (project / "alice.yaml").write_text(
        settings.replace("https://alice.antbuddy.com/rest-api", runner.simulator.endpoint), encoding="utf-8"
    )
    keys = f"ACME_USERNAME=acme ACME_PASSWORD=acme BANK_TOKEN={runner.simulator.token('demo')}"
    for name in ("acme", "bank"):
        runner.run(project, f"{keys} alice-apply -e {name} apply --auto-approve")
    listed = runner.run(project, "alice-apply environments")
    assert "${env.ACME_USERNAME}" in listed and "BANK_TOKEN is not set" in listed
    for user, own in ((104, "acme"), (203, "bank")):
        names = {each["name"] for each in runner.simulator.objects("survey-template", user=user)}
        assert {"hello", own} <= names and not names & ({"acme", "bank"} - {own})


def test_the_hook_of_pre_commit(runner: Runner) -> None:
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    (used,) = yaml_block("tools.md", ".pre-commit-config.yaml")["repos"][0]["hooks"]
    assert (used["id"], hook["language"], hook["pass_filenames"]) == (hook["id"], "python", False)
    assert re.search(hook["files"], "lists/vip.csv") and not re.search(hook["files"], "README.md")
    project = runner.checkout("campaigns")
    runner.run(project, " ".join([hook["entry"], *hook["args"]]))
    runner.run(runner.folder, " ".join([hook["entry"], *used["args"]]))
    (project / "broken.yaml").write_text("campaigns: {x: {nam: X}}\n")
    runner.run(project, " ".join([hook["entry"], *hook["args"]]), code=1)


def test_the_lines_for_shells(runner: Runner) -> None:
    bash = next(text for text in blocks("tools.md", "sh") if "completion" in text)
    assert "alice-apply" in runner.run(runner.folder, bash, "complete -p alice-apply")
    for shell, line in (("zsh", "alice-apply completion zsh"), ("fish", "alice-apply completion fish")):
        assert line in (RECIPES / "tools.md").read_text()
        script = runner.run(runner.folder, line)
        if shutil.which(shell):
            subprocess.run([shell, "-c", script], env=runner.environ, check=True, timeout=20)


def test_the_schemas_for_editors(runner: Runner) -> None:
    project = runner.folder / "project"
    project.mkdir()
    runner.run(project, next(text for text in blocks("tools.md", "sh") if "schemas" in text))
    assert [path.name for path in project.iterdir()] == ["schemas"]
    contents = {path.name: json.loads(path.read_text()) for path in (project / "schemas").iterdir()}
    registry: Registry[Any] = Registry().with_resources(
        (name, Resource.from_contents(each)) for name, each in contents.items()
    )
    for text in blocks("tools.md", "yaml"):
        modeline = re.match(r"# yaml-language-server: \$schema=schemas/(.*)\n", text)
        if modeline:
            assert registry.contents(modeline[1])
            (project / f"{modeline[1]}.yaml").write_text(text)
    (project / "project.schema.json.yaml").rename(project / "alice.yaml")
    runner.run(project, "alice-apply validate")


def instructions() -> list[tuple[str, str]]:
    text = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(name, rest) for name, _, rest in (line.partition(" ") for line in lines)]


def test_the_image_is_slim_and_runs_without_rights() -> None:
    found = instructions()
    assert all("-slim" in rest for name, rest in found if name == "FROM")
    users = [rest for name, rest in found if name == "USER"]
    assert users == ["alice"] and found.index(("USER", "alice")) > max(
        index for index, (name, _) in enumerate(found) if name == "RUN"
    )
    sources = [word for name, rest in found if name == "COPY" and "--from" not in rest for word in rest.split()[:-1]]
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert set(sources) == allowed and all((ROOT / name).exists() for name in sources)
    assert ("ENTRYPOINT", '["alice-apply"]') in found
    assert not re.search(r"ALICE_(PASSWORD|TOKEN)|apt-get|curl", (ROOT / "Dockerfile").read_text())


def test_the_image_is_built_of_all_that_is_in_the_wheel() -> None:
    wheel = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    parts = {path.partition("/")[0] for path in (*wheel["packages"], *wheel["force-include"])}
    copied = {each for name, rest in instructions() if name == "COPY" for each in rest.split()[:-1]}
    assert parts <= copied
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert {f"!{part}" for part in parts} <= {*ignored}


@pytest.mark.soak  # pip fetches what the wheel is built with and needs
def test_the_steps_of_the_image_make_a_command_that_works(tmp_path: Path) -> None:
    source, environment = tmp_path / "src", tmp_path / "venv"
    for name in (rest for name, rest in instructions() if name == "COPY" and "--from" not in rest):
        for each in name.split()[:-1]:
            target = source / each
            target.parent.mkdir(parents=True, exist_ok=True)
            (shutil.copytree if (ROOT / each).is_dir() else shutil.copy)(ROOT / each, target)
    subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True, timeout=120)
    pips = [rest for name, rest in instructions() if name == "RUN" and rest.startswith("pip ")]
    path = f"{environment / 'bin'}{os.pathsep}{os.environ['PATH']}"
    for step in pips:
        line = step.replace("/wheels", str(tmp_path / "wheels"))
        subprocess.run(["sh", "-euc", line], cwd=source, env=os.environ | {"PATH": path}, check=True, timeout=600)
    project = shutil.copytree(ROOT / "examples" / "quickstart", tmp_path / "project")
    command = [str(environment / "bin" / "alice-apply"), "validate"]
    subprocess.run(command, cwd=project, check=True, timeout=60)
