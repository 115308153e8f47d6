"""Which repair each finding would get: its edits, or the reason why there are none."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from session_lint import registry
from session_lint.analysis.project import Project
from session_lint.facts.finding import Applicability, Finding, Fix, Notice
from session_lint.facts.repair import Change
from session_lint.facts.summary import Check, Repeat, Replacement, Unconstrained
from session_lint.project.source import decode
from session_lint.repair import changeset

TYPE_CHECKING = False
if TYPE_CHECKING:  # libcst is imported only when there is something to repair
    from session_lint.repair.codemod import Codemod
    from session_lint.repair.rewrite.file.source import Sources

_GENERATED = re.compile(rb"^[^\r\n]*@generated", re.MULTILINE)
_TEST = re.compile(r"(?:^|/)(?:tests?/|test_|conftest\.py$)")
_HEAD = 2_000  # bytes in which a generated file says so
Planned = tuple[Finding, Fix]
Identity = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FixOptions:
    """Which repairs. `unsafe`: those too that may change behaviour. `only`: of one codemod. `within`: whose edits are in these files.

    `choose` is asked before each repair, with the changes that it alone would make.
    """

    unsafe: bool = False
    only: str = ""
    within: frozenset[str] | None = None
    choose: Callable[[Finding, Fix, tuple[Change, ...]], bool] | None = None

    def allows(self, fix: Fix) -> bool:
        """Whether a fix may be made."""
        return fix.can_be_made and (self.unsafe or fix.applicability is Applicability.SAFE)


def codemods() -> tuple[Codemod, ...]:
    """Every codemod of the room, by name."""
    from session_lint.repair import codemods
    from session_lint.repair.codemod import Codemod

    return registry.discover(codemods, Codemod)  # type: ignore[type-abstract]


class Planner:
    """Plans the repairs of one project while it is edited. Files that stay as they are get parsed once."""

    def __init__(self, project: Project, options: FixOptions) -> None:
        self.project = project
        self.failures: list[Notice] = []  # a codemod that broke down
        self._options = options
        self._items: tuple[Codemod, ...] | None = None
        self._sources: Sources | None = None

    def edited(self, project: Project, paths: Iterable[str]) -> None:
        """Goes on with the project as it is after edits of some files."""
        self.project = project
        if self._sources is not None:
            self._sources.forget(paths)

    def plan(self, findings: Sequence[Finding]) -> list[Planned]:
        """The fix of each finding that a codemod takes, in the order of the findings."""
        planned: list[Planned] = []
        for finding in findings:
            brought = finding.fix if finding.fix is not None and finding.fix.edits else None
            fix = self._fix(finding) if brought is None else self._permitted(brought)
            if fix is not None:
                planned.append((finding, fix))
        return planned

    def _fix(self, finding: Finding) -> Fix | None:
        """The first repair with edits; else the first reason."""
        from session_lint.repair.rewrite.file.source import CannotRepair

        reasons: list[Fix] = []
        for item in self._codemods():
            if item.repairs != finding.code or finding.intent is None:
                continue
            try:
                if finding.intent.material.runs:
                    raise CannotRepair(f"{finding.intent.material.runs}: there is no call of the project that could hand it on")
                fix = item.fix(finding.intent, self._read_sources())
                self._permit(fix)
            except CannotRepair as error:
                fix = Fix(Applicability.DISPLAY, error.reason)
            except Exception as error:  # one broken codemod must not stop the others
                if os.environ.get("SESSION_LINT_DEBUG"):
                    raise
                reason = f"{type(error).__name__}: {error}"
                self._failed(Notice(finding.place.path, f"codemod {item.name} failed: {reason}", finding.place.span.row))
                fix = Fix(Applicability.DISPLAY, f"the repair failed: {reason}")
            if fix.edits:
                return fix
            reasons.append(fix)
        return reasons[0] if reasons else None

    def _permitted(self, fix: Fix) -> Fix:
        """A fix that the finding brings with it, or why it must not be made."""
        from session_lint.repair.rewrite.file.source import CannotRepair

        try:
            self._permit(fix)
        except CannotRepair as error:
            return Fix(Applicability.DISPLAY, error.reason)
        return fix

    def _permit(self, fix: Fix) -> None:
        """Raises CannotRepair for edits that must not be made, whatever the codemod thinks of them."""
        from session_lint.repair.rewrite.file.source import CannotRepair

        paths = sorted({edit.path for edit in fix.edits})
        made = {edit.path for edit in fix.edits if edit.new}
        for path in paths:
            if path not in made:
                _refuse(self.project, path)
            elif path in self.project.contents or (self.project.on_disk and (self.project.settings.root / path).exists()):
                raise CannotRepair(f"{path}, which it would make, is there already")
        outside = [path for path in paths if self._options.within is not None and path not in self._options.within]
        if outside:
            raise CannotRepair(f"it would have to edit {', '.join(outside)} too")
        if changeset.overlap(fix.edits):
            raise CannotRepair("its edits would change the same text twice")

    def _failed(self, notice: Notice) -> None:
        if notice not in self.failures:
            self.failures.append(notice)

    def _codemods(self) -> tuple[Codemod, ...]:
        if self._items is None:
            self._items = tuple(item for item in codemods() if self._options.only in ("", item.name))
        return self._items

    def _read_sources(self) -> Sources:
        if self._sources is None:
            from session_lint.repair.rewrite.file.source import Sources

            self._sources = Sources(
                self._read,
                frozenset(self.project.settings.transparent_decorators),
                self._count,
                lambda: self.project.contents,
                self._where,
            )
        return self._sources

    def _read(self, path: str) -> str:
        from session_lint.repair.rewrite.file.source import CannotRepair

        data = _refuse(self.project, path)
        try:
            return decode(data)[0].removeprefix("\ufeff")
        except (SyntaxError, UnicodeError, LookupError) as error:
            raise CannotRepair(f"{path} cannot be decoded") from error

    def _count(self, pattern: str) -> int:
        """How often a pattern is found in files that are not tests: those often run on another database."""
        sign = re.compile(pattern.encode(), re.MULTILINE)
        return sum(len(sign.findall(data)) for path, data in self.project.contents.items() if not _TEST.search(path))

    def _where(self, pattern: str) -> tuple[str, ...]:
        """The files with a pattern, of those that are not tests."""
        sign = re.compile(pattern.encode(), re.MULTILINE)
        return tuple(path for path, data in sorted(self.project.contents.items()) if not _TEST.search(path) and sign.search(data))


def identity(finding: Finding) -> Identity:
    """What stays of a finding when lines move."""
    material = finding.intent.material if finding.intent is not None else None
    match material:
        case Repeat():
            return (finding.code, finding.place.path, material.second_function, material.function, material.getter)
        case Replacement():
            return (finding.code, finding.place.path, material.insert_function, material.clear_function, material.resource)
        case Check():
            return (finding.code, finding.place.path, material.insert_function, material.look_function, material.resource)
        case Unconstrained():
            return (finding.code, finding.place.path, material.function, material.resource, material.getter)
    return (finding.code, finding.place.path, re.sub(r"\d+", "", finding.message))


def _refuse(project: Project, path: str) -> bytes:
    """The content of a file. Raises CannotRepair for one that must not be edited."""
    from session_lint.repair.rewrite.file.source import CannotRepair

    data = project.contents.get(path)
    if data is None:
        raise CannotRepair(f"{path} is not a file of the project")
    if _GENERATED.search(data[:_HEAD]):
        raise CannotRepair(f"{path} is marked as generated")
    return data
