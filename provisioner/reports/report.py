"""What a report is: a name and a pure function from a run to text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from provisioner.language import ENGLISH, spoken
from provisioner.model import Finding, Source
from provisioner.plan.model import Outcome, Plan


@dataclass(frozen=True, slots=True)
class Run:
    """A plan and, after apply, how each of its changes ended.

    `view` says what of it was asked for: the whole `plan`, only `drift`, only the findings of a `check`, or, for people
    who have seen the plan, only its `outcomes`. `folder` is where the project lies in its repository: CI names files
    from there, people from the project. `conclusion` is what there is to say where no plan was made, because something
    is wrong or only a validation was asked for: then `plan` holds who and where, and as findings what is wrong.
    """

    plan: Plan
    outcomes: tuple[Outcome, ...] | None = None
    view: str = "plan"
    folder: str = ""
    conclusion: str = ""

    def file(self, source: Source) -> str:
        """The file as CI names it."""
        return str(PurePosixPath(self.folder) / source.file)

    @property
    def planned(self) -> bool:
        """Whether it is about a whole plan."""
        return self.view == "plan" and not self.conclusion

    @property
    def failed(self) -> bool:
        """Whether there is no plan because of what is wrong."""
        return bool(self.conclusion) and any(finding.severity == "error" for finding in self.plan.findings)

    @property
    def comparison(self) -> Run:
        """What a view of drift shows: of the findings only those about what could not be compared."""
        return replace(self, plan=replace(self.plan, findings=not_compared(self.plan)))


def not_compared(plan: Plan) -> tuple[Finding, ...]:
    """What may have drifted."""
    return tuple(finding for finding in plan.findings if finding.id == "not-compared")


@dataclass(frozen=True, slots=True)
class Report:
    """A format; `render` gets whether it may colour, which formats for machines ignore.

    `endings` are what its files end with, besides its name. `form` is what its text is, so that whoever prints it keeps
    it so: text, json, xml, or raw, where the format itself has made all that is from outside harmless. `begins` is the
    regular expression that its files are known by, so that no file of somebody else's is written over. One that
    `concludes` can show a run that has a conclusion in the place of a plan; for another such a plan would be empty.
    `translated`: it is read by people who chose a language; what programs read is English.
    """

    name: str
    render: Callable[[Run, bool], str]
    endings: tuple[str, ...] = ()
    form: str = "text"
    begins: str = ""
    concludes: bool = False
    translated: bool = False

    def told(self, run: Run, colour: bool, language: str) -> str:
        """The text, in a language where it is one for people."""
        with spoken(language if self.translated else ENGLISH):
            return self.render(run, colour)
