"""What an import statement binds."""

from __future__ import annotations

import ast


def absolute(module: str, level: int, name: str | None, *, is_package: bool) -> str:
    """The absolute dotted module that `from ..name import x` in `module` names; a level past the root stops at the root."""
    if level == 0:
        return name or ""
    parts = module.split(".") if module else []
    drop = level - 1 if is_package else level
    base = parts[: len(parts) - drop] if drop < len(parts) else []
    return ".".join([*base, name] if name else base)


def bound_by_import(node: ast.Import) -> list[tuple[str, str]]:
    """(local name, dotted target) of an `import` statement; `import a.b` also gives the dotted name itself."""
    bound: list[tuple[str, str]] = []
    for alias in node.names:
        if alias.asname:
            bound.append((alias.asname, alias.name))
        else:
            first = alias.name.partition(".")[0]
            bound.append((first, first))
            if first != alias.name:
                bound.append((alias.name, alias.name))
    return bound


def bound_by_from(node: ast.ImportFrom, source: str) -> tuple[list[tuple[str, str]], bool]:
    """(local name, dotted target) of a `from` import of the module `source`, and whether it is a star import."""
    bound: list[tuple[str, str]] = []
    star = False
    for alias in node.names:
        if alias.name == "*":
            star = True
        else:
            bound.append((alias.asname or alias.name, f"{source}.{alias.name}" if source else alias.name))
    return bound, star
