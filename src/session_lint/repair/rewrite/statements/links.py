"""Whether the class of a Django model links records and has nothing else, so that of two rows with the same links either can go."""

from __future__ import annotations

from collections.abc import Collection

import libcst as cst

from session_lint.analysis.cst.names import dotted_name
from session_lint.repair.rewrite.file.source import Sources

_MODEL = frozenset({"models.Model", "Model"})
_LINKS = frozenset({"ForeignKey", "OneToOneField"})


def only(node: cst.ClassDef, columns: Collection[str], sources: Sources) -> bool:
    """Whether a class has no fields but these relations, and nothing refers to it. What is not understood of it counts as a field."""
    if node.keywords or len(node.bases) != 1 or dotted_name(node.bases[0].value) not in _MODEL:
        return False
    return _fields(node) == dict.fromkeys(columns, True) and not any(sources.search(one) for one in _references(node.name.value))


def _fields(node: cst.ClassDef) -> dict[str, bool]:
    """What the body of a class binds, and whether that is a relation to one record."""
    found: dict[str, bool] = {}
    for line in node.body.body:
        for one in line.body if isinstance(line, cst.SimpleStatementLine) else ():
            match one:
                case cst.Assign(targets=[cst.AssignTarget(target=cst.Name(name))], value=cst.Call(func=kind)):
                    found[name] = dotted_name(kind).rpartition(".")[2] in _LINKS
                case cst.Assign() | cst.AnnAssign():
                    found[""] = False
    return found


def _references(title: str) -> tuple[str, ...]:
    """Relations to a model in classes and migrations, and classes below it; what is called a field or key may be one of any library."""
    return (
        rf"\w(?:Field|Key|Relation)\(\s*(?:to\s*=\s*)?[\"']?(?:[\w.]+\.)?{title}[\"']?\s*[,)]",
        rf"(?i)\bto\s*=\s*[\"']?(?:[\w.]+\.)?{title}[\"']?\s*[,)]",
        rf"^class \w+\([^)]*\b{title}\b",
    )
