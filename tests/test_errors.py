from __future__ import annotations

from session_lint.errors import ConfigError, ExitCode, RuleLoadError, SessionLintError


def test_exit_codes_are_those_of_ruff() -> None:
    assert [(code.name, int(code)) for code in ExitCode] == [("CLEAN", 0), ("FINDINGS", 1), ("FAILED", 2)]


def test_one_except_clause_catches_what_a_user_can_meet() -> None:
    assert issubclass(ConfigError, SessionLintError)
    assert issubclass(RuleLoadError, SessionLintError)
    assert str(ConfigError("pyproject.toml: broken")) == "pyproject.toml: broken"
