"""The difference alone: `python -m tests.bench.local ROWS` prints its seconds, wall and CPU, as JSON.

The live rows are copied from the declared ones inside duckdb, 1 % of each added, changed and removed, so that nothing
but the comparison is timed. The peak memory is that of the whole process, which the parent sees.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path

from provisioner.model import Address, Rows, Source
from provisioner.rows import Workspace
from provisioner.rows.tables import LiveReport, created, live_columns
from tests.bench import account

VIP = Address("phonebook", "vip")
COLUMNS = {"contact": "phone", "first_name": "ten", "last_name": "ho", "email": "email"}


def fill_live(workspace: Workspace, rows: int) -> None:
    """Live rows straight from the source table."""
    owned = workspace.owned(VIP)
    share = rows // 100
    with workspace.cursor() as connection:
        connection.execute(created(owned.live, live_columns(owned.shape)))
        connection.execute(f"""
            INSERT INTO {owned.live} BY NAME
            SELECT row AS id, number, sent, false AS unsure, active, variables, last_name, first_name,
                   '' AS description, '' AS country,
                   CASE WHEN row % 100 = 0 THEN 'other@example.com' ELSE email END AS email
            FROM {owned.source} WHERE row > {share} + 1  -- the first line names the columns
            UNION ALL BY NAME
            SELECT row + {rows} AS id, 99900000000 + row AS number, '0' || row AS sent, false AS unsure, true AS active
            FROM {owned.source} WHERE row <= {share} + 1""")
    owned.live_report = LiveReport(rows)


def main(rows: int) -> None:
    """Load, compare, print."""
    with tempfile.TemporaryDirectory() as folder, Workspace(Path(folder)) as workspace:
        path = Path(folder) / "vip.csv"
        account.write_csv(path, range(rows))
        declared = Rows(Source("bench.yaml", 1, 1), (path,), columns=COLUMNS, variables=("policy_no", "amount"))
        workspace.load_source(VIP, declared, region="VN")
        fill_live(workspace, rows)
        began, cpu = time.perf_counter(), time.process_time()
        change = workspace.difference(VIP, rings=True)
        took, cpu = time.perf_counter() - began, time.process_time() - cpu
        share = rows // 100
        assert (change.add, change.remove) == (share, share), change
        print(json.dumps({"wall": took, "cpu": cpu}))


if __name__ == "__main__":
    main(int(sys.argv[1]))
