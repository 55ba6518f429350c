"""Declared objects as manifest files: one for each kind, with comments on what could not be said; and a .gitignore
where they hold personal data.

Files are texts by name here; where they go is somebody else's business.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from provisioner.error_ids import ErrorId
from provisioner.errors import UsageError
from provisioner.export.declared import NOTHING, Declaration, Declared
from provisioner.export.files import write
from provisioner.export.selection import Chosen
from provisioner.export.yaml_writer import Commented, document, scalar
from provisioner.manifests.drafts import CHILDREN, member
from provisioner.messages import count, named
from provisioner.model import Address, LiveObject
from provisioner.plan.live import Live
from provisioner.project import Settings
from provisioner.resources import COLLECTIONS, KINDS, Kind

GUESSED_ZONE = (
    "# a guess: Alice does not say where the people called are. All times here are in this zone; for another one, such",
    "#   as Asia/Ho_Chi_Minh, correct it and run `export` again with --force, or the times of day would move",
)
PROJECT_HEAD = ("The account that was exported. See `alice-apply schema --project` for all that may stand here.",)

NAME = ".gitignore"
HEAD = "# Telephone numbers and names of people: take a line out only where a repository may hold them."


@dataclass(frozen=True, slots=True)
class Contents:
    """Everything that the files say. `rows` are the values under `contacts` or `numbers`, by owner.

    `withheld` counts objects of personal kinds that were not asked for; `remarks` are sentences about rows, by kind.
    """

    chosen: Chosen
    live: Live
    declaration: Declaration = NOTHING
    withheld: Mapping[str, int] = field(default_factory=dict)
    rows: Mapping[Address, Any] = field(default_factory=dict)
    remarks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def file_name(kind: Kind) -> str:
    """The file of a kind that stands at top level."""
    return f"{kind.collection}.yaml"


def manifests(contents: Contents, always: Iterable[str] = ()) -> dict[str, str]:
    """The text of every file that has anything to say, and of those in `always`."""
    named_always = set(always)
    found = {}
    for kind in COLLECTIONS.values():
        comments, entries = [*_comments(contents, kind)], _entries(contents, kind)
        if entries or file_name(kind) in named_always or _is_news(contents, kind):
            found[file_name(kind)] = document([_head(kind, entries), *comments], kind.collection, entries)
    return found


def _is_news(contents: Contents, kind: Kind) -> bool:
    """Whether a file without entries has something to say."""
    return bool(
        not contents.live.readable(kind.name)
        or contents.withheld.get(kind.name)
        or contents.chosen.objects.get(kind.name)
        or contents.chosen.strangers.get(kind.name)
    )


def project_file(settings: Settings) -> str:
    """alice.yaml for settings, without what belongs to the machine (state) or to another project (checks)."""
    known = {
        "project": settings.project,
        "endpoint": settings.endpoint.replace("${", "$${"),
        "timezone": settings.timezone,
        "server_timezone": settings.server_timezone,
        "region": settings.region,
        "number_format": settings.number_format,
    }
    lines = [f"# {line}" for line in PROJECT_HEAD]
    lines.append("alice: 1")
    for name, value in known.items():
        lines += GUESSED_ZONE if name == "timezone" and name not in settings.positions else ()
        lines += [f"{name}: {scalar(value)}"] if value is not None else []
    if settings.region is None:
        lines.append("# region: VN    of telephone numbers without +, if there are any")
    return "\n".join(lines) + "\n"


def _head(kind: Kind, entries: Mapping[str, Any]) -> str:
    title = f"{kind.title[0].upper()}{kind.title[1:]}s"
    return (
        f"{title} as they are on Alice; applying this adopts them." if entries else f"{title}: none is declared here."
    )


def _entries(contents: Contents, kind: Kind) -> dict[str, Commented]:
    resources = contents.declaration.resources
    return {
        address.key: Commented(each.comments, _body(contents, each))
        for address, each in resources.items()
        if address.kind == kind.name
    }


def _body(contents: Contents, declared: Declared) -> dict[str, Any]:
    """The fields of an object, its pin before and what else it has after them."""
    address, kind = declared.address, KINDS[declared.address.kind]
    body: dict[str, Any] = {}
    if declared.pinned:
        body["id"] = Commented(("its name alone does not distinguish it from others",), declared.found.id)
    body |= declared.fields
    if declared.ignored:
        body["lifecycle"] = {"ignore_changes": [*declared.ignored]}
    owner, child = kind.rows or kind.appointments, CHILDREN.get(kind.name)
    if owner and address in contents.rows:
        body[owner.declared] = contents.rows[address]
    children = _children(contents, child, address) if child else []
    if child and children:
        body[member(child)] = children
    return body


def _children(contents: Contents, child: Kind, parent: Address) -> list[Commented]:
    """What is declared inside a parent, in the order that the server shows."""
    found = [*contents.declaration.children.get((child.name, parent.key), ())]
    if child.identity.ordered:
        found.sort(key=lambda each: child.place(each.found))
    return [
        Commented(each.comments, {"key": each.address.key.partition(".")[2], **_body(contents, each)}) for each in found
    ]


def _comments(contents: Contents, kind: Kind) -> Iterator[str]:
    """What the file does not hold, and why."""
    for each in (kind, *([CHILDREN[kind.name]] if kind.name in CHILDREN else [])):
        title = each.title
        if not contents.live.readable(each.name):
            yield f"The server does not list {title}s: none could be read."
        if contents.withheld.get(each.name):
            number = count(contents.withheld[each.name], title)
            yield f"Not exported: {number}, which hold telephone numbers. `export --with-contacts` writes them."
        if contents.chosen.strangers.get(each.name):
            number = count(contents.chosen.strangers[each.name], title)
            yield f"Not exported: {number} of other users, or shared samples."
        if contents.chosen.objects.get(each.name):
            yield from contents.remarks.get(each.name, ())
        yield from _left_out(contents, each)


def _left_out(contents: Contents, kind: Kind) -> Iterator[str]:
    reasons: dict[str, list[LiveObject]] = defaultdict(list)
    for found in contents.chosen.objects.get(kind.name, ()):
        why = contents.declaration.gone.get((found.kind, found.id))
        if why:
            reasons[why].append(found)
    for why, several in reasons.items():
        yield f"Not exported, because {why}: {', '.join(_label(kind, each) for each in several)}."


def _label(kind: Kind, found: LiveObject) -> str:
    names = (f.name for f in kind.fields if f.name in kind.natural_key and not f.sensitive)
    texts = (found.fields.get(name) for name in names)
    name = next((text for text in texts if isinstance(text, str)), "")
    return f"{kind.title} {found.id}" + (f" {named(name)}" if name else "")


def ignore_file(stage: Path, target: Path, contents: Contents) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The file's name if one was written into the stage, and the lines that one in the target lacks."""
    lines = _lines(contents)
    if not lines:
        return (), ()
    if not (target / NAME).exists():
        write(stage / NAME, "\n".join((HEAD, *lines)) + "\n")
        return (NAME,), ()
    try:
        known = {line.strip().strip("/") for line in (target / NAME).read_text(encoding="utf-8").splitlines()}
    except (OSError, UnicodeDecodeError):
        raise UsageError(f"cannot read {target / NAME}", id=ErrorId.FILE_UNREADABLE) from None
    return (), tuple(line for line in lines if line.strip("/") not in known)


def _lines(contents: Contents) -> tuple[str, ...]:
    """Folders of row files, and manifests whose every object is about a person."""
    owners = (KINDS[address.kind].rows or KINDS[address.kind].appointments for address in contents.rows)
    folders = {f"/{owner.declared}/" for owner in owners if owner}
    kinds = {address.kind for address in contents.declaration.resources}
    return tuple(sorted(folders | {f"/{file_name(KINDS[kind])}" for kind in kinds if KINDS[kind].personal}))
