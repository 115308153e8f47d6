"""A getter call of a callee, as a function further up would write it itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import libcst as cst

from session_lint.cst.names import dotted_name
from session_lint.facts.finding import Edit
from session_lint.rewrite import imports, names, records, signatures
from session_lint.rewrite.chains import Step
from session_lint.rewrite.source import CannotRepair, Source

_SIMPLE = cst.Name | cst.Attribute | cst.BaseString | cst.BaseNumber


@dataclass(frozen=True, slots=True)
class Obtaining:
    """`call` is the getter call in the words of the first function of a chain, with its `await`; `edits` are the imports it needs."""

    call: str
    edits: tuple[Edit, ...]


def in_terms_of_caller(chain: Sequence[Step]) -> Obtaining:
    """The getter call at the end of a chain, over what the function at its start has.

    Raises CannotRepair where an argument is made on the way, or where the getter cannot be reached from there.
    """
    outer, inner = chain[0], chain[-1]
    if outer.function is None:
        raise CannotRepair("the calls are made by code outside functions")
    if any(arg.star for arg in inner.call.args):
        raise CannotRepair(f"the call at {inner.source.path}:{inner.source.span(inner.call).row} spreads its arguments")
    given = [_argument(chain, arg) for arg in inner.call.args]
    func, edits = _callee(chain)
    awaited = isinstance(inner.source.parent(inner.call), cst.Await)
    if awaited and outer.function.asynchronous is None:
        raise CannotRepair(f"`{outer.name}()` is not async, and the getter is")
    return Obtaining(f"{'await ' if awaited else ''}{func}({', '.join(given)})", edits)


def _argument(chain: Sequence[Step], arg: cst.Arg) -> str:
    text = raised(chain, arg.value)
    return f"{arg.keyword.value}={text}" if arg.keyword is not None else text


def raised(chain: Sequence[Step], value: cst.BaseExpression) -> str:
    """An expression of the last function of a chain in terms of the first. Raises CannotRepair when it has none."""
    rest = ""
    for step, callee in zip(reversed(chain[:-1]), reversed(chain[1:]), strict=True):
        value, rest = _up(step, callee, value, rest)
    if not isinstance(value, _SIMPLE) or (isinstance(value, cst.Attribute) and not dotted_name(value)):
        raise CannotRepair(f"`{chain[0].source.code(value)}` would be worked out twice")
    return chain[0].source.code(value) + rest


def _up(step: Step, callee: Step, value: cst.BaseExpression, rest: str) -> tuple[cst.BaseExpression, str]:
    """What a parameter of the callee, with attributes behind it, is in the caller."""
    if isinstance(value, cst.BaseString | cst.BaseNumber):
        return value, rest
    while isinstance(value, cst.Attribute):
        rest = f".{value.attr.value}{rest}"
        value = value.value
    if not isinstance(value, cst.Name) or callee.function is None or signatures.parameter(callee.function, value.value) is None:
        raise CannotRepair(f"the key is worked out in `{callee.name}()`")
    if names.bindings(callee.source, callee.function, value.value):
        raise CannotRepair(f"`{value.value}` is bound anew in `{callee.name}()`")
    found = signatures.bind(step.source, step.call, callee.function).get(value.value)
    if found is None:
        raise CannotRepair(f"the call of `{callee.name}()` leaves `{value.value}` to its default")
    return found, rest


def _callee(chain: Sequence[Step]) -> tuple[str, tuple[Edit, ...]]:
    """The getter as the first function can name it, with the import that this takes."""
    outer, inner = chain[0], chain[-1]
    func = inner.call.func
    root = dotted_name(func).split(".", 1)[0]
    if not root:
        raise CannotRepair(f"the getter is called on the result of another call in `{inner.name}()`")
    assert inner.function is not None
    assert outer.function is not None
    if signatures.parameter(inner.function, root) is not None and isinstance(func, cst.Attribute):
        return f"{raised(chain, func.value)}.{func.attr.value}", ()
    if root in names.bound(outer.function) and root not in _local_imports(outer.function):
        raise CannotRepair(f"`{root}` means something else in `{outer.name}()`")
    module = _imported(inner.source, inner.function, root)
    if inner.source is outer.source and (module == "" or root in names.of_module(outer.source.module)):
        return inner.source.code(func), ()
    module = module or _own_module(outer, chain[1])
    local, edits = imports.ensure(outer.source, module, root)
    return local + inner.source.code(func)[len(root) :], edits


def _local_imports(function: cst.FunctionDef) -> frozenset[str]:
    found: set[str] = set()
    for statement in function.body.body:
        for small in statement.body if isinstance(statement, cst.SimpleStatementLine) else ():
            if isinstance(small, cst.ImportFrom) and not isinstance(small.names, cst.ImportStar):
                found.update(dotted_name(alias.asname.name if alias.asname else alias.name) for alias in small.names)
    return frozenset(found)


def _imported(source: Source, function: cst.FunctionDef, root: str) -> str:
    """The module that a name comes from; "" when it is the file's own. Raises CannotRepair for other ways to have it."""
    for small in (*_imports(source.module.body), *_imports(function.body.body)):
        if isinstance(small, cst.ImportFrom) and not isinstance(small.names, cst.ImportStar):
            for alias in small.names:
                if dotted_name(alias.asname.name if alias.asname else alias.name) == root:
                    if small.relative or alias.asname:
                        raise CannotRepair(f"`{root}` is imported in a way of its own in {source.path}")
                    return dotted_name(small.module)
        elif isinstance(small, cst.Import) and any(
            dotted_name(a.asname.name if a.asname else a.name).split(".")[0] == root for a in small.names
        ):
            raise CannotRepair(f"`{root}` is a module that {source.path} imports")
    if root in names.of_module(source.module):
        return ""
    raise CannotRepair(f"`{root}` is known only in `{function.name.value}()`")


def _imports(body: Sequence[cst.CSTNode]) -> list[cst.BaseSmallStatement]:
    return [small for statement in body if isinstance(statement, cst.SimpleStatementLine) for small in statement.body]


def _own_module(outer: Step, callee: Step) -> str:
    """The module of the callee, by the import that the caller has of it."""
    assert outer.function is not None
    if isinstance(outer.call.func, cst.Name):
        module = _imported(outer.source, outer.function, outer.call.func.value)
        if module:
            return module
    raise CannotRepair(f"the getter of `{callee.name}()` cannot be reached from `{outer.name}()`")


def variable(chain: Sequence[Step]) -> tuple[str, str]:
    """A name for the record in the first function of a chain, and the index that takes it out of a pair."""
    outer, inner = chain[0], chain[-1]
    holding = records.held(inner.source, inner.call)
    name = holding.name if holding.local and not holding.form else records.noun(inner.source, inner.call)
    assert outer.function is not None
    if name in names.bound(outer.function) | names.free(outer.function):
        raise CannotRepair(f"`{name}` already means something else in `{outer.name}()`")
    return name, holding.pick
