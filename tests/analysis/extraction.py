"""Extract small pieces of code and write the facts down as text that a test can be read by."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Iterator, Sequence

from session_lint.analysis.extract.module import extract_module
from session_lint.clients.library_model import LibraryModel
from session_lint.facts.module_facts import (
    Assume,
    Block,
    CallSite,
    Choice,
    Condition,
    Do,
    Exit,
    FunctionFacts,
    Loop,
    ModuleFacts,
    Step,
    Store,
    Try,
    Within,
)
from session_lint.facts.module_index import ClassIndex, FunctionIndex, ModuleIndex
from session_lint.facts.terms import Const, Invoke, Unknown, show


def index_of(text: str, module: str = "m") -> ModuleIndex:
    """A bare index: where functions stand, and the import table."""
    functions: list[FunctionIndex] = []
    classes: list[ClassIndex] = []

    def collect(node: ast.AST, prefix: str) -> None:
        for inner in ast.iter_child_nodes(node):
            if isinstance(inner, (ast.FunctionDef, ast.AsyncFunctionDef)):
                functions.append(_function(inner, prefix + inner.name))
            if isinstance(inner, ast.ClassDef):
                classes.append(ClassIndex(prefix + inner.name, (), (), (), ()))
            named = isinstance(inner, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
            collect(inner, f"{prefix}{inner.name}." if named else prefix)

    tree = ast.parse(text)
    collect(tree, "")
    variables = tuple(
        (target.id, Const(node.value.value) if _is_text(node.value) else Unknown("value", 0))
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    )
    return ModuleIndex(
        path=f"{module}.py",
        module=module,
        is_package=False,
        imports=tuple(_imports(tree)),
        star_imports=(),
        inner_imports=(),
        functions=tuple(functions),
        classes=tuple(classes),
        variables=variables,
    )


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _function(node: ast.FunctionDef | ast.AsyncFunctionDef, qualname: str) -> FunctionIndex:
    return FunctionIndex(
        qualname=qualname,
        name=node.name,
        parameters=(),
        returns=None,
        decorators=(),
        is_async=isinstance(node, ast.AsyncFunctionDef),
        is_generator=False,
        owner=None,
        first_line=min([node.lineno, *(d.lineno for d in node.decorator_list)]),
        body_line=node.body[0].lineno,
        last_line=node.end_lineno or node.lineno,
        calls=frozenset(),
        words=frozenset(),
    )


def _imports(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in tree.body:
        if isinstance(node, ast.Import):
            for alias in node.names:
                first = alias.name.split(".")[0]
                yield alias.asname or first, alias.name if alias.asname else first
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                yield alias.asname or alias.name, f"{node.module}.{alias.name}"


def extracted(text: str, *wanted: str, models: Sequence[LibraryModel] = ()) -> ModuleFacts:
    """The facts of a text; of every function and of module-level code when none is named."""
    text = textwrap.dedent(text).lstrip("\n")
    index = index_of(text)
    names = frozenset(wanted) or frozenset(["<module>", *(f.qualname for f in index.functions)])
    return extract_module(text, index, names, models)


def function(text: str, qualname: str = "f", *, models: Sequence[LibraryModel] = ()) -> FunctionFacts:
    """The facts of one function of a text."""
    return next(f for f in extracted(text, models=models).functions if f.qualname == qualname)


def body(code: str, parameters: str = "x, y, ctx, user", head: str = "") -> FunctionFacts:
    """The facts of an async function with this body."""
    inside = textwrap.indent(textwrap.dedent(code).strip("\n"), "    ")
    return function(f"{head}\nasync def f({parameters}):\n{inside}\n")


def flow(facts: FunctionFacts) -> str:
    """The control flow of a function, one step a line."""
    return "\n".join(_lines(facts, facts.body, ""))


def call_text(site: CallSite) -> str:
    """A call as one line: what is called, and how."""
    notes = [note for note, holds in (("awaited", site.awaited), (site.concurrent, site.concurrent), ("indirect", site.indirect)) if holds]
    notes.extend(effect.kind.value for effect in site.effects)
    target = f"{site.target} = " if site.target else ""
    suffix = f" [{', '.join(notes)}]" if notes else ""
    return f"{target}{show(Invoke(site.func, site.args, site.kwargs), 200)}{suffix}"


def _conditions(conditions: tuple[Condition, ...]) -> str:
    return ", ".join(f"{'' if one.holds else 'not '}{show(one.term, 200)}" for one in conditions) or "-"


def _lines(facts: FunctionFacts, block: Block, indent: str) -> Iterator[str]:
    for step in block:
        if isinstance(step, Do):
            yield indent + call_text(facts.calls[step.site])
        elif isinstance(step, Store):
            yield f"{indent}store {show(step.target, 200)} = {show(step.value, 200)}"
        elif isinstance(step, Assume):
            yield f"{indent}assume {_conditions(step.conditions)}"
        elif isinstance(step, Exit):
            yield f"{indent}{step.kind}{'' if step.value is None else ' ' + show(step.value, 200)}"
        else:
            yield from _nested(facts, step, indent)


def _nested(facts: FunctionFacts, step: Step, indent: str) -> Iterator[str]:
    parts: list[tuple[str, Block]] = []
    if isinstance(step, Choice):
        parts = [(f"when {_conditions(arm.conditions)}:", arm.body) for arm in step.arms]
    elif isinstance(step, Loop):
        parts = [(f"loop {step.number} {step.kind}:", step.body), ("else:", step.orelse)]
    elif isinstance(step, Try):
        parts = [("try:", step.body), *(("except:", one) for one in step.handlers), ("else:", step.orelse), ("finally:", step.final)]
    elif isinstance(step, Within):
        parts = [(f"within {step.scope.kind.value}:", step.body)]
    for position, (title, inner) in enumerate(parts):
        if inner or position == 0 or title.startswith(("when", "except")):
            yield indent + title
            yield from _lines(facts, inner, indent + "  ")
