"""What a process that is forked for a victim has imported already, and only imported."""

from importlib import import_module

for _name in (
    "duckdb",
    "sqlalchemy.dialects.sqlite",
    "provisioner.apply.executor",
    "provisioner.apply.rows",
    "provisioner.cli.commands.apply",
    "provisioner.session",
    "provisioner.state.store",
    "tests.faults.victims",
):
    import_module(_name)
