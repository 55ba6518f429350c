"""The floor of a query: the same statement through the same library in as large batches, and the rows thrown away.

`python -m tests.bench.cursor STATEMENT`: the database is the one of CRM_URL.
"""

from __future__ import annotations

import os
import sys

from sqlalchemy import create_engine

from provisioner.sources.queries import BATCH


def main(statement: str) -> None:
    """Every row once."""
    with create_engine(os.environ["CRM_URL"]).connect() as connection:
        options = {"stream_results": True, "max_row_buffer": BATCH}
        result = connection.execution_options(**options).exec_driver_sql(statement)
        for batch in result.partitions(BATCH):
            for _ in batch:
                pass


if __name__ == "__main__":
    main(*sys.argv[1:])
