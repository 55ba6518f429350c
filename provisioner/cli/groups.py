"""Commands that have commands, and what was meant by a command or an option that is not there.

Click knows what is spelt alike; `advice` what stands in another place or is called by another word.
"""

from __future__ import annotations

from collections.abc import Sequence

import click

MEANT = {"-y": "--auto-approve", "--yes": "--auto-approve"}
TYPED = "provisioner.cli.typed"  # the command and what stands behind it, in `Context.meta`


class SuggestingGroup(click.Group):
    """Answers a misspelt command with the one that was meant."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if name.startswith("-") or ctx.resilient_parsing or self.get_command(ctx, name) is not None:
            return super().resolve_command(ctx, args)
        from provisioner.messages import did_you_mean, named

        raise click.UsageError(f"there is no command {named(name)}{did_you_mean(name, self.list_commands(ctx))}", ctx)


def advice(error: click.NoSuchOption) -> str | None:
    """What to type instead; None when nothing is known to be meant."""
    context, name = error.ctx, error.option_name
    if context is None or context.parent is None:
        return None
    option = _option(context.find_root().command, name)
    if option is not None:
        program, _, command = context.command_path.partition(" ")
        typed = context.meta.get(TYPED, ())
        return f"{name} goes before the command: {program} {_used(option, name, typed)} {command}"
    meant = MEANT.get(name, "")
    return f"no such option: {name}, did you mean {meant}?" if _option(context.command, meant) else None


def _option(command: click.Command, name: str) -> click.Option | None:
    """The option of a command that has this name."""
    return next((each for each in command.params if isinstance(each, click.Option) and name in each.opts), None)


def _used(option: click.Option, name: str, typed: Sequence[str]) -> str:
    """With the value that was typed, unless it may be a secret."""
    if option.count or option.is_flag:
        return name
    value = _value(name, typed) if not option.multiple else None
    return f"{name} {value or option.metavar}"


def _value(name: str, typed: Sequence[str]) -> str | None:
    """What stands behind an option, apart or together with it."""
    for index, word in enumerate(typed):
        if word == name:
            return next(iter(typed[index + 1 :]), None)
        if word.startswith(name):
            return word.removeprefix(name).removeprefix("=")
    return None
