"""Moving a statement into a new function: shared by the transformations that differ in where the function lives."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import libcst as cst

from metamorphic.code import (
    BUILTINS,
    Numbers,
    Statement,
    Where,
    awaits,
    by_top_level,
    calls_of_project,
    code,
    expression,
    free_names,
    in_functions,
    may_move,
    rebound_names,
    sole,
    statement,
    statements,
    swapped,
    value_of,
    with_value,
)
from metamorphic.programs import also
from metamorphic.transformation import REPEAT, FileByFile

Small = cst.Expr | cst.Assign | cst.AnnAssign | cst.Return | cst.AugAssign


@dataclass(slots=True)
class Helper:
    """A statement moved into a function. `names` are the locals it needs, in order; `me` the object among them, if any."""

    name: str
    names: tuple[str, ...]
    annotations: dict[str, str]
    body: cst.SimpleStatementLine
    asynchronous: bool
    me: str = ""
    elsewhere: tuple[str, ...] = field(default=())  # names of the module that the body uses
    handed: dict[str, str] = field(default_factory=dict)  # parameters that get an expression: name -> its text

    def definition(self, first: str = "", decorator: str = "") -> cst.FunctionDef:
        """The function; `first` is a parameter before the others."""
        given = [f"{name}: {self.annotations[name]}" if name in self.annotations else name for name in (*self.parameters, *self.handed)]
        head = f"{'async ' if self.asynchronous else ''}def {self.name}({', '.join([*([first] if first else []), *given])}):\n    pass\n"
        function = statement(f"{decorator}\n{head}" if decorator else head)
        assert isinstance(function, cst.FunctionDef)
        return function.with_changes(body=cst.IndentedBlock([self.body.with_changes(leading_lines=[])]))

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names that are handed in as arguments."""
        return tuple(name for name in self.names if name != self.me)

    def call(self, callee: str) -> cst.BaseExpression:
        """A call of it by this name, awaited if need be."""
        text = f"{callee}({', '.join([*self.parameters, *self.handed.values()])})"
        return expression(f"await {text}" if self.asynchronous else text)


Hand = Callable[[cst.BaseExpression], dict[str, cst.BaseExpression]]


def extracted(where: Where, line: cst.SimpleStatementLine, name: str, hand: Hand | None = None) -> Helper | None:
    """The function that a statement can be moved into; None when it cannot, or when it calls nothing that matters.

    `hand` gives the parts of the expression that are not moved but handed in, by the names of the parameters they become.
    """
    small = sole(line)
    if hand is not None:
        return _handing(where, line, name, hand)
    value = value_of(small)
    if value is None or not isinstance(small, Small) or not calls_of_project(small) or not may_move(small):
        return None
    if isinstance(small, cst.AnnAssign) and not isinstance(small.target, cst.Name):
        return None
    needed = free_names(value)
    if not stays_bound(small):
        targets = _targets(small)
        leaves = [leaf for target in targets for leaf in _leaves(target)]
        if any(isinstance(leaf, cst.Name) and leaf.value != "_" for leaf in leaves):
            return None  # a name that is bound beside an attribute may be needed afterwards
        stored = [name for leaf in leaves if not isinstance(leaf, cst.Name) for name in free_names(leaf)]
        needed = tuple(dict.fromkeys([*stored, *needed]))
        body = line
    elif isinstance(small, cst.Expr):
        body = line
    else:
        body = line.with_changes(body=[cst.Return(value)])
    names = tuple(name for name in needed if name in where.locals)
    annotations = {
        param.name.value: code(param.annotation.annotation)
        for param in (*where.function.params.params, *where.function.params.kwonly_params)
        if param.annotation is not None and param.name.value not in rebound_names(where.function)
    }
    others = tuple(name for name in needed if name not in names and name not in BUILTINS)
    me = where.me if where.me in names else ""
    return Helper(name, names, annotations, body, awaits(small), me, others)


def _handing(where: Where, line: cst.SimpleStatementLine, name: str, hand: Hand) -> Helper | None:
    value = value_of(sole(line))
    parts = hand(value) if value is not None and may_move(value) else {}
    if value is None or not parts:
        return None
    moved = swapped(value, ((part, cst.Name(given)) for given, part in parts.items()))
    helper = extracted(where, with_value(line, moved), name)
    if helper is not None:
        used = set(free_names(moved))  # a part inside of another is handed in with it
        helper.handed = {given: code(part) for given, part in parts.items() if given in used}
        helper.elsewhere = tuple(other for other in helper.elsewhere if other not in parts)
    return helper


def stays_bound(small: Small) -> bool:
    """Whether what the statement binds are plain names, so that the value can come from a call."""
    return all(_plain(target) for target in _targets(small)) and not isinstance(small, cst.AugAssign)


def _targets(small: Small) -> list[cst.BaseExpression]:
    if isinstance(small, cst.Assign):
        return [target.target for target in small.targets]
    return [small.target] if isinstance(small, cst.AnnAssign | cst.AugAssign) else []


def _leaves(target: cst.BaseExpression) -> list[cst.BaseExpression]:
    if isinstance(target, cst.Tuple | cst.List):
        return [leaf for element in target.elements for leaf in _leaves(element.value)]
    return [target]


def _plain(target: cst.BaseExpression) -> bool:
    if isinstance(target, cst.Tuple | cst.List):
        return all(_plain(element.value) for element in target.elements)
    return isinstance(target, cst.Name)


def calling(line: cst.SimpleStatementLine, call: cst.BaseExpression) -> cst.SimpleStatementLine:
    """The line with the moved part replaced by the call. The comment has moved with the statement."""
    small = line.body[0]
    assert isinstance(small, Small)
    left = small.with_changes(value=call) if stays_bound(small) else cst.Expr(call)
    comment = also(code(line))
    end = cst.TrailingWhitespace(cst.SimpleWhitespace("  "), cst.Comment(comment)) if comment else cst.TrailingWhitespace()
    return line.with_changes(body=[left], trailing_whitespace=end)


class Extraction(FileByFile):
    """Moves statements into new functions. What differs is where those live, and how they are called."""

    family = REPEAT
    why = "a look-up that is moved into a function of its own is repeated across functions"

    def rewrite_file(self, path: str, module: cst.Module, numbers: Numbers) -> cst.Module:
        def change(top: Statement) -> Sequence[Statement]:
            helpers: list[Helper] = []
            home = numbers.next("Steps") if isinstance(top, cst.FunctionDef | cst.ClassDef) else ""

            def move(where: Where, line: cst.SimpleStatementLine) -> Sequence[Statement] | None:
                helper = extracted(where, line, numbers.next("step"), self.hand(numbers))
                if helper is None or not self.accepts(where, helper):
                    return None
                helpers.append(helper)
                return [calling(line, helper.call(self.callee(helper, home)))]

            changed = in_functions(path, top, move)
            return self.placed(changed, helpers, home) if helpers else [top]

        return by_top_level(module, change)

    def accepts(self, where: Where, helper: Helper) -> bool:
        """Whether this helper can live where the transformation puts it. One that uses the object of a method cannot leave the class."""
        return not helper.me

    def hand(self, numbers: Numbers) -> Hand | None:
        """What chooses the parts that are handed in; None when the whole statement is moved."""
        return None

    @abstractmethod
    def callee(self, helper: Helper, home: str) -> str:
        """What is called in the statement's place. `home` is a free name for a class."""

    @abstractmethod
    def placed(self, changed: Statement, helpers: list[Helper], home: str) -> Sequence[Statement]:
        """The top-level statement, already changed, with what the helpers live in."""


def in_class(name: str, functions: Sequence[Statement], before: str = "", bases: str = "") -> cst.ClassDef:
    """A class of these functions, after the members that `before` writes."""
    made = statement(f"class {name}{f'({bases})' if bases else ''}:\n    pass\n")
    assert isinstance(made, cst.ClassDef)
    return made.with_changes(body=cst.IndentedBlock([*statements(before), *functions]))
