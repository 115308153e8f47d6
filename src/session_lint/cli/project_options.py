"""The options of every command that reads a project."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import click

from session_lint import api
from session_lint.cli.command import Decorator, bundle, names
from session_lint.settings.settings import Selectors, Settings


@dataclass(frozen=True, slots=True)
class ProjectOptions:
    """Which project and which of its files."""

    config: Path | None
    isolated: bool
    exclude: tuple[str, ...] | None
    extend_exclude: tuple[str, ...] | None
    force_exclude: bool
    no_cache: bool
    cache_dir: Path | None
    jobs: int | None

    def settings(self, paths: Sequence[str], selectors: Selectors | None = None) -> Settings:
        """The settings of the project the paths are in, with what the command line says laid over them. Raises ConfigError."""
        found = api.load_settings(paths, config=self.config, isolated=self.isolated, command_line=selectors)
        return replace(
            found,
            exclude=found.exclude if self.exclude is None else self.exclude,
            extend_exclude=found.extend_exclude + (self.extend_exclude or ()),
            cache_dir=found.cache_dir if self.cache_dir is None else self.cache_dir.absolute(),
        )

    def kept(self, paths: Sequence[str], settings: Settings) -> tuple[str, ...]:
        """The paths without those that `--force-exclude` leaves out."""
        return api.without_excluded(paths, settings) if self.force_exclude else tuple(paths)

    def run_options(self) -> api.RunOptions:
        """How to run."""
        return api.RunOptions(jobs=self.jobs, use_cache=not self.no_cache)


_FILE = click.Path(dir_okay=False, path_type=Path)

project_options: Decorator = bundle(
    "project",
    ProjectOptions,
    click.option("--config", type=_FILE, metavar="FILE", help="Read settings from this file instead of the nearest pyproject.toml."),
    click.option("--isolated", is_flag=True, help="Ignore all configuration files."),
    names("--exclude", help="Patterns of files and directories to leave out, in place of the configured ones."),
    names("--extend-exclude", help="Patterns to leave out, besides the configured ones."),
    click.option("--force-exclude", is_flag=True, help="Leave excluded files out even when they are passed by name."),
    click.option("--no-cache", "-n", is_flag=True, help="Neither read nor write the cache."),
    click.option("--cache-dir", type=click.Path(file_okay=False, path_type=Path), metavar="DIR", help="Where to keep the cache."),
    click.option("--jobs", "-j", type=click.IntRange(min=1), metavar="N", help="Worker processes; as many as it pays when not given."),
)
