"""Which package brings the dialect and the driver of a database: what to install when one is missing."""

from __future__ import annotations

# By the scheme of the URL, the part before a + where a driver makes no difference.
PACKAGES = {
    "postgresql": "psycopg2-binary",
    "postgresql+psycopg": "psycopg[binary]",
    "postgresql+psycopg2": "psycopg2-binary",
    "postgresql+pg8000": "pg8000",
    "redshift": "sqlalchemy-redshift",
    "mysql": "mysqlclient",
    "mysql+pymysql": "pymysql",
    "mysql+mysqlconnector": "mysql-connector-python",
    "mariadb": "mysqlclient",
    "mariadb+pymysql": "pymysql",
    "mariadb+mariadbconnector": "mariadb",
    "mssql": "pyodbc",
    "mssql+pymssql": "pymssql",
    "oracle": "oracledb",
    "trino": "trino[sqlalchemy]",
    "bigquery": "sqlalchemy-bigquery",
    "snowflake": "snowflake-sqlalchemy",
    "databricks": "databricks-sqlalchemy",
    "hive": "pyhive[hive_pure_sasl]",
    "clickhouse": "clickhouse-sqlalchemy",
    "clickhousedb": "clickhouse-connect",
    "duckdb": "duckdb-engine",
    "awsathena": "PyAthena[SQLAlchemy]",
}


def driver_missing(scheme: str, error: Exception) -> str:
    """What to install. A scheme that nobody knows may be anything, and is not shown."""
    package = PACKAGES.get(scheme) or getattr(error, "name", None) or PACKAGES.get(scheme.partition("+")[0])
    if package is None:
        return "no installed package knows the sort of database that the URL names: install its SQLAlchemy dialect"
    what = "the driver" if isinstance(error, ModuleNotFoundError) else "the dialect"
    return f"{what} of this database is not installed: pip install '{package}'"
