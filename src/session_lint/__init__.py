"""session-lint: finds what must happen once, atomically, but is spread over a call chain."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from session_lint.version import __version__

if TYPE_CHECKING:
    from session_lint.api import check_paths, check_source, load_settings
    from session_lint.errors import ConfigError, ExitCode, SessionLintError
    from session_lint.facts.finding import Finding, Report
    from session_lint.settings.settings import Settings

__all__ = [
    "ConfigError",
    "ExitCode",
    "Finding",
    "Report",
    "SessionLintError",
    "Settings",
    "__version__",
    "check_paths",
    "check_source",
    "load_settings",
]

# Imported when first asked for, so that `import session_lint` and every submodule stay cheap to start.
_HOMES = {
    "ConfigError": "errors",
    "ExitCode": "errors",
    "Finding": "facts.finding",
    "Report": "facts.finding",
    "SessionLintError": "errors",
    "Settings": "settings.settings",
    "check_paths": "api",
    "check_source": "api",
    "load_settings": "api",
}


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
