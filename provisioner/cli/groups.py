"""Commands that have commands."""

from __future__ import annotations

import click


class SuggestingGroup(click.Group):
    """Answers a misspelt command with the one that was meant."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if name.startswith("-") or ctx.resilient_parsing or self.get_command(ctx, name) is not None:
            return super().resolve_command(ctx, args)
        from provisioner.manifests.words import did_you_mean, named

        raise click.UsageError(f"there is no command {named(name)}{did_you_mean(name, self.list_commands(ctx))}", ctx)
