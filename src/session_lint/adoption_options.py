"""The options that let a project start with the findings it has: the baseline."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import click

from session_lint.command import Decorator, bundle
from session_lint.settings import Settings

BASELINE_FILE = click.Path(dir_okay=False, path_type=Path)


@dataclass(frozen=True, slots=True)
class BaselineOptions:
    """Which findings count as known."""

    baseline: Path | None
    no_baseline: bool

    def settings(self, settings: Settings) -> Settings:
        """The settings with what the command line says of the baseline."""
        if self.baseline is not None and self.no_baseline:
            raise click.UsageError("--baseline and --no-baseline cannot be combined.")
        return replace(settings, baseline=None if self.no_baseline else self.baseline.absolute() if self.baseline else settings.baseline)


baseline_options: Decorator = bundle(
    "known",
    BaselineOptions,
    click.option("--baseline", type=BASELINE_FILE, metavar="FILE", help="Hide the findings that this file holds."),
    click.option("--no-baseline", is_flag=True, help="Show the findings of the baseline too."),
)
