"""What the fields of a model are when a new row leaves them out."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from session_lint.analysis.cst.names import dotted_name
from session_lint.repair.rewrite.file.source import CannotRepair, Source, Sources, inside

_CALLED = frozenset({"now", "utcnow", "today", "time", "uuid4", "uuid1", "dict", "list", "token_hex", "token_urlsafe"})
_CLOCKS = frozenset({"now", "utcnow", "today", "time", "localdate", "current_timestamp", "monotonic"})
_EMPTY = frozenset({"dict", "list", "set", "tuple", "str", "int", "float", "bool"})
_GIVEN = frozenset({"default", "default_factory", "db_default", "auto_now", "auto_now_add", "server_default", "insert_default"})
# a text of Django is "" where nobody says otherwise; with the others it must be given
_TEXTS = frozenset({f"models.{one}Field" for one in ("Char", "Text", "Slug", "URL", "Email")})
_PLAIN = cst.SimpleString | cst.Integer | cst.Float | cst.Dict | cst.List | cst.Tuple


def of(sources: Sources, source: Source, model: str) -> tuple[tuple[str, str], ...]:
    """The fields of a peewee model with a default, and the expression for it where `model` is known by that name; () when the class
    is not found."""
    defaults: list[tuple[str, str]] = []
    for where, name, given in _given(sources, source, model):
        text = _expression(where, model, name, given)
        if text:
            defaults.append((name, text))
    return tuple(defaults)


def made(sources: Sources, source: Source, model: str) -> tuple[str, ...]:
    """The fields of a model of any client for which each new row gets a value of its own by a call, the time aside."""
    return tuple(name for _, name, given in _given(sources, source, model) if _makes(given))


def optional(where: Source, model: str, name: str) -> bool:
    """Whether a row of a class of this file is made without a field: it may be empty, or its declaration gives it a value."""
    found = _class(where, model)
    for statement in found[1].body.body if found is not None else ():
        match statement:
            case cst.SimpleStatementLine(
                body=[cst.Assign(targets=[cst.AssignTarget(target=cst.Name(known))], value=cst.Call(func=kind, args=args))]
            ) if known in (name, name.removesuffix("_id")):
                return any(map(_given_by, args)) or dotted_name(kind) in _TEXTS
            case cst.SimpleStatementLine(body=[cst.AnnAssign(target=cst.Name(known), annotation=annotation, value=value)]) if known == name:
                args = value.args if isinstance(value, cst.Call) else ()
                return any(map(_given_by, args)) or (_may_be_none(where, annotation) and not any(map(_not_empty, args)))
    return False


def blank(where: Source, model: str, name: str) -> bool:
    """Whether a row that does not say a text has "" there, or a form may leave it so: rows without one are then all alike."""
    found = _class(where, model)
    for statement in found[1].body.body if found is not None else ():
        match statement:
            case cst.SimpleStatementLine(
                body=[
                    cst.Assign(targets=[cst.AssignTarget(target=cst.Name(known))], value=cst.Call(func=kind, args=args))
                    | cst.AnnAssign(target=cst.Name(known), value=cst.Call(func=kind, args=args))
                ]
            ) if known == name:
                return any(_is_no_text(arg, of_django=dotted_name(kind) in _TEXTS) for arg in args)
    return False


def _is_no_text(arg: cst.Arg, *, of_django: bool) -> bool:
    word, value = (arg.keyword.value if arg.keyword is not None else ""), arg.value
    if of_django and word == "blank":
        return isinstance(value, cst.Name) and value.value == "True"
    return word in _GIVEN and isinstance(value, cst.SimpleString) and not value.evaluated_value


def _may_be_none(where: Source, annotation: cst.Annotation) -> bool:
    """`Mapped[str | None]`, `Mapped[Optional[str]]`: a column of SQLAlchemy that may be empty."""
    written = where.code(annotation.annotation)
    return written.startswith(("Mapped[Optional[", "Mapped[None |")) or written.endswith("| None]")


def _not_empty(arg: cst.Arg) -> bool:
    return arg.keyword is not None and arg.keyword.value == "nullable" and dotted_name(arg.value) == "False"


def _given_by(arg: cst.Arg) -> bool:
    """Whether an option of a field gives it a value, or lets it be empty."""
    name = arg.keyword.value if arg.keyword is not None else ""
    return name in _GIVEN or (name in ("null", "nullable") and isinstance(arg.value, cst.Name) and arg.value.value == "True")


def _makes(given: cst.BaseExpression) -> bool:
    """Whether a default is called for each row, and tells rows apart: a function, not a constant, a member of an enumeration or a clock."""
    if isinstance(given, cst.Lambda):
        return not any(isinstance(node, cst.Name) and node.value in _CLOCKS for node in _names(given))
    last = dotted_name(given).rpartition(".")[2]
    return bool(last) and not last.isupper() and not last[:1].isupper() and last not in _CLOCKS | _EMPTY


def _names(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    for child in inside(node):
        yield child
        yield from _names(child)


def _given(sources: Sources, source: Source, model: str) -> Iterator[tuple[Source, str, cst.BaseExpression]]:
    """The fields with a default: the file, the name, what is given."""
    found = _class(source, model) or _imported(sources, source, model)
    if found is None:
        return
    where, definition = found
    for statement in definition.body.body:
        match statement:
            case cst.SimpleStatementLine(
                body=[
                    cst.Assign(targets=[cst.AssignTarget(target=cst.Name(name))], value=cst.Call(args=args))
                    | cst.AnnAssign(target=cst.Name(name), value=cst.Call(args=args))
                ]
            ):
                asked = (arg.value for arg in args if arg.keyword is not None and arg.keyword.value in ("default", "default_factory"))
                given = next(asked, None)
                if given is not None:
                    yield where, name, given


def _expression(source: Source, model: str, name: str, given: cst.BaseExpression) -> str:
    """The default where the model is known; "" for None, and where nothing shows whether it is called."""
    code, last = source.code(given), dotted_name(given).rpartition(".")[2]
    functions = {one.name.value for one in source.module.body if isinstance(one, cst.FunctionDef)}
    if isinstance(given, cst.Lambda) or last in _CALLED | functions:
        return f"{model}.{name}.default()"
    if code in ("True", "False") or (isinstance(given, _PLAIN) and "\n" not in code):
        return code
    return f"{model}.{name}.default" if last.isupper() else ""


def _class(source: Source, model: str) -> tuple[Source, cst.ClassDef] | None:
    found = (one for one in source.module.body if isinstance(one, cst.ClassDef) and one.name.value == model)
    return next(((source, one) for one in found), None)


def _imported(sources: Sources, source: Source, model: str) -> tuple[Source, cst.ClassDef] | None:
    """The class in the file that `from package.module import Model` names, as seen from the root of the project or next to it."""
    for statement in source.module.body:
        for small in statement.body if isinstance(statement, cst.SimpleStatementLine) else ():
            if not isinstance(small, cst.ImportFrom) or small.relative or isinstance(small.names, cst.ImportStar):
                continue
            if any(dotted_name(alias.name) == model and alias.asname is None for alias in small.names):
                path = f"{dotted_name(small.module).replace('.', '/')}.py"
                try:
                    return _class(sources[path], model)
                except (CannotRepair, KeyError):
                    return None
    return None
