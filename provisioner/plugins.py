"""What is found by being there: in modules of a package of ours, and what other packages bring by entry point.

The entry points are `alice_apply.checks` and `alice_apply.reports` (docs/library.md).

A name has a dot in it (`acme.greeting`): none takes the place of one of ours, or is a misspelt one. Names are read from
what is installed; code is loaded when what it brings is wanted. Whatever is wrong with it is an error that names the
package, for a check that is broken is not a check that found nothing.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType, ModuleType
from typing import TYPE_CHECKING, TypeVar

from provisioner.errors import PluginError, ProvisionerError
from provisioner.stack_frames import innermost

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

T = TypeVar("T")

CHECKS = "alice_apply.checks"
REPORTS = "alice_apply.reports"
NAME = re.compile(r"[a-z0-9][a-z0-9_-]*(\.[a-z0-9][a-z0-9_-]*)+")


@dataclass(frozen=True, slots=True)
class Plugin:
    """One entry point: its group, its name, and the package that it is of, with its version."""

    group: str
    name: str
    package: str
    entry: EntryPoint

    def load(self, wanted: type[T]) -> T:
        """What it brings; PluginError for what cannot be imported, or is something else."""
        try:
            found = self.entry.load()
        except ImportError as error:
            raise self.broken(f"cannot be loaded: {error}") from error
        except (Exception, SystemExit) as error:
            raise self.broken(f"cannot be loaded: {type(error).__name__} at {innermost(error)}") from error
        if not isinstance(found, wanted):
            raise self.broken(f"is no {wanted.__name__}: {self.entry.value} is of type {type(found).__name__}")
        return found

    def require_name(self, name: str) -> None:
        """PluginError for what calls itself something else than its entry point does."""
        if name != self.name:
            raise self.broken(f"calls itself {name!r}: give its entry point the same name")

    @contextmanager
    def blamed(self) -> Iterator[None]:
        """What fails in the block is the error of the package. Its message may hold what nobody may see."""
        try:
            yield
        except ProvisionerError:
            raise
        except Exception as error:
            raise self.broken(f"failed: {type(error).__name__} at {innermost(error)}") from error

    def broken(self, why: str) -> PluginError:
        what = "check" if self.group == CHECKS else "report"
        return PluginError(f"the {what} {self.name} of the package {self.package} {why}")


def defined(package: ModuleType, constant: str, wanted: type[T]) -> Iterator[T]:
    """What the modules of a package of ours define under that name, by the names of the modules."""
    for name in sorted(info.name for info in iter_modules(package.__path__)):
        found = getattr(import_module(f"{package.__name__}.{name}"), constant, None)
        if isinstance(found, wanted):
            yield found


def installed(group: str) -> Mapping[str, Plugin]:
    """All of a group by name, sorted, nothing loaded. PluginError for a bad name, or one that two packages have."""
    return _installed(group, tuple(sys.path))


@cache
def _installed(group: str, path: tuple[str, ...]) -> Mapping[str, Plugin]:
    from importlib.metadata import entry_points

    found: dict[str, Plugin] = {}
    for entry in sorted(entry_points(group=group), key=lambda entry: (entry.name, _package(entry))):
        plugin = Plugin(group, entry.name, _package(entry), entry)
        if not NAME.fullmatch(entry.name):
            raise plugin.broken("has no name of the form PACKAGE.NAME, such as acme.greeting: ask whoever made it")
        if entry.name in found:
            raise plugin.broken(f"is in the package {found[entry.name].package} too: uninstall one of them")
        found[entry.name] = plugin
    return MappingProxyType(found)


def _package(entry: EntryPoint) -> str:
    return f"{entry.dist.name} {entry.dist.version}" if entry.dist else "(unknown)"
