"""How a project says what else is done when a row of a model is saved or deleted, as regular expressions."""

from __future__ import annotations


def receiver(signals: str, model: str) -> str:
    """A receiver of one of the signals (`post_save`, alternatives in a regular expression) of a model."""
    return rf"\b{signals}\b[^)]*\bsender\s*=\s*[\w.\"']*\b{model}\b"


def method(names: str, model: str) -> str:
    """The head of a method of the class, as far as the bracket; the names, and the class, are regular expressions."""
    return rf"^class {model}\b[^\n]*\n(?:(?![^\s#]).*\n)*?[ \t]+(?:async )?def {names}\("


def removes_files(model: str) -> str:
    """A `delete` of the class that takes files away: a rollback brings the row back, and not what it names."""
    away = r"(?:\bsave=False|\bos\.(?:remove|unlink)\(|\bunlink\(|\brmtree\(|\bstorage\.delete\()"
    return rf"{method('delete', model)}[^\n]*\n(?:(?![ \t]+(?:async )?def |[^\s#]).*\n)*?.*{away}"
