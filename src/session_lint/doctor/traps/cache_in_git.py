"""Trap `cache-in-git`."""

from __future__ import annotations

from collections.abc import Iterator

from session_lint.doctor.trap import Trap
from session_lint.facts.trap import Caught, Mending
from session_lint.project.surroundings import Surroundings, row_of


class CacheInGit(Trap):
    """The cache is tracked by git, or would be with the next `git add --all`."""

    why = "the cache changes with every run and is made for one machine; each commit would carry it, and pre-commit take it for a change"

    def look(self, project: Surroundings) -> Iterator[Caught]:
        folder = project.settings.cache_directory
        if not folder.is_relative_to(project.top) or project.git("rev-parse", "--is-inside-work-tree") is None:
            return
        place = folder.relative_to(project.top).as_posix()
        row = row_of(project.text(project.root / "pyproject.toml") or "", "cache-dir", "tool.session-lint")
        where = "pyproject.toml" if project.settings.cache_dir is not None else project.shown(folder)
        tracked = (project.git("ls-files", "--", place) or "").splitlines()
        mine = [name for name in tracked if name.rsplit("/", 1)[-1].startswith("cache-") or name.endswith("CACHEDIR.TAG")]
        ignored = Mending(project.shown(project.top / ".gitignore"), f"/{place}/\n")
        if mine:
            message = f"git tracks the cache: {mine[0]}"
            yield self.caught(where, row, message, f"# .gitignore\n/{place}/\n# then: git rm -r --cached {place}")
        elif folder.is_dir() and project.git("check-ignore", "--quiet", "--no-index", f"{place}/cache-.sqlite3") is None:
            yield self.caught(where, row, f"git does not ignore the cache in {place}", f"# .gitignore\n/{place}/", mending=ignored)
