"""Every command and every flag explains itself."""

from __future__ import annotations

from collections.abc import Iterator

import click
import pytest

from provisioner.cli import PROGRAM, run
from provisioner.cli.root import ORDER, root
from provisioner.resources import KINDS


def commands(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command with the words that lead to it."""
    ctx = click.Context(group, info_name=PROGRAM)
    for name in group.list_commands(ctx):
        command = group.get_command(ctx, name)
        assert command is not None
        yield (*path, name), command
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))


EVERY = list(commands(root))
every_command = pytest.mark.parametrize(("path", "command"), EVERY, ids=[" ".join(path) for path, _ in EVERY])


@every_command
def test_every_command_is_named_like_its_place_and_has_a_help(path: tuple[str, ...], command: click.Command) -> None:
    assert command.name == path[-1]
    assert command.help
    assert command.get_short_help_str(60).endswith(".")
    assert not command.get_short_help_str(60).endswith("...")


@every_command
def test_every_flag_has_a_help(path: tuple[str, ...], command: click.Command) -> None:
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, parameter.name
            assert parameter.help[0].isupper() or not parameter.help[0].isalpha(), parameter.help
            assert parameter.help.endswith("."), parameter.help


@every_command
def test_help_can_be_asked_for(
    path: tuple[str, ...], command: click.Command, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*path, "--help"]) == 0
    assert capsys.readouterr().out.startswith(f"Usage: {PROGRAM} {' '.join(path)}")


@pytest.mark.parametrize(
    ("arguments", "meant"),
    [(["paln"], "plan"), (["get", "contcts"], "contacts"), (["state", "lst"], "list"), (["Apply"], "apply")],
)
def test_a_misspelt_command_is_answered_with_the_one_that_was_meant(
    arguments: list[str], meant: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines()[-1] == f"error: there is no command '{arguments[-1]}', did you mean '{meant}'? [usage]"


def test_a_command_that_is_like_no_other_is_not_guessed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["frobnicate"]) == 1
    assert capsys.readouterr().err.endswith("error: there is no command 'frobnicate' [usage]\n")


@pytest.mark.parametrize("arguments", [[], ["get"], ["state"]])
def test_without_a_command_the_help_is_shown(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(arguments) == 1
    assert capsys.readouterr().err.startswith("Usage: ")


def test_every_command_has_a_place_in_the_order_of_the_help() -> None:
    assert {path[0] for path, _ in EVERY} <= set(ORDER)


def test_every_kind_can_be_got_with_a_flag_for_every_documented_filter() -> None:
    got = {path[1]: command for path, command in EVERY if path[0] == "get" and len(path) == 2}
    assert set(got) == {kind.plural for kind in KINDS.values()}
    for kind in KINDS.values():
        flags = {flag for parameter in got[kind.plural].params for flag in parameter.opts}
        assert {f"--{each.name.replace('_', '-')}" for each in kind.display.filters} <= flags


def test_global_flags_have_a_help() -> None:
    assert all(parameter.help for parameter in root.params if isinstance(parameter, click.Option))


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["nonsense"],
        ["--nonsense"],
        ["--var", "x", "validate"],
        ["get"],
        ["get", "nonsense"],
        ["-C", "/nowhere", "validate"],
    ],
    ids=" ".join,
)
def test_a_wrong_command_line_is_exit_1_and_explained_on_stderr(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert "Usage:" in err


@pytest.mark.parametrize("arguments", [["0934890883"], ["get", "0934890883"], ["get", "contacts", "+84934890883"]])
def test_a_number_that_is_typed_in_the_wrong_place_is_not_repeated(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == 1
    assert "934890883" not in capsys.readouterr().err
