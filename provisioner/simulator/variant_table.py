"""The table of variants. To add an unknown: a line here, and the one place that asks for it.

`anchor` is the heading of docs/alice-api.md under which the unknown is described. The first value of a choice is the
default.
"""

from dataclasses import dataclass

from provisioner.simulator.kinds import KINDS

FAULTS = (
    "drop-before",
    "drop-after",
    "500-before",
    "500-after",
    "429",
    "slow",
    "late-commit",
    "expire-token",
    "shuffle",
)


@dataclass(frozen=True)
class Variant:
    """One unknown: `form` is choice, choices (a comma list), integer, number or fields (a comma list of kind.field)."""

    name: str
    default: str
    anchor: str
    help: str
    form: str
    values: tuple[str, ...] = ()

    @property
    def cited(self) -> str:
        return f"docs/alice-api.md#{self.anchor}"

    @property
    def is_list(self) -> bool:
        return self.form in ("choices", "fields")

    @property
    def expects(self) -> str:
        match self.form:
            case "choice":
                return "one of " + "|".join(self.values)
            case "choices":
                return "a comma list of " + ("kinds" if self.values == tuple(KINDS) else "|".join(self.values))
            case "fields":
                return "a comma list of kind.field"
            case _:
                return f"a plain {self.form}"


def _choice(name: str, values: str, anchor: str, help: str) -> Variant:
    choices = tuple(values.split("|"))
    return Variant(name, choices[0], anchor, help, "choice", choices)


def _number(name: str, default: str, anchor: str, help: str, form: str = "number") -> Variant:
    return Variant(name, default, anchor, help, form)


def _integer(name: str, default: str, anchor: str, help: str) -> Variant:
    return _number(name, default, anchor, help, "integer")


def _kinds(name: str, anchor: str, help: str) -> Variant:
    return Variant(name, "", anchor, help, "choices", tuple(KINDS))


TRANSPORT = (
    _choice(
        "token_path", "base|root", "authentication", "where get-token lives: below /rest-api/ or at the host's root"
    ),
    _choice("token_body", "access_token|token|access|data", "authentication", "the key of the token; data nests it"),
    _number("token_ttl", "0", "authentication", "seconds until a token expires; 0 never"),
    _choice("token_sessions", "many|one", "authentication", "one: a login makes the user's earlier tokens invalid"),
    _choice("token_login_error", "400|401", "authentication", "the answer to a wrong password"),
    _choice("auth_error", "401|403", "authentication", "the answer to a missing, bad or expired token"),
    _choice("language", "en|vi|vi-always", "errors", "error texts; vi-always ignores Accept-Language"),
    _choice("options", "on|405", "verbs", "whether OPTIONS is answered"),
    _number("rate_limit", "0", "rate-limit", "requests a second before 429 with Retry-After; 0 unlimited"),
)

VERBS = (
    _kinds("absent", "missing-endpoints", "kinds whose routes do not exist: an HTML 404"),
    _kinds("forbidden_get", "refused-reads", "kinds whose GET answers 403 while writes work"),
    _kinds("forbidden_list", "refused-reads", "kinds whose list alone answers 403: GET by id works"),
    _kinds("forbidden_detail", "refused-reads", "kinds whose GET by id alone answers 403: the list works"),
    _kinds("missing_get", "refused-reads", "kinds whose GET answers 405"),
    _choice("get_detail", "on|documented|none|html-404", "refused-reads", "which kinds offer GET by id"),
    _choice("put_kinds", "all|documented|none", "verbs", "which kinds offer PUT"),
    _choice("delete", "campaigns|all|none", "verbs", "which kinds offer DELETE"),
)

LISTS = (
    _choice("lists", "envelope|results|bare", "envelopes", "the shape of a list"),
    _choice("paging", "on|off", "paging", "off: every row in every answer, page is ignored"),
    _choice("past_end", "404|empty|repeat", "paging", "a page past the end: 404, no rows, or the last page again"),
    _choice("page_size_param", "ignored|honoured", "paging", "whether ?page_size= counts"),
    _integer("page_size_max", "1000", "paging", "the largest page_size that is honoured"),
    _choice("count", "exact|inflated|page", "paging", "inflated: one more than can be read; page: rows of a page"),
    _choice("next", "right|null|always", "paging", "null: no page names another; always: the last one does too"),
    _choice("next_host", "same|foreign", "paging", "foreign: next and previous name another scheme and host"),
    _choice("order", "id|updated|shuffled", "paging", "updated: a changed row moves last; shuffled: at random"),
    _choice("filters", "honoured|ignored", "filters", "ignored: the full list comes back"),
    _choice("filter_match", "documented|exact|contains", "filters", "how text filters match; search alone contains"),
    _kinds("failing_pages", "paging", "kinds of whose list one page fails, all others as ever"),
    _integer("failing_page", "2", "paging", "which page of them fails; 1 is the whole list"),
    _choice("failing_page_answer", "html-404|html-403|403|405|500", "paging", "how it fails; html as a proxy does"),
    _choice("calendar_user_list", "paged|polymorphic", "envelopes", "polymorphic: a note, an object or an array"),
    _kinds("list_hides", "refused-reads", "kinds of which a list shows nothing, although GET by id works"),
    _choice("gateways", "mine|none", "gateways", "which gateways a user sees"),
)

BODIES = (
    _choice("relations", "int|str|url|nested", "values-that-come-back-changed", "how a relation reads back"),
    _choice("user_field", "id|username|url|nested|absent", "owners", "how the owner reads back"),
    _kinds("other_owner", "owners", "kinds whose objects read as another user's, as after an administrator"),
    Variant(
        "unread_fields",
        "",
        "values-that-come-back-changed",
        "fields that read in a form nobody knows, or not at all",
        "fields",
    ),
    _choice(
        "unread_form",
        "99|word|null|names|date|clock|hidden",
        "values-that-come-back-changed",
        "what they read as; names: of other objects, for ids; hidden: the key is missing",
    ),
    _choice("additional_vars", "string|object|null", "values-that-come-back-changed", "how additional_vars reads back"),
    _choice(
        "datetimes",
        "drf|milliseconds|microseconds|offset",
        "values-that-come-back-changed",
        "drf drops a fraction of zero",
    ),
    _choice("descriptions", "kept|cut", "values-that-come-back-changed", "cut: silently, after 40 characters"),
    _choice("text_empty", "empty|null", "values-that-come-back-changed", "how an empty text reads back"),
    _choice(
        "phone_text",
        "verbatim|digits|e164|no-zero|masked",
        "telephone-numbers",
        "the form in which a contact's number is kept",
    ),
    _choice("dnc_text", "verbatim|digits|e164", "telephone-numbers", "the form in which a DNC number is kept"),
    _choice(
        "alarm_text",
        "verbatim|digits|e164|no-zero|masked",
        "telephone-numbers",
        "the form in which an alarm's numbers are kept",
    ),
    _choice(
        "row_texts",
        "kept|lower-email|title-case|upper-case|escaped|collapsed|cut|ascii|decomposed|stripped",
        "values-that-come-back-changed",
        "what becomes of the texts of a contact",
    ),
    _choice(
        "contact_fields",
        "documented|more",
        "values-that-come-back-changed",
        "more: contacts have fields that no page mentions",
    ),
    _choice(
        "row_variables",
        "kept|numbers|cut",
        "values-that-come-back-changed",
        "numbers: what looks like one is one, without its zeros",
    ),
    _choice("subscriber_contact", "number|id", "subscribers-and-call-records", "what a subscriber's contact is"),
    _choice("calendar_user_setting", "shown|hidden", "calendar-users", "whether a calendar user shows its setting"),
    _choice("calendar_user_keeps", "sent|first", "calendar-users", "first: a new one gets its owner's first setting"),
    _choice("password_hash", "hidden|leaked", "calendar-users", "whether calendar users show their password hash"),
    _choice("dnc_relation", "any|string", "dnc-lists-and-numbers", "string: an integer dnc is refused"),
)

WRITES = (
    _choice(
        "create_answer",
        "full|no-id|empty|blank|id|sent",
        "create",
        "the body of a 201; empty is {}, blank nothing, id only that, sent what was sent and not what became of it",
    ),
    _choice("put_answer", "full|empty|sent", "put", "the body of the answer to a PUT, in the same words"),
    _choice("create_status", "201|200", "create", "the code of a successful create"),
    _choice("calendar_user_create", "201-without-id|full|500-after-commit", "calendar-users", "its own create answer"),
    _choice("status_answer", "status|object|empty", "campaign-status", "what a status change answers; empty is a 204"),
    _number("status_delay", "0", "campaign-status", "seconds until a status change takes effect"),
    _choice("put", "partial|strict|resetting|emptying", "put", "what PUT does with a field it is not sent"),
    _choice("put_missing", "404|creates", "put", "PUT on an unknown id"),
    Variant("immutable_fields", "", "put", "fields that PUT ignores with a 200", "fields"),
    _choice("status_field", "read-only|writable", "put", "whether a campaign's body may set its status"),
    _choice("owner_on_update", "moves|kept", "owners", "whether an administrator's PUT takes ownership"),
    _choice("contact_unique", "off|on", "uniqueness-and-limits", "on: a number twice in one phonebook is a 400"),
    _choice("campaign_name_rule", "post|always|off", "uniqueness-and-limits", "when a campaign's name must be new"),
    _integer("max_name", "0", "uniqueness-and-limits", "characters of a name, as OPTIONS says; 0 as documented"),
    _integer("max_campaigns", "100", "uniqueness-and-limits", "campaigns of one user; updates are refused there too"),
    _integer("max_frequency", "100", "uniqueness-and-limits", "calls per minute of one campaign"),
    _integer("max_contacts", "1000000", "uniqueness-and-limits", "contacts of one user; checked by bulkcontact only"),
)

BULK = (
    _choice(
        "bulk_duplicates",
        "any-phonebook|same-phonebook|allowed|all-or-nothing",
        "bulk-contacts",
        "where a number stops the rows after it; all-or-nothing keeps no row then",
    ),
    _choice("bulk_fields", "five|all", "bulk-contacts", "whether bulk keeps description and additional_vars"),
    _choice("bulk_answer", "200|201|400", "bulk-contacts", "201: for success; 400: for errors, earlier rows stay"),
    _integer("bulk_max", "0", "bulk-contacts", "rows of one request before 413; 0 unlimited"),
)

SIDE_EFFECTS = (
    _choice("script_on_create", "question|kept", "surveys-and-sections", "what a new section's script reads"),
    _choice("freeze", "at-once|delayed|never", "sealed-copies", "when a start seals the survey"),
    _number("freeze_delay", "60", "sealed-copies", "seconds from the start to a delayed seal, inside the window only"),
    _choice("object_id", "sealed|unchanged", "sealed-copies", "what a frozen campaign's object_id reads"),
    _choice("activation", "ignored|subscribes", "what-rings", "whether activating a contact gets it dialled"),
    _choice("alarm_change", "kept|rearms", "alarms", "whether a changed alarm that has rung will ring again"),
    _integer("max_subscribers", "100000", "uniqueness-and-limits", "subscribers of one campaign"),
    _choice("server_tz", "UTC|Asia/Ho_Chi_Minh|Europe/Madrid", "calling-window", "the time zone of daily windows"),
    _number("answer_rate", "0.6", "subscribers-and-call-records", "share of the simulated calls that somebody answers"),
    _integer("dialler_seed", "1", "subscribers-and-call-records", "seed of the simulated calls' outcomes"),
)

FAULT_VARIANTS = (
    Variant("faults", "", "lost-answers", "what may go wrong with a request", "choices", FAULTS),
    _number("fault_rate", "0.2", "lost-answers", "share of the requests that something happens to"),
    _integer("fault_seed", "1", "lost-answers", "seed of that choice, per method, path and repetition"),
    _integer("fault_every", "0", "lost-answers", "every so many requests in turn, instead of at that rate; 0 off"),
    _integer("fault_at", "0", "lost-answers", "only the Nth request since the reset, instead of any; 0: off"),
    _number("fault_slow", "1", "lost-answers", "seconds that slow and late-commit wait"),
    _choice("fault_scope", "all|reads|writes", "lost-answers", "which requests; the login is never touched"),
    _integer("fault_retry_after", "1", "lost-answers", "the Retry-After of the 429 fault"),
)

TABLE: tuple[Variant, ...] = (
    *TRANSPORT,
    *VERBS,
    *LISTS,
    *BODIES,
    *WRITES,
    *BULK,
    *SIDE_EFFECTS,
    *FAULT_VARIANTS,
)
