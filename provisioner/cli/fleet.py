"""From the options of `fleet` to its tasks, and from how they ended to the summary, the files and the exit code."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from provisioner import files
from provisioner.cli.fleet_options import FleetOptions
from provisioner.cli.invocation import GlobalOptions, invocation
from provisioner.cli.output import log, put_report, say
from provisioner.errors import OutputError, UsageError

if TYPE_CHECKING:
    from provisioner.fleet.client import FleetClient
    from provisioner.fleet.cluster import Cluster
    from provisioner.fleet.process import Pool
    from provisioner.fleet.summary import Summary
    from provisioner.fleet.task import ProcessResult, Task

ENDPOINT, STATE_LOCK = "ALICE_ENDPOINT", "--lock-timeout"
ENDING = 15.0  # seconds that a signal leaves those that run
PATIENCE = 60  # seconds for the lock of a run whose worker has just died
PAGE_OPTIONS = {"plan": "--output=html", "apply": "--output=html", "drift": "--output=html", "status": "--html"}


def passed_on(ctx: click.Context, *kinds: type[Any]) -> list[str]:
    """The options on the command line that became these values, as each single run gets them."""
    wanted = {each.name for kind in kinds for each in fields(kind)}
    given = [each for each in ctx.command.params if isinstance(each, click.Option) and each.name in wanted]
    return [
        part
        for option in given
        if option.name and ctx.get_parameter_source(option.name) is ParameterSource.COMMANDLINE
        for part in _written(option, ctx.params[option.name])
    ]


def _written(option: click.Option, value: Any) -> Iterator[str]:
    """As it is typed."""
    name = option.opts[0]
    if option.is_flag:
        yield from [name] if value else []
    else:
        yield from (f"{name}={each}" for each in (value if option.multiple else [value]))


@dataclass(frozen=True, slots=True)
class FleetRun:
    """One `fleet` command: `options` are those of every single run, `plans` the folder of plan files to apply.

    A file that cannot be written keeps no run and no other file back: `_unwritten` are told when all is done.
    """

    context: GlobalOptions
    command: str
    options: Sequence[str]
    fleet: FleetOptions
    plans: Path | None = None
    _unwritten: list[Exception] = field(default_factory=list, init=False)

    def run(self) -> int:
        """Start a run for each environment, say how it ended, and show all of them."""
        from provisioner.fleet.summary import Summary

        project, declared, chosen = self._chosen()
        self._require_apart(declared)
        self._prepare(chosen)
        tasks, missing = self._tasks(chosen)
        began, started = time.monotonic(), datetime.now(UTC).replace(microsecond=0)
        with self._runner() as runner, invocation().finishing(ENDING):
            ended = [self._told(each) for each in missing]
            ended += [self._told(each) for each in runner.run(tasks)]
            self._show(Summary.of(self.command, project, started, time.monotonic() - began, ended))
        return Summary.of(self.command, project, started, 0, ended).exit_code

    def _chosen(self) -> tuple[str | None, Sequence[str], list[str]]:
        """The project's name, its environments, and those that are meant, in the order of alice.yaml."""
        from provisioner.manifests import declared_environments
        from provisioner.messages import did_you_mean, named

        project, declared = declared_environments(self.context.directory)
        if not declared:
            raise UsageError("alice.yaml declares no environments: a fleet is those under `environments:`")
        single = self.context.environment or self.context.environ.get("ALICE_ENV")
        patterns = self.fleet.environments or ((single,) if single else ("*",))
        for pattern in patterns:
            if not any(fnmatchcase(name, pattern) for name in declared):
                raise UsageError(f"no environment of alice.yaml is {named(pattern)}{did_you_mean(pattern, declared)}")
        return project, declared, [name for name in declared if any(fnmatchcase(name, each) for each in patterns)]

    def _require_apart(self, declared: Sequence[str]) -> None:
        """No summary takes the place of what single runs leave; capitals aside, as some file systems know none."""
        from provisioner.fleet.task import PAGE, PLAN_FILE

        folders = [(self.fleet.out_dir, PAGE), (self.fleet.out_dir, PLAN_FILE), (self.plans, PLAN_FILE)]
        single = [folder / f"{name}.{ending}" for folder, ending in folders if folder for name in declared]
        taken = {os.path.realpath(path).casefold(): path for path in single}
        for each in self.fleet.outputs.files:
            if each.path and (path := taken.get(os.path.realpath(each.path).casefold())):
                raise UsageError(
                    f"--output {each.format}={each.path} would replace {path.name} of that environment: name the "
                    "summary otherwise"
                )

    def _prepare(self, chosen: Sequence[str]) -> None:
        """Refuse what would go wrong for all, and take away what an earlier fleet left of these environments."""
        from provisioner.cli.planfile import require_plan_key
        from provisioner.fleet.task import PAGE, PLAN_FILE

        if len(chosen) > 1 and self.context.environ.get(ENDPOINT):
            raise UsageError(f"{ENDPOINT} would send every environment to one account: unset it, or choose one with -e")
        if self.fleet.out_dir is None:
            return
        if self.command == "plan" and not self.fleet.on:
            require_plan_key(self.context.environ)
        for environment in chosen:
            for ending in (PLAN_FILE, PAGE) if self.command == "plan" else (PAGE,):
                path = self.fleet.out_dir / f"{environment}.{ending}"
                files.require_replaceable(path, _ours)
                path.unlink(missing_ok=True)

    def _tasks(self, chosen: Sequence[str]) -> tuple[list[Task], list[ProcessResult]]:
        """One for each environment, and those that have no plan file to apply."""
        from provisioner.fleet.task import PLAN_FILE, ProcessResult

        tasks = [self._task(name, self.plans and self.plans / f"{name}.{PLAN_FILE}") for name in chosen]
        there = [each for each in tasks if each.plan_file is None or each.plan_file.is_file()]
        told = f"error: there is no plan file in {self.plans}: plan it, or leave it out with -e"
        missing = [ProcessResult(each.environment, 1, said=(told,)) for each in tasks if each not in there]
        if not there:
            raise UsageError(f"there is no plan file (ENV.{PLAN_FILE}) of these environments in {self.plans}")
        return there, missing

    def _task(self, environment: str, plan_file: Path | None) -> Task:
        from provisioner.fleet.task import PAGE, PLAN_FILE, Task

        given = self.context
        before = (f"--lang={given.language}", *["-v"] * given.verbosity)
        wanted = {PAGE: PAGE_OPTIONS[self.command]} if self.fleet.out_dir else {}
        if self.fleet.out_dir and self.command == "plan":
            wanted[PLAN_FILE] = "--out"
        waits = [f"{STATE_LOCK}={PATIENCE}"] if self.fleet.on and self.command == "apply" else []
        command = [self.command, "--output=json", *waits, *self.options]
        return Task(environment, given.directory, before, tuple(command), given.variables, wanted, plan_file)

    @contextmanager
    def _runner(self) -> Iterator[Pool | Cluster]:
        """Where the tasks run; a signal is passed on to them."""
        from provisioner.fleet.process import Limit

        tell = _relayed if self.context.verbosity else None
        with self._place(Limit(self.fleet.most_failures), tell) as runner:
            invocation().opened(_Children(runner))
            yield runner

    @contextmanager
    def _place(self, limit: Any, tell: Any) -> Iterator[Pool | Cluster]:
        from provisioner.fleet.process import Pool

        writes = self.command == "apply"
        if self.fleet.on is None:
            yield Pool(self.fleet.jobs or os.cpu_count() or 1, limit, self.context.environ, tell, writes)
            return
        from provisioner.fleet.cluster import cluster

        project = (self.context.directory, self.context.environ)
        with cluster(self.fleet.on, *project, limit, self.fleet.shared, writes) as runner:
            yield runner

    def _told(self, ended: ProcessResult) -> FleetClient:
        """Say how a run ended, with what it said if it went wrong, and keep its files."""
        from provisioner.fleet.client import client_of

        client = client_of(self.command, ended, *self._keep(ended))
        why = f": {client.reasons[0]}" if client.reasons else ""
        log(
            f"{client.environment}: {client.result} after {client.seconds:.1f} s{why}",
            environment=client.environment,
            result=str(client.result),
            exit_code=client.code,
            seconds=round(client.seconds, 3),
            message=why.removeprefix(": "),
        )
        if ended.failed and not self.context.verbosity and not invocation().interrupted:
            for line in ended.said:
                _relayed(ended.environment, line)
        return client

    def _keep(self, ended: ProcessResult) -> tuple[str | None, str | None]:
        """The names of its page and of its plan file in the folder of the reports."""
        from provisioner.fleet.task import PAGE, PLAN_FILE

        kept: dict[str, str] = {}
        for ending, content in ended.files.items() if self.fleet.out_dir else ():
            assert self.fleet.out_dir is not None
            name = f"{ended.environment}.{ending}"
            if self._write(self.fleet.out_dir / name, content, files.PRIVATE if ending == PLAN_FILE else files.PUBLIC):
                kept[ending] = name
        return kept.get(PAGE), kept.get(PLAN_FILE)

    def _write(self, path: Path, content: bytes, mode: int = files.PUBLIC) -> bool:
        """Whether it could be written."""
        try:
            files.write(path, content, _ours, mode)
        except (UsageError, OutputError) as error:
            self._unwritten.append(error)
            return False
        return True

    def _show(self, summary: Summary) -> None:
        """In every format that was asked for; the first of what could not be written is raised."""
        from provisioner.fleet.formats import FORMATS
        from provisioner.text import encodable

        for each in self.fleet.outputs.files:
            assert each.path is not None
            text = FORMATS[each.format].told(replace(summary, folder=self._way(each.path)), self.context.language)
            self._write(each.path, text.encode(errors=encodable()))
        shown = FORMATS[self.fleet.outputs.stdout]
        put_report(shown.told(summary, self.context.language), shown.form)
        if self._unwritten:
            raise self._unwritten[0]

    def _way(self, page: Path) -> str:
        """From the page of the summary to the folder of the others."""
        if self.fleet.out_dir is None:
            return ""
        way = os.path.relpath(self.fleet.out_dir.resolve(), page.parent.resolve())
        return "" if way == "." else f"{Path(way).as_posix()}/"


class _Children:
    """What a signal reaches by way of the invocation: the runs, which end in their own time."""

    def __init__(self, runner: Pool | Cluster) -> None:
        self._runner = runner

    @property
    def wrote(self) -> bool:
        return self._runner.wrote

    def cancel(self) -> None:
        self._runner.cancel(invocation().received or signal.SIGTERM)

    def abandon(self) -> None:
        """They know by themselves how long to wait."""


def _relayed(environment: str, line: str) -> None:
    """A line that a run said, with whose it is."""
    if invocation().log_format == "json":
        log(line, environment=environment, message=line)
    else:
        say(f"{environment}| {line}")


def _ours(head: bytes) -> bool:
    from provisioner.fleet.formats import is_summary
    from provisioner.reports import is_report

    return is_summary(head) or is_report(head)
