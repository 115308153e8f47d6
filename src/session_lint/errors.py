"""The exceptions a user can meet, and what the exit code of a run means."""

from __future__ import annotations

from enum import IntEnum


class SessionLintError(Exception):
    """The job cannot be done. The text names the file, line or setting and says what to do; front ends print it as it is."""


class ConfigError(SessionLintError):
    """A setting is unknown, has the wrong type, or its file cannot be read."""


class RuleLoadError(SessionLintError):
    """A room (rules, library models, reporters ...) holds a file that is not exactly one item, or two items with one code."""


class ExitCode(IntEnum):
    """What the exit code of a run means, as in ruff."""

    CLEAN = 0
    FINDINGS = 1
    FAILED = 2  # bad settings or arguments, or a file that could not be analysed
