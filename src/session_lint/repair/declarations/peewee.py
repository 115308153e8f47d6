"""An index of a peewee model: in its `Meta`, or, over some of the rows, by a statement behind the class."""

from __future__ import annotations

import libcst as cst

from session_lint.facts.finding import Edit
from session_lint.facts.terms import Const, Term
from session_lint.repair.declaration import Declaration, Missing
from session_lint.repair.rewrite.file.source import CannotRepair
from session_lint.repair.rewrite.statements import classes, layout, statements


class Peewee(Declaration):
    """peewee makes the name of an index itself."""

    def edits(self, missing: Missing) -> tuple[Edit, ...]:
        """Among the indexes that are there, or as the only one."""
        source, node = missing.source, missing.node
        if missing.wanted.partial:
            title = missing.title
            fields = ", ".join(f"{title}.{name}" for name in missing.wanted.columns)
            where = " & ".join(_condition(f"{title}.{name}", value) for name, value in missing.wanted.when)
            return (statements.after(source, node, ["", "", f"{title}.add_index({fields}, unique=True, where={where})"]),)
        meta = classes.inner(node, "Meta")
        listed = classes.value(meta, "indexes") if meta is not None else None
        fields = ", ".join(classes.quoted(source, name) for name in missing.wanted.columns)
        one = f"(({fields}{',' if len(missing.wanted.columns) == 1 else ''}), True)"
        if listed is not None:
            if not isinstance(listed, cst.List | cst.Tuple):
                raise CannotRepair(f"the indexes of `{missing.title}` are not written out as a tuple")
            return (classes.appended(source, listed, lambda _: [one]),)
        if "indexes" in missing.table.borrowed:
            raise CannotRepair(f"`{missing.title}` has the indexes of a class above it")
        line = f"indexes = ({one},)"
        if meta is not None:
            return (classes.add(source, meta, [line]),)
        return (classes.add(source, node, ["class Meta:", f"{layout.unit(source)}{line}"], apart=True),)


def _condition(column: str, value: Term) -> str:
    constant = value.value if isinstance(value, Const) else None
    return f"({column}.is_null())" if constant is None else f"({column} == {constant!r})"
