"""`environments`, `environment` and `credentials` of alice.yaml: which environment counts, and who logs in there.

Of credentials the names of environment variables are read and nothing else: their values are asked for by what logs in
(`api.credentials_from`), so nothing else needs them and no message can hold one. What an environment's credentials are
takes the place of others whole: nobody logs in with one account's user and another's password. The variables they name
are reserved: no manifest can have one client's password sent to another one's account.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from provisioner.manifests.nodes import MappingNode, Node, Path, Scalar, Sequence, children, describe, overlay
from provisioner.manifests.schema_validator import Gate, SchemaViolation, schema
from provisioner.messages import listed
from provisioner.model import Source, Unknown
from provisioner.project import CredentialNames

ENVIRONMENTS, ENVIRONMENT, CREDENTIALS = "environments", "environment", "credentials"
REQUIRED, DEFAULT = "required", "default"
OVERRIDES = {"endpoint": "ALICE_ENDPOINT", "state": "ALICE_STATE"}  # keys that variables of the machine replace
OWN = "ALICE_"  # how the names of our own environment variables begin

ONLY_REQUIRED = "must be `required`; what differs in an environment stands under environments:"

PAIR, TOKEN = ("username", "password"), "token"
FORMS = "takes username and password, or token alone"
IN_CLEAR = "is written in plain text; write ${env.NAME} and set NAME where the tool runs"
MIXED = "must be a user name, or ${env.NAME} and nothing beside it"
OURS = "names one of our own variables, which count without `credentials`; give the value a variable of another name"
NOT_UNDERSTOOD = Unknown("they are not understood")

_VARIABLE = re.compile(r"\$\{env\.([A-Za-z_][A-Za-z0-9_-]*)\}")

Blame = Callable[[Path, str, bool], None]


@dataclass(frozen=True, slots=True)
class ProjectInputs:
    """What a run has beside files: what -e and --var said, and the environment variables of the machine.

    `offline`: nobody logs in, so secrets may be unset.
    """

    environment: str | None
    variables: Mapping[str, str]
    environ: Mapping[str, str]
    offline: bool = False

    @property
    def name(self) -> str:
        """The environment: what was asked for, else ALICE_ENV, else `default`."""
        return self.environment or self.environ.get("ALICE_ENV") or DEFAULT

    @property
    def overrides(self) -> Mapping[str, str]:
        """Keys of alice.yaml that environment variables replace; an empty variable counts as not set."""
        return {key: self.environ[name] for key, name in OVERRIDES.items() if self.environ.get(name)}


def names(root: Node | None) -> list[str]:
    """The environments that a project file declares, in its order."""
    table = root.get(ENVIRONMENTS) if isinstance(root, MappingNode) else None
    return list(table.entries) if isinstance(table, MappingNode) else []


def misnamed(root: Node | None) -> Iterator[tuple[Scalar, SchemaViolation]]:
    """Environments that cannot be called so, each by its key: files are named after them."""
    form = Gate({"propertyNames": schema("project")["properties"][ENVIRONMENTS]["propertyNames"]})
    table = root.get(ENVIRONMENTS) if isinstance(root, MappingNode) else None
    keys = {name: key for name, (key, _) in table.entries.items()} if isinstance(table, MappingNode) else {}
    yield from ((keys[str(each.path[-1])], each) for each in form.complaints(dict.fromkeys(keys), lambda _: False))


def choices(root: Node | None, usual: str) -> list[str]:
    """What can be chosen: the declared ones, and the `usual` one where it is not refused and says where Alice is."""
    known = names(root)
    open_ = isinstance(root, MappingNode) and "endpoint" in root.entries and not required(root)
    return known if known and (usual in known or not open_) else [usual, *known]


def alone(root: Node | None, name: str) -> Node | None:
    """The file without its other environments."""
    table = root.get(ENVIRONMENTS) if isinstance(root, MappingNode) else None
    if not isinstance(root, MappingNode) or not isinstance(table, MappingNode):
        return root
    entries = {key: entry for key, entry in table.entries.items() if key == name}
    only = MappingNode(table.line, table.column, entries)
    return MappingNode(root.line, root.column, {**root.entries, ENVIRONMENTS: (root.entries[ENVIRONMENTS][0], only)})


def laid_over(root: MappingNode, name: str) -> MappingNode:
    """The file with one of its environments laid over it."""
    table = root.get(ENVIRONMENTS)
    above = table.get(name) if isinstance(table, MappingNode) else None
    merged = root if above is None else overlay(root, above)
    if not isinstance(merged, MappingNode):
        return root
    if isinstance(above, MappingNode) and CREDENTIALS in above.entries:
        merged.entries[CREDENTIALS] = above.entries[CREDENTIALS]
    return merged


def required(root: MappingNode) -> bool:
    """Whether a run without an environment is refused; one that is called as that is no longer without one."""
    node = root.get(ENVIRONMENT)
    return isinstance(node, Scalar) and node.text == REQUIRED and DEFAULT not in names(root)


def misunderstood(root: MappingNode) -> bool:
    """Whether `environment` says anything but that."""
    node = root.get(ENVIRONMENT)
    return node is not None and not (isinstance(node, Scalar) and node.text == REQUIRED)


def missing(root: MappingNode) -> str:
    """What is said to a run without one."""
    known = names(root)
    there = f"; there are {listed(known)}" if known else ", and declare one under environments:"
    return f"this project has no run without an environment: choose one with -e NAME or ALICE_ENV{there}"


def reserved(*roots: Node | None) -> frozenset[str]:
    """The variables that any `credentials` of these project files name, of whatever environment."""
    found = (node for root in roots for _, node in _declared(root))
    return frozenset(name for node in found for text in _texts(node) for name in _VARIABLE.findall(text))


def check_credentials(root: MappingNode, blame: Blame) -> None:
    """Look at those of every environment, chosen or not: a password in clear is read by whoever reads the file."""
    for path, node in _declared(root):
        _read(node, Source("", node.line, node.column), _below(path, blame))


def credentials_of(table: MappingNode, place: Callable[[Node], Source]) -> CredentialNames | Unknown:
    """Who logs in, by the names of variables; what is wrong with them was told by `check_credentials`."""
    node = table.get(CREDENTIALS)
    return CredentialNames() if node is None else _read(node, place(node), lambda path, message, key: None)


def _declared(root: Node | None) -> Iterator[tuple[Path, Node]]:
    """Every `credentials` of a project file with its path."""
    if not isinstance(root, MappingNode):
        return
    if (node := root.get(CREDENTIALS)) is not None:
        yield (CREDENTIALS,), node
    table = root.get(ENVIRONMENTS)
    for name, (_, above) in table.entries.items() if isinstance(table, MappingNode) else ():
        if isinstance(above, MappingNode) and (node := above.get(CREDENTIALS)) is not None:
            yield (ENVIRONMENTS, name, CREDENTIALS), node


def _below(path: Path, blame: Blame) -> Blame:
    return lambda inner, message, key: blame((*path, *inner), message, key)


def _texts(node: Node) -> Iterator[str]:
    if isinstance(node, Scalar):
        yield node.text
    for child in children(node):
        yield from _texts(child)


def _read(node: Node, source: Source, blame: Blame) -> CredentialNames | Unknown:
    """The names that one `credentials` gives; Unknown where anything of it may be meant otherwise."""
    if not isinstance(node, MappingNode):
        blame((), f"must be a mapping that {FORMS}, is {_sort(node)}", False)
        return NOT_UNDERSTOOD
    unknown = node.entries.keys() - {*PAIR, TOKEN}
    for name in unknown:
        blame((name,), f"unknown field; {FORMS}", True)
    known = {name: part for name, (_, part) in node.entries.items() if name not in unknown}
    complete = known.keys() in ({*PAIR}, {TOKEN})
    if not (unknown or complete):
        blame((), FORMS, False)
    found = {name: _variable(name, part, _below((name,), blame)) for name, part in known.items()}
    return NOT_UNDERSTOOD if unknown or not complete or None in found.values() else _named(found, source)


def _named(found: Mapping[str, str | None], source: Source) -> CredentialNames:
    variables = {name: (_VARIABLE.fullmatch(found.get(name) or "") or ("", ""))[1] for name in (*PAIR, TOKEN)}
    user = "" if variables["username"] else found.get("username") or ""
    return CredentialNames(**variables, user=user, source=source)


def _variable(name: str, node: Node, blame: Blame) -> str | None:
    """The text of one of them if it may stand there; no message repeats it."""
    if not isinstance(node, Scalar) or node.value is None:
        blame((), f"must be ${{env.NAME}}, is {_sort(node)}", False)
        return None
    match = _VARIABLE.fullmatch(node.text)
    wrong = OURS if match and match[1].upper().startswith(OWN) else "" if match else _in_clear(name, node.text)
    if wrong:
        blame((), wrong, False)
    return None if wrong else node.text


def _in_clear(name: str, text: str) -> str:
    """What is wrong with a text that is no variable."""
    if name == "username":
        return MIXED if "${" in text or not text.strip() else ""
    return IN_CLEAR


def _sort(node: Node) -> str:
    """What a node is, and nothing of what is in it."""
    return "a single value" if isinstance(node, Scalar) and node.value is not None else describe(node)


def readable(node: Node) -> Node:
    """A copy without values that hold `${...}`: what they become is not known here, so nothing can be said of them."""
    if isinstance(node, Sequence):
        kept = [readable(item) for item in node.items if not _expands(item)]
        return Sequence(node.line, node.column, kept)
    if isinstance(node, MappingNode):
        entries = {
            name: (key, readable(value))
            for name, (key, value) in node.entries.items()
            if not _expands(value) and name != CREDENTIALS
        }
        return MappingNode(node.line, node.column, entries)
    return node


def _expands(node: Node) -> bool:
    """Whether nothing is left of it: a list of which that is true of every member would be an empty one."""
    if isinstance(node, Sequence):
        return bool(node.items) and all(map(_expands, node.items))
    return isinstance(node, Scalar) and "${" in node.text
