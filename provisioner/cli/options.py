"""Options that several commands share, as decorators; what they say arrives as one frozen value.

`@planning_options` gives a command `options: PlanOptions`, `@applying_options` gives `applying: ApplyOptions`,
`@output_option` gives `outputs: Outputs`, `@table_option` gives `form: str`. Pairs, addresses and outputs are read by
functions that are the `type` of an option: a wrong one is a usage error that says what is possible.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from functools import partial, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.core import ParameterSource

from provisioner.cli.arguments import DEFAULT_FORMAT, ApplyOptions, Output, Outputs
from provisioner.errors import UsageError
from provisioner.plan.options import LABEL, LabelSelector, PlanOptions, Selector

if TYPE_CHECKING:
    from provisioner.model import Address


def key_value(text: str) -> tuple[str, str]:
    """`KEY=VALUE`."""
    key, equals, value = text.partition("=")
    if not (key and equals):
        raise click.BadParameter(f"{text!r} is not KEY=VALUE")
    return key, value


def address(text: str) -> Address:
    """`kind.key` of a kind that can be declared."""
    from provisioner.model import Address
    from provisioner.resources import KINDS

    try:
        parsed = Address.parse(text)
    except ValueError as error:
        raise click.BadParameter(f"{error}{_likely(text)}") from None
    declarable = [kind.name for kind in KINDS.values() if kind.collection or kind.parent]
    if parsed.kind not in declarable:
        guess = _likely(text) or f": there are {', '.join(declarable)}"
        raise click.BadParameter(f"{text!r} names no kind{guess}")
    return parsed


def selector(text: str) -> Selector:
    """An address, or `label=KEY:VALUE`."""
    if not text.startswith(LABEL):
        return address(text)
    try:
        return LabelSelector.parse(text)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


def _likely(text: str) -> str:
    """Which of the declared addresses may have been meant; the manifests are read for that alone."""
    from provisioner.cli.invocation import GlobalOptions
    from provisioner.cli.open import open_project
    from provisioner.errors import ProvisionerError
    from provisioner.inspect.lookup import likely

    current = click.get_current_context(silent=True)
    context = current.find_object(GlobalOptions) if current else None
    try:
        return likely(text, open_project(context).resources) if context else ""
    except ProvisionerError:
        return ""


def object_id(text: str) -> int:
    """The remote id of an object."""
    if not (text.isascii() and text.isdigit() and int(text)):
        from provisioner.messages import named

        raise click.BadParameter(f"{named(text)} is not an ID: an ID is a whole number such as 351, as `get` shows it")
    return int(text)


def output(text: str) -> Output:
    """`FORMAT` or `FORMAT=PATH`."""
    from provisioner.reports import REPORTS, find_report, report_names

    name = text.partition("=")[0]
    if name not in REPORTS and name not in report_names():  # ours need no look at what is installed
        raise click.BadParameter(f"{name!r} is no format{_format_meant(text)}")
    find_report(name)
    return output_of(text, (name,))


def output_of(
    text: str, formats: Sequence[str], what: str = "format", file: Callable[[str], Path] | None = None
) -> Output:
    """`FORMAT` or `FORMAT=PATH` of these formats; `file` makes the path of its text."""
    name, equals, path = text.partition("=")
    if name not in formats:
        raise click.BadParameter(f"{name!r} is no {what}: there are {', '.join(formats)}")
    if not equals:
        return Output(name)
    if not path:
        raise click.BadParameter(f"{text!r} has no path after the =")
    return Output(name, (file or new_file)(path))


def _format_meant(text: str) -> str:
    """`r.html` is a path: of which format, its ending says."""
    from provisioner.messages import did_you_mean
    from provisioner.reports import REPORTS, report_names

    there = f": there are {', '.join(report_names())}"
    ending = Path(text).suffix.removeprefix(".").lower()
    if "=" in text or not ending:
        return f"{did_you_mean(text.partition('=')[0], report_names())}{there}"
    meant = next((name for name, report in REPORTS.items() if ending in (name, *report.endings)), "FORMAT")
    return f", to a file it is --output {meant}={text}" + (there if meant == "FORMAT" else "")


def new_file(text: str, ours: Callable[[bytes], bool] | None = None) -> Path:
    """A path where a report, or what `ours` knows, can be written; known before anything is sent, not after."""
    from provisioner import files
    from provisioner.errors import UsageError
    from provisioner.reports import is_report

    path = place(text)
    try:
        files.require_replaceable(path, ours or is_report)
    except UsageError as error:
        raise click.BadParameter(str(error)) from None
    return path


def place(text: str) -> Path:
    """A path in a folder that is there."""
    path = Path(text)
    if path.is_dir() or not path.parent.is_dir():
        raise click.BadParameter(f"no file can be written at {text!r}: make its folder first")
    return path


TABLE, METRICS = "table", "openmetrics"  # of `status`

Function = TypeVar("Function", bound=Callable[..., Any])


NOT_BY = {"validate": ("gitlab",)}  # formats that a command refuses, which its help does not offer


class OutputOption(click.Option):
    """Puts the formats in the place of `...` when somebody asks for help: they are loaded for that alone."""

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        from provisioner.reports import report_names

        names, text = super().get_help_record(ctx) or ("", "")
        apart = (DEFAULT_FORMAT, *NOT_BY.get(ctx.info_name or "", ()))
        return names, text.replace("...", ", ".join(name for name in report_names() if name not in apart))


ADDRESSES: dict[str, Any] = {"type": address, "multiple": True, "metavar": "ADDR"}
SELECTORS: dict[str, Any] = {**ADDRESSES, "type": selector}
PERCENT: dict[str, Any] = {"type": click.IntRange(0, 100), "metavar": "N"}
SECONDS: dict[str, Any] = {"type": click.FloatRange(min=0, min_open=True), "metavar": "SECONDS"}

min_reach_option = click.option(
    "--min-reach", **PERCENT, help="Refuse to start a campaign that would reach less than N percent of its contacts."
)

PLANNING = (
    click.option("--prune", is_flag=True, help="Also delete objects that we created and that are no longer declared."),
    click.option(
        "--allow-replace",
        is_flag=True,
        help="Permit a campaign that was never started to be deleted and created again.",
    ),
    click.option(
        "--target",
        "targets",
        **SELECTORS,
        help="Plan only this address, or label=KEY:VALUE, and what it depends on; repeatable.",
    ),
    click.option(
        "--exclude",
        "excludes",
        **SELECTORS,
        help="Leave out this address, or label=KEY:VALUE, and what depends on it; repeatable.",
    ),
    click.option(
        "--restart", "restarts", **ADDRESSES, help="Start this campaign even though it was stopped outside; repeatable."
    ),
    click.option("--max-update-percent", **PERCENT, help="Refuse to change more than N percent of rows or resources."),
    click.option("--max-remove-percent", **PERCENT, help="Refuse to remove more than N percent of rows or resources."),
    min_reach_option,
    click.option("--allow-calls", is_flag=True, help="Permit changes that make telephones ring."),
)

lock_timeout_option = click.option(
    "--lock-timeout",
    type=click.FloatRange(min=0),
    metavar="SECONDS",
    help="How long to wait for the state lock.",
)

APPLYING = (
    click.option("--auto-approve", is_flag=True, help="Skip the confirmation; required without a terminal."),
    click.option(
        "--on-error",
        type=click.Choice(["stop", "continue"]),
        default="stop",
        show_default=True,
        help="After a failure, leave the rest undone or continue with what does not depend on it.",
    ),
    click.option(
        "--parallelism", type=click.IntRange(1, 64), metavar="N", help="Maximum number of concurrent requests."
    ),
    click.option(
        "--rate-limit",
        type=click.FloatRange(min=0, min_open=True),
        metavar="RPS",
        help="Maximum number of requests per second.",
    ),
    click.option("--timeout", **SECONDS, help="How long to wait for a response."),
    lock_timeout_option,
)


def planning_options(command: Function) -> Function:
    """Flags of `plan` and `apply` that decide what a plan holds."""
    return gathered(command, PLANNING, "options", PlanOptions)


def applying_options(command: Function) -> Function:
    """Flags of `apply` that decide how it is done."""
    return gathered(command, APPLYING, "applying", ApplyOptions)


def output_option(command: Function) -> Function:
    """`--output FORMAT[=PATH]` of what shows a plan."""
    text = f"Report format: {DEFAULT_FORMAT} (default), ...; =PATH writes it to a file. Repeatable."
    return outputs_option(output, text, cls=OutputOption)(command)


def outputs_option(
    read: Callable[[str], Output], text: str, default: str = DEFAULT_FORMAT, cls: type[click.Option] = click.Option
) -> Callable[[Function], Function]:
    """`--output FORMAT[=PATH]`, repeatable, each of them as it is `read`: gives a command `outputs: Outputs`."""
    return click.option(
        "--output",
        "outputs",
        cls=cls,
        type=read,
        multiple=True,
        metavar="FORMAT[=PATH]",
        callback=lambda ctx, option, outputs: _chosen(outputs, default),
        help=text,
    )


def table_option(*formats: str) -> Callable[[Function], Function]:
    """`--output table|json|...` of commands that print one thing."""
    return click.option(
        "--output", "form", type=click.Choice(formats), default=formats[0], show_default=True, help="Output format."
    )


def status_output(command: Function) -> Function:
    """`--output FORMAT[=PATH]` of `status`; what other programs read goes to a file too."""
    text = f"{TABLE.capitalize()} (default), json, or {METRICS} for Prometheus; =PATH writes to a file. Repeatable."
    return outputs_option(_status_form, text, TABLE)(command)


def _status_form(text: str) -> Output:
    """One of the formats of `status`."""
    from provisioner.inspect.openmetrics import is_exposition

    if text.startswith((f"{TABLE}=", "json=")):
        raise click.BadParameter(f"{text!r}: {METRICS}=PATH is the only one that is written to a file")
    return output_of(text, (TABLE, "json", METRICS), file=partial(new_file, ours=is_exposition))


wide_option = click.option("--wide", is_flag=True, help="Show every column, in lines as long as they are.")


def _chosen(outputs: tuple[Output, ...], default: str) -> Outputs:
    """The outputs that were asked for; UsageError when two of them want stdout, or one file."""
    direct = [each.format for each in outputs if each.path is None]
    if len(direct) > 1:
        raise UsageError(f"only one --output can go to stdout, not {' and '.join(direct)}: give the others =PATH")
    paths = Counter(each.path for each in outputs if each.path)
    for path, times in paths.items():
        if times > 1:
            raise UsageError(f"{times} of --output would be written to {path}: give each a file of its own")
    return Outputs(direct[0] if direct else default, tuple(each for each in outputs if each.path), bool(direct))


def require_apart(outputs: Outputs, plan_file: Path | None) -> None:
    """UsageError when a report would be written over the plan file."""
    if plan_file is not None and any(
        each.path and each.path.resolve() == plan_file.resolve() for each in outputs.files
    ):
        raise UsageError(f"{plan_file} is the plan file: give --output a file of its own")


def given(ctx: click.Context, options: PlanOptions) -> dict[str, Any]:
    """The planning options that stand on the command line, in the form of a plan's `options`."""
    names = [name for name in options.document() if ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE]
    return {name: options.document()[name] for name in names}


def require_as_planned(given: Mapping[str, Any], stored: Mapping[str, Any]) -> None:
    """UsageError when an option beside a plan file differs from the one it was made with."""
    differing = [name for name, value in given.items() if name in stored and stored[name] != value]
    if differing:
        flags = ", ".join(sorted(map(_flag, differing)))
        raise UsageError(f"the plan file was made with another {flags}: remove it, or create a new plan")


def _flag(name: str) -> str:
    """A planning option as people type it: `targets` is `--target`."""
    return f"--{name.removesuffix('s').replace('_', '-')}"


def gathered(command: Function, flags: tuple[Any, ...], name: str, kind: type[Any]) -> Function:
    """The flags on the command, whose values arrive together as one `kind` named `name`."""

    @wraps(command)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        values = {each.name: kwargs.pop(each.name) for each in fields(kind) if each.name in kwargs}
        return command(*args, **{name: kind(**values)}, **kwargs)

    decorated: Any = wrapper
    for flag in reversed(flags):
        decorated = flag(decorated)
    return decorated  # type: ignore[no-any-return]
