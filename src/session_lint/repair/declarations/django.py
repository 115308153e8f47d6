"""A `UniqueConstraint` in the `Meta` of a Django model."""

from __future__ import annotations

import libcst as cst

from session_lint.analysis.cst.names import dotted_name
from session_lint.facts.finding import Edit
from session_lint.facts.terms import Const
from session_lint.repair.declaration import Declaration, Missing, imported
from session_lint.repair.rewrite.file.source import CannotRepair, Source, Sources
from session_lint.repair.rewrite.statements import classes, imports, layout, managers, statements

_FIRST = (2, 2)  # the release with constraints
_MODELS = "django.db"
_OF_MODELS = "django.db.models"
_BARE = (".models.Model", ".base.Model", "builtins.object", "ABC", "Generic", "Mixin")  # bases that bring no `Meta`


class Django(Declaration):
    """Also where the rows are retired: with a `condition`."""

    def named(self, missing: Missing, sources: Sources) -> Missing:
        """Raises CannotRepair where the manager asks for some of the rows: the constraint would have to say for which."""
        narrow = managers.leaving_out(sources, missing.title)
        if narrow:
            raise CannotRepair(
                f"`{narrow}`, by which `{missing.title}` is asked, may leave rows out: which, the constraint would have to say"
            )
        return super().named(missing, sources)

    def edits(self, missing: Missing) -> tuple[Edit, ...]:
        """Behind the constraints that are there, or as a new option of `Meta`, or in a `Meta` of its own."""
        if missing.table.newest and missing.table.newest < _FIRST:
            raise CannotRepair("`UniqueConstraint` came with Django 2.2, and the requirements allow none as new as that")
        source = missing.source
        meta = classes.inner(missing.node, "Meta")
        if meta is None:
            _refuse_shared(missing)
        if "constraints" in missing.table.borrowed:
            raise CannotRepair(f"`{missing.title}` has the constraints of a class above it")
        name, made = _names(source, partial=missing.wanted.partial)
        listed = classes.value(meta, "constraints") if meta is not None else None
        if listed is not None:
            if not isinstance(listed, cst.List | cst.Tuple):
                raise CannotRepair(f"the constraints of `{missing.title}` are not written out as a list")
            return *made, classes.appended(source, listed, lambda column: call(source, missing, name, column))
        space = len(statements.indent(source, missing.node)) + 2 * len(layout.unit(source))
        lines_of = call(source, missing, name, space + len(layout.unit(source)) + 1)
        lines = [
            "constraints = [",
            *(f"{layout.unit(source)}{line}" for line in lines_of[:-1]),
            f"{layout.unit(source)}{lines_of[-1]},",
            "]",
        ]
        if meta is not None:
            return *made, classes.add(source, meta, lines)
        return *made, classes.add(source, missing.node, ["class Meta:", *(f"{layout.unit(source)}{line}" for line in lines)], apart=True)


def _refuse_shared(missing: Missing) -> None:
    """Raises CannotRepair where a `Meta` of its own would take options of another one away."""
    outside = [one for one in missing.table.bases if not one.endswith(_BARE)]
    if missing.table.borrowed or outside:
        raise CannotRepair(f"`{missing.title}` has the `Meta` of a class above it: a `Meta` of its own would take its place")


def call(source: Source, missing: Missing, prefix: str, column: int) -> list[str]:
    """`models.UniqueConstraint(...)` in lines, the first of which begins at a column."""
    fields = ", ".join(classes.quoted(source, name) for name in missing.wanted.columns)
    condition = ", ".join(_q(source, name, value.value) for name, value in missing.wanted.when if isinstance(value, Const))
    arguments = [f"fields=[{fields}]", *([f"condition={prefix}Q({condition})"] if condition else [])]
    return classes.call(source, f"{prefix}UniqueConstraint", [*arguments, f"name={classes.quoted(source, missing.name)}"], column)


def _q(source: Source, name: str, value: object) -> str:
    if value is None:
        return f"{name}__isnull=True"
    return f"{name}={classes.quoted(source, value) if isinstance(value, str) else repr(value)}"


def _names(source: Source, *, partial: bool) -> tuple[str, tuple[Edit, ...]]:
    """What stands before `UniqueConstraint` and `Q`, and the imports that they need: as the file has its other names of Django."""
    local = imports.known(source, _MODELS, "models")
    if local or not any(dotted_name(one.module) == _OF_MODELS for one in source.imports):
        local, edits = imports.ensure(source, _MODELS, "models")
        return f"{local}.", edits
    wanted = ["Q", "UniqueConstraint"] if partial else ["UniqueConstraint"]
    names, edits = imported(source, _OF_MODELS, wanted)
    if any(local != name for name, local in names.items()):
        raise CannotRepair(f"{source.path} has names of Django by other names")
    return "", edits
