"""An argument of a declarative class of SQLAlchemy or SQLModel: a `UniqueConstraint`, or a partial unique `Index`."""

from __future__ import annotations

import libcst as cst

from session_lint.clients.schema_reader import sql_condition
from session_lint.facts.finding import Edit
from session_lint.repair.declaration import Declaration, Missing, imported
from session_lint.repair.rewrite.file.source import CannotRepair, Source, Sources
from session_lint.repair.rewrite.statements import classes, layout, statements

_ARGUMENTS = "__table_args__"


class Sqlalchemy(Declaration):
    """The constraint names columns, not attributes; a mapping of options stays the last argument."""

    def named(self, missing: Missing, sources: Sources) -> Missing:
        return missing.called("uq", missing.table.name, sources)

    def edits(self, missing: Missing) -> tuple[Edit, ...]:
        """Among the arguments that are there, or as the only one."""
        source, node = missing.source, missing.node
        if classes.value(node, "__table__") is not None or missing.table.borrowed:
            raise CannotRepair(f"the arguments of the table of `{missing.title}` do not stand in the class")
        names, edits = _names(source, ["Index", "text"] if missing.wanted.partial else ["UniqueConstraint"])
        given = classes.value(node, _ARGUMENTS)

        def made(column: int) -> list[str]:
            return _made(missing, names, column)

        if isinstance(given, cst.Tuple):
            last = given.elements[-1].value if given.elements else None
            return *edits, classes.appended(source, given, made, before_last=isinstance(last, cst.Dict))
        if isinstance(given, cst.Dict):
            space = statements.indent(source, source.statement(given)) + layout.unit(source)
            text = f"\n{space}".join(made(len(space) + 1))
            outer = space.removesuffix(layout.unit(source))
            return *edits, source.replace(given, f"(\n{space}{text},\n{space}{source.code(given)},\n{outer})")
        if given is not None:
            raise CannotRepair(f"`{_ARGUMENTS}` of `{missing.title}` is not written out as a tuple")
        return *edits, classes.add(source, node, _lines(source, missing, made), after="__tablename__")


def _lines(source: Source, missing: Missing, made: classes.Lines) -> list[str]:
    step = layout.unit(source)
    space = len(statements.indent(source, missing.node)) + len(step)
    one = made(space + len(f"{_ARGUMENTS} = (") + 2)
    if len(one) == 1:
        return [f"{_ARGUMENTS} = ({one[0]},)"]
    lines = made(space + len(step) + 1)
    return [f"{_ARGUMENTS} = (", *(f"{step}{line}" for line in lines[:-1]), f"{step}{lines[-1]},", ")"]


def _made(missing: Missing, names: dict[str, str], column: int) -> list[str]:
    source = missing.source
    columns = [classes.quoted(source, name) for name in missing.columns]
    name = classes.quoted(source, missing.name)
    if not missing.wanted.partial:
        return classes.call(source, names["UniqueConstraint"], [*columns, f"name={name}"], column)
    where = f'{names["text"]}("{sql_condition(missing.when)}")'
    arguments = [name, *columns, "unique=True", f"postgresql_where={where}", f"sqlite_where={where}"]
    return classes.call(source, names["Index"], arguments, column)


def _names(source: Source, wanted: list[str]) -> tuple[dict[str, str], tuple[Edit, ...]]:
    """How the file calls names of SQLAlchemy, and the imports that are missing."""
    alias = next((_alias(line) for line in source.module.body if _alias(line)), "")
    if alias:
        return {name: f"{alias}.{name}" for name in wanted}, ()
    return imported(source, "sqlalchemy", wanted)


def _alias(line: cst.CSTNode) -> str:
    """`sa` of `import sqlalchemy as sa`."""
    for small in line.body if isinstance(line, cst.SimpleStatementLine) else ():
        for one in small.names if isinstance(small, cst.Import) else ():
            if isinstance(one.name, cst.Name) and one.name.value == "sqlalchemy":
                name = one.asname.name if one.asname is not None else one.name
                return name.value if isinstance(name, cst.Name) else ""
    return ""
