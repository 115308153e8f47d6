"""A `unique_together` in the `Meta` of a Tortoise model."""

from __future__ import annotations

import libcst as cst

from session_lint.facts.finding import Edit
from session_lint.repair.declaration import Declaration, Missing
from session_lint.repair.rewrite.file.source import CannotRepair
from session_lint.repair.rewrite.statements import classes, layout


class Tortoise(Declaration):
    """All versions have it; a partial one takes a migration."""

    def edits(self, missing: Missing) -> tuple[Edit, ...]:
        """Beside the sets that are there, or as the only one."""
        source, node = missing.source, missing.node
        if missing.wanted.partial:
            raise CannotRepair(
                f"a model of Tortoise cannot say that it is unique where {missing.wanted.condition}: add the index by a migration"
            )
        meta = classes.inner(node, "Meta")
        given = classes.value(meta, "unique_together") if meta is not None else None
        names = ", ".join(classes.quoted(source, name) for name in missing.wanted.columns)
        one = f"({names}{',' if len(missing.wanted.columns) == 1 else ''})"
        if isinstance(given, cst.List | cst.Tuple) and given.elements:
            if isinstance(given.elements[0].value, cst.SimpleString):  # one set, which is written without the list around it
                whole = source.outer(given)
                return (Edit(source.path, f"({source.slice(whole)}, {one})", whole),)
            return (classes.appended(source, given, lambda _: [one]),)
        if given is not None:
            raise CannotRepair(f"`unique_together` of `{missing.title}` is not written out as a tuple")
        line = f"unique_together = ({one},)"
        if meta is not None:
            return (classes.add(source, meta, [line]),)
        if missing.table.borrowed:
            raise CannotRepair(f"`{missing.title}` has the `Meta` of a class above it: a `Meta` of its own would take its place")
        return (classes.add(source, node, ["class Meta:", f"{layout.unit(source)}{line}"], apart=True),)
