"""The stable ids of errors: what a message ends with, `[yaml-duplicate-key]`, and `alice-apply explain` looks up.

An id is of a kind of error, not of a sentence: messages are reworded, ids stay, because people search for them and CI
groups by them. What each means, why, and how to mend it is in `docs/errors` (and `docs/vi/errors`), a heading an id;
tests/test_error_ids.py holds both together. Findings have the ids of their checks and of the notices of a plan instead.
"""

from __future__ import annotations

import re
from enum import StrEnum

_MARK = re.compile(r" \[([a-z][a-z0-9.-]*)\]$")


class ErrorId(StrEnum):
    """`area-what`; in the order of the pages."""

    # yaml.md: the text of a manifest
    YAML_SYNTAX = "yaml-syntax"
    YAML_ENCODING = "yaml-encoding"
    YAML_CHARACTER = "yaml-character"
    YAML_DUPLICATE_KEY = "yaml-duplicate-key"
    YAML_ALIAS = "yaml-alias"
    YAML_TAG = "yaml-tag"
    YAML_DEPTH = "yaml-depth"
    YAML_MERGE_CONFLICT = "yaml-merge-conflict"

    # manifests.md: files, collections, fields, references
    PROJECT_MISSING = "project-missing"
    PROJECT_SECOND = "project-second"
    MANIFEST_UNREADABLE = "manifest-unreadable"
    MANIFEST_SHAPE = "manifest-shape"
    MANIFEST_TOO_LARGE = "manifest-too-large"
    MANIFEST_COLLECTION = "manifest-collection"
    MANIFEST_KEY = "manifest-key"
    MANIFEST_DUPLICATE = "manifest-duplicate"
    MANIFEST_IGNORE = "manifest-ignore"
    MANIFEST_SELECTION = "manifest-selection"
    FIELD_UNKNOWN = "field-unknown"
    FIELD_REQUIRED = "field-required"
    FIELD_TYPE = "field-type"
    FIELD_VALUE = "field-value"
    FIELD_RULE = "field-rule"
    FIELD_DATETIME = "field-datetime"
    FIELD_TIME = "field-time"
    FIELD_PHONE = "field-phone"
    FIELD_PASSWORD = "field-password"
    REFERENCE_MISSING = "reference-missing"
    FOR_EACH = "for-each"
    REFERENCE_CYCLE = "reference-cycle"
    RESOURCE_TWICE = "resource-twice"
    RESOURCE_RENAMED = "resource-renamed"
    FLEET_STAYS = "fleet-stays"
    PATH_OUTSIDE = "path-outside"
    PATH_EXCLUDED = "path-excluded"
    PATH_NOT_COMMITTED = "path-not-committed"

    # project.md: alice.yaml, variables, the trusted file
    ENVIRONMENT_UNKNOWN = "environment-unknown"
    ENVIRONMENT_REQUIRED = "environment-required"
    CREDENTIALS_INVALID = "credentials-invalid"
    ENDPOINT_REQUIRED = "endpoint-required"
    ENDPOINT_INVALID = "endpoint-invalid"
    ENDPOINT_PLAIN_HTTP = "endpoint-plain-http"
    PROJECT_NAME = "project-name"
    TIMEZONE_UNKNOWN = "timezone-unknown"
    POLICY_INVALID = "policy-invalid"
    RULE_INVALID = "rule-invalid"
    CHECK_NOT_INSTALLED = "check-not-installed"
    SOURCES_INVALID = "sources-invalid"
    TRUST_FILE = "trust-file"
    TRUST_DIFFERS = "trust-differs"
    VARIABLE_UNDEFINED = "variable-undefined"
    VARIABLE_NOT_SET = "variable-not-set"
    VARIABLE_SYNTAX = "variable-syntax"
    VARIABLE_FILE = "variable-file"
    VARIABLE_REFUSED = "variable-refused"
    VARIABLE_TOO_LONG = "variable-too-long"

    # rows.md: contacts, numbers, appointments and where they come from
    ROWS_SOURCE = "rows-source"
    ROWS_FILE = "rows-file"
    ROWS_FORMAT = "rows-format"
    ROWS_ENCODING = "rows-encoding"
    ROWS_SHEET = "rows-sheet"
    ROWS_HEADER = "rows-header"
    ROWS_COLUMN = "rows-column"
    ROWS_FILTER = "rows-filter"
    ROWS_NUMBER = "rows-number"
    ROWS_CELL = "rows-cell"
    ROWS_DUPLICATE = "rows-duplicate"
    ROWS_URL = "rows-url"
    ROWS_DOWNLOAD = "rows-download"
    ROWS_QUERY = "rows-query"
    ROWS_DATABASE = "rows-database"
    ROWS_SECOND_ROUND = "rows-second-round"
    APPOINTMENT_INCOMPLETE = "appointment-incomplete"
    APPOINTMENT_TIME = "appointment-time"
    APPOINTMENT_PASSED = "appointment-passed"
    APPOINTMENT_MOVED = "appointment-moved"

    # plan.md: right manifests that cannot be made so
    MATCH_AMBIGUOUS = "match-ambiguous"
    MATCH_UNCLEAR = "match-unclear"
    MATCH_OWNER = "match-owner"
    MATCH_TWICE = "match-twice"
    MATCH_NO_SUCH_ID = "match-no-such-id"
    REFERENCE_NOT_LIVE = "reference-not-live"
    REFERENCE_AMBIGUOUS = "reference-ambiguous"
    REFERENCE_UNLISTED = "reference-unlisted"
    ROWS_UNLISTED = "rows-unlisted"
    FIELD_FIXED = "field-fixed"
    FIELD_NO_UPDATE = "field-no-update"
    CAMPAIGN_ENDED = "campaign-ended"
    SECTION_ORDER = "section-order"
    REPLACE_REFUSED = "replace-refused"
    PLAN_CYCLE = "plan-cycle"
    ADOPT_REFUSED = "adopt-refused"

    # gates.md: plans that are refused, plan files
    CALLS_REFUSED = "calls-refused"
    THRESHOLD_EXCEEDED = "threshold-exceeded"
    REACH_TOO_LOW = "reach-too-low"
    PRUNE_RUNNING = "prune-running"
    PRUNE_PROTECTED = "prune-protected"
    NOT_APPROVED = "not-approved"
    PLAN_STALE = "plan-stale"
    PLAN_FILE = "plan-file"
    PLAN_KEY = "plan-key"

    # api.md: the server
    API_UNREACHABLE = "api-unreachable"
    API_CREDENTIALS = "api-credentials"
    API_AUTH = "api-auth"
    API_FORBIDDEN = "api-forbidden"
    API_REJECTED = "api-rejected"
    API_NO_OBJECT = "api-no-object"
    API_NO_ENDPOINT = "api-no-endpoint"
    API_TOO_LARGE = "api-too-large"
    API_ANSWER = "api-answer"
    API_INCOMPLETE = "api-incomplete"
    API_INCONSISTENT = "api-inconsistent"
    API_STOPPED = "api-stopped"
    LOST_ANSWER = "lost-answer"
    STOP_UNCONFIRMED = "stop-unconfirmed"
    WRITE_FAILED = "write-failed"
    WRITE_WAITS = "write-waits"

    # state.md: the recorded state and its lock
    STATE_UNAVAILABLE = "state-unavailable"
    STATE_URL = "state-url"
    STATE_VERSION = "state-version"
    STATE_FOREIGN = "state-foreign"
    STATE_OWNER = "state-owner"
    STATE_ADDRESS = "state-address"
    STATE_LOCKED = "state-locked"
    STATE_LOCK_LOST = "state-lock-lost"

    # usage.md: the command line and the machine
    USAGE = "usage"
    UNKNOWN_NAME = "unknown-name"
    CLOCK = "clock"
    FILE_EXISTS = "file-exists"
    FILE_UNWRITABLE = "file-unwritable"
    FILE_UNREADABLE = "file-unreadable"
    OUTPUT_CLOSED = "output-closed"
    TEMPORARY_FOLDER = "temporary-folder"
    NOT_INSTALLED = "not-installed"
    PLUGIN_BROKEN = "plugin-broken"
    INTERRUPTED = "interrupted"
    OUT_OF_MEMORY = "out-of-memory"
    INTERNAL = "internal"


class Identified(Exception):
    """An error that knows its id: that of its class, or a finer one where it is raised."""

    id: ErrorId

    def __init__(self, *args: object, id: ErrorId | None = None) -> None:
        super().__init__(*args)
        if id is not None:
            self.id = id


def marked(text: str, id: str) -> str:
    """A line with its id at the end, as linters print theirs; once, however often it is asked for."""
    mark = f" [{id}]" if id else ""
    return text if text.endswith(mark) else f"{text}{mark}"


def mark_of(text: str) -> str:
    """The id at the end of a line, of an error or a finding; "" where there is none."""
    found = _MARK.search(text)
    return found[1] if found else ""


def unmarked(text: str) -> str:
    """A line without the id at its end."""
    return _MARK.sub("", text)
