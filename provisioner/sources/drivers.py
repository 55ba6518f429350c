"""What the drivers of databases say, in our own words, and which package brings one that is missing."""

from __future__ import annotations

import re

from sqlalchemy.exc import DBAPIError

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


# By the beginning of the SQLSTATE, or of what a database has in its place; the first that fits.
_RIGHTS, _NO_TABLE, _NO_COLUMN = (
    "its user has no right to read that",
    "there is no such table, or its user does not see it",
    "there is no such column",
)
_SYNTAX, _LOGIN, _BROKEN = "a mistake in the syntax", "it refuses the user or the password", "the connection broke"
_MEANING = {
    "08": _BROKEN,
    "28": _LOGIN,
    "3D": "there is no such database",
    "42501": _RIGHTS,
    "42601": _SYNTAX,
    "42P01": _NO_TABLE,
    "42703": _NO_COLUMN,
    "25006": "it writes",
    "57014": "it took too long, or was cancelled",
    "57P": _BROKEN,
    "53": "no room or no connection is left there; plan again later",
    "SQLITE_ERROR": "there is no such table or column, or a mistake in the syntax",
    "SQLITE_NOTADB": "the file is no SQLite database",
    "SQLITE_READONLY": "it writes",
    "SQLITE_BUSY": "somebody else is writing there; plan again",
    "SQLITE_CANTOPEN": "the file cannot be opened",
    "1044": _RIGHTS,
    "1045": _LOGIN,
    "1049": "there is no such database",
    "1054": _NO_COLUMN,
    "1064": _SYNTAX,
    "1142": _RIGHTS,
    "1146": _NO_TABLE,
    "1792": "it writes",
}
_CODE = re.compile(r"\w{1,40}")


def driver_missing(scheme: str, error: Exception) -> str:
    """What to install. A scheme that nobody knows may be anything, and is not shown."""
    package = PACKAGES.get(scheme) or getattr(error, "name", None) or PACKAGES.get(scheme.partition("+")[0])
    if package is None:
        return "no installed package knows the sort of database that the URL names: install its SQLAlchemy dialect"
    what = "the driver" if isinstance(error, ModuleNotFoundError) else "the dialect"
    return f"{what} of this database is not installed: pip install '{package}'"


def _code(error: DBAPIError) -> str:
    """The code of a driver's error: no more than a short word, so that it can hold nothing else."""
    cause = error.orig
    codes = [getattr(cause, name, None) for name in ("sqlstate", "pgcode", "sqlite_errorname")]
    codes += cause.args[:1] if cause is not None and isinstance(next(iter(cause.args), None), int) else ()  # MySQL
    return next((str(code) for code in codes if code and _CODE.fullmatch(str(code))), "")


def told(error: DBAPIError) -> str:
    """What the class and the code of a driver's error mean."""
    code, name = _code(error), type(error.orig).__name__
    meaning = next((words for start, words in _MEANING.items() if code.startswith(start)), "")
    known = f"{name} {code}".strip()
    return f"{meaning} ({known})" if code and meaning else known
