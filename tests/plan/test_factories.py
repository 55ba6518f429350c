"""What the tables begin with is what an apply really leaves, live and recorded: or they would prove nothing."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from provisioner.api import Client, Credentials
from provisioner.api.reader import Reader
from provisioner.project import Project
from provisioner.refresh.account import read_kinds
from provisioner.resources import Zones
from provisioner.simulator.process import Simulator
from provisioner.state import open_store
from tests.factories import ENVIRON, LISTED, NOW, Account, alice, calendar, dnc_list, manifest, project_of
from tests.operator import Operator
from tests.plan.table import tet

EVERY_KIND = manifest(
    tet(status="started", lifecycle="{prevent_delete: true}"), dnc_list(), calendar("{campaign: tet}")
)


def account_of(simulator: Simulator, folder: Path, project: Project) -> Account:
    """What is live in the simulator, and recorded in a folder."""
    with Client(simulator.endpoint, Credentials("demo", "demo")) as client:
        live = read_kinds(Reader(client, Zones.of(project.settings)), LISTED, frozenset({"demo"}), 1)
    with open_store("sqlite:///.alice/state.db", directory=folder, project="tests", environment="default") as store:
        recorded = store.recorded()
    return Account([each for kind in LISTED for each in live.objects(kind)], recorded)


def known(account: Account) -> dict[str, dict[str, Any]]:
    """What is recorded, but for the ids and the keyed hashes."""
    return {
        str(address): {
            "fields": record.fields,
            "sealed": sorted(record.digests),
            "needs": [*map(str, record.depends_on)],
            "created": record.created,
            "protected": record.protected,
        }
        for address, record in account.recorded.items()
    }


def shown(account: Account) -> dict[str, Mapping[str, Any]]:
    """The declared fields of what is live, with addresses in place of ids."""
    names = {(a.kind, record.remote_id): str(a) for a, record in account.recorded.items()}
    declared = project_of(EVERY_KIND).resources
    found = {}
    for each in account.objects:
        address = names.get((each.kind, each.id))
        if address is not None:
            resource = next(resource for a, resource in declared.items() if str(a) == address)
            relations = {name for name, _ in resource.references()}
            found[address] = {name: each.fields[name] for name in resource.fields if name in each.fields}
            found[address] |= dict.fromkeys(relations & found[address].keys(), "(an id)")
    return found


def test_an_applied_account_is_what_an_apply_leaves(simulator: Simulator, tmp_path: Path) -> None:
    simulator.reset(now=NOW)
    operator = Operator(tmp_path, simulator, now=NOW, environ=ENVIRON)
    operator.write("alice.yaml", alice(endpoint=simulator.endpoint))
    operator.write("manifest.yaml", EVERY_KIND)
    operator.apply()
    made, real = Account.applied(project_of(EVERY_KIND)), account_of(simulator, tmp_path, project_of(EVERY_KIND))
    assert known(made) == known(real)
    assert shown(made) == shown(real)
