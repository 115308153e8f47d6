"""One project that is open in an editor: its settings, the resident analysis, what was last seen. No protocol."""

from __future__ import annotations

import gc
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from session_lint import api
from session_lint.analysis.resident import Resident, Seen
from session_lint.editor.texts import Held, encoded
from session_lint.errors import ConfigError, SessionLintError
from session_lint.facts.finding import Finding, Fix
from session_lint.facts.repair import Repair
from session_lint.known import baseline
from session_lint.repair import repair
from session_lint.settings.settings import Settings

GoOn = Callable[[str, int, int], None]


@dataclass(slots=True)
class Desk:
    """A folder with the project in it. Everything here runs in one thread.

    `seen` is what the last run saw, None before the first; `trouble` is why the settings or the baseline cannot be read: what was seen
    before it stays.
    """

    folder: Path
    use_cache: bool = True
    seen: Seen | None = None
    trouble: str = ""
    _resident: Resident | None = None
    _frozen: bool = False
    _planned: dict[int, Fix | None] = field(default_factory=dict)

    @property
    def settings(self) -> Settings | None:
        """The settings of the last time that they could be read."""
        return self._resident.settings if self._resident is not None else None

    @property
    def root(self) -> Path:
        """The project root as the editor names it: through a link, where the folder was opened through one."""
        real = self._resident.settings.root if self._resident is not None else self.folder
        above = self.folder.resolve()
        return real if above == self.folder or not real.is_relative_to(above) else self.folder / real.relative_to(above)

    def place(self, path: Path) -> str | None:
        """The path in the project of a file as the editor names it; None for one outside."""
        return path.relative_to(self.root).as_posix() if path.is_relative_to(self.root) else None

    def run(self, held: Sequence[Held], *, look: bool, go_on: GoOn) -> None:
        """Analyses the project with the texts that the editor holds. With `look` the disk is seen first, the settings too."""
        try:
            if look or self._resident is None:
                self._read_settings()
            assert self._resident is not None
            self.seen = self._resident.run(self._overlay(held), go_on)
            self.trouble = ""
        except SessionLintError as error:
            self.trouble = str(error)
        except Exception as error:  # noqa: BLE001 - one mistake must not end the thread: it is shown, and the next keystroke tries again
            self.trouble = f"internal error: {type(error).__name__}: {error}; this is a defect of session-lint, please report it"
        self._planned.clear()
        if not self._frozen:  # what a first run leaves stays for long: the collector need not look at it again
            gc.collect()
            gc.freeze()
            self._frozen = True

    def findings(self, path: Path, first: int, last: int) -> list[Finding]:
        """The findings that stand in these rows of a file."""
        place = self.place(path)
        every = self.seen.report.findings if self.seen is not None else ()
        return [one for one in every if one.place.path == place and one.place.span.row <= last and first <= one.place.span.end_row]

    def planned(self, finding: Finding) -> Fix | None:
        """The repair that a finding would get; None where there is none to make."""
        if self.seen is None:
            return None
        if id(finding) not in self._planned:
            fix = repair.plan_one(self.seen.again(), finding)
            self._planned[id(finding)] = fix if fix is not None and fix.can_be_made else None
        return self._planned[id(finding)]

    def repaired(self, finding: Finding | None) -> Repair | None:
        """The project with one finding repaired, or with all that can safely be; tried as `fix` does, and nothing is written."""
        if self.seen is None:
            return None
        project = self.seen.again()
        return (
            repair.repair_one(project, finding) if finding is not None else repair.repair(project, self.seen.reported, repair.FixOptions())
        )

    def keep_in_baseline(self, finding: Finding) -> None:
        """Adds a finding to the baseline. Raises SessionLintError when there is none, or it cannot be written."""
        if self.settings is None or self.settings.baseline is None:
            raise ConfigError('there is no baseline: name one in [tool.session-lint], baseline = "session-lint-baseline.json"')
        baseline.add(self.settings.baseline, finding)

    def end(self) -> None:
        """Lets go of the cache."""
        if self._resident is not None:
            self._resident.end()

    def _read_settings(self) -> None:
        settings = api.load_settings([self.folder])
        if self._resident is None or self._resident.settings != settings:
            self.end()
            self._resident = Resident(settings, api.rules, use_cache=self.use_cache)
        self._resident.look()

    def _overlay(self, held: Sequence[Held]) -> dict[str, bytes]:
        """The content of the files whose text the editor holds, by their path in the project."""
        resident, found = self._resident, {}
        for one in held:
            path = self.place(one.path)
            if resident is not None and path is not None:
                found[path] = encoded(one.text, resident.on_disk(path))
        return found
