"""The entry of the extract stage: one file's selected functions as facts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import libcst as cst

from session_lint.analysis.cst.names import bound_names
from session_lint.analysis.cst.parse import ExtractError, deep, parse
from session_lint.analysis.cst.spans import Spans
from session_lint.analysis.extract.effects import Effects
from session_lint.analysis.extract.functions import extract_function, extract_module_code, nested_in, parameters_of
from session_lint.analysis.extract.reduce import reduced, without_gaps
from session_lint.analysis.extract.state import MODULE, Enclosing, ModuleScope, ReadAs, State
from session_lint.clients.library_model import LibraryModel
from session_lint.facts.imprint import imprint
from session_lint.facts.module_facts import FunctionFacts, ModuleFacts
from session_lint.facts.module_index import FunctionIndex, ModuleIndex
from session_lint.facts.terms import Term


def extract_module(
    text: str,
    index: ModuleIndex,
    wanted: frozenset[str],
    models: Sequence[LibraryModel],
    read: ReadAs | None = None,
    *,
    kept: bool = True,
) -> ModuleFacts:
    """The facts of the functions named in `wanted`, by qualname; "<module>" is module-level code.

    `read`: what is known of other files. `kept`: with imprint. Raises ExtractError when the text cannot be parsed or is nested too deeply.
    Nothing of the analysed code is run.
    """
    text = text.removeprefix("\ufeff")
    tree, parsed, rows = _parse(text, index, wanted)
    module = ModuleScope(index, text, Spans(tree, parsed, rows), Effects(models, index), read or ReadAs())
    facts: list[FunctionFacts] = []
    with deep():
        if MODULE in wanted:
            facts.extend(extract_module_code(module, tree))
        for node, function, enclosing in _functions(module, tree):
            if function.qualname in wanted:
                facts.extend(extract_function(module, node, function.qualname, enclosing))
    return ModuleFacts(index.path, tuple(facts), imprint((tuple(facts), _lines(index))) if kept else "")


def _lines(index: ModuleIndex) -> tuple[tuple[str, int, int], ...]:
    """The lines of functions that share a name, by which they are told apart."""
    count = Counter(function.qualname for function in index.functions)
    return tuple([(f.qualname, f.first_line, f.last_line) for f in index.functions if count[f.qualname] > 1])


def _parse(text: str, index: ModuleIndex, wanted: frozenset[str]) -> tuple[cst.Module, str, tuple[int, ...]]:
    """The tree, the text it was parsed from, and which row of the file each of its rows is; none where they are the same."""
    smaller = reduced(text, index.functions, wanted, module_code=MODULE in wanted)
    if smaller != text:
        smallest, rows = without_gaps(smaller, text)
        try:
            return parse(smallest), smallest, rows
        except ExtractError:  # an odd layout; the whole text decides
            pass
    return parse(text), text, ()


def _functions(module: ModuleScope, tree: cst.Module) -> Iterator[tuple[cst.FunctionDef, FunctionIndex, Enclosing]]:
    """The function definitions of a tree with their index entries, in source order."""
    by_name: dict[str, list[FunctionIndex]] = {}
    for function in module.index.functions:
        by_name.setdefault(function.name, []).append(function)
    nesting = {function.qualname.rpartition(".")[0] for function in module.index.functions}
    stack: list[tuple[cst.CSTNode, Enclosing]] = [(node, ()) for node in reversed(tree.body)]
    while stack:
        node, enclosing = stack.pop()
        if type(node) is cst.FunctionDef:
            span = module.spans.defined(node)
            met = [f for f in by_name.get(node.name.value, ()) if span is not None and f.first_line <= span.row <= f.last_line]
            if met:
                function = max(met, key=lambda f: f.first_line)
                yield node, function, enclosing
                if any(name == function.qualname or name.startswith(function.qualname + ".") for name in nesting):
                    around = (function.qualname, _bound(module, node, function.qualname), _imported(module, node, function.qualname))
                    enclosing = (around, *enclosing)
        fields = _BLOCKS.get(type(node))
        if fields is not None:
            stack.extend((inner, enclosing) for inner in reversed(_blocks(node, fields)))


def _bound(module: ModuleScope, node: cst.FunctionDef, qualname: str) -> frozenset[str]:
    names, _ = bound_names(node.body, walrus=module.walrus)
    nested = (function.name for function in nested_in(module.index, qualname))
    return names.union(nested, (parameter.name.value for parameter in parameters_of(node.params)))


def _imported(module: ModuleScope, node: cst.FunctionDef, qualname: str) -> dict[str, Term]:
    """What a function imports at the top of its body, for the functions nested in it."""
    state = State(module, qualname)
    for line in node.body.body:
        for small in line.body if isinstance(line, cst.SimpleStatementLine) else ():
            if isinstance(small, (cst.Import, cst.ImportFrom)):
                state.run(small)
    return dict(state.env.names)


def _blocks(node: cst.CSTNode, fields: tuple[str, ...]) -> list[cst.CSTNode]:
    """The statements and blocks directly inside a statement."""
    found: list[cst.CSTNode] = []
    for name in fields:
        value = getattr(node, name)
        if value.__class__ is tuple or value.__class__ is list:
            found.extend(value)
        elif value is not None:
            found.append(value)
    return found


_ALL = ("body", "handlers", "orelse", "finalbody")
_BLOCKS: dict[type[cst.CSTNode], tuple[str, ...]] = {
    cst.If: ("body", "orelse"),
    cst.For: ("body", "orelse"),
    cst.While: ("body", "orelse"),
    cst.Try: _ALL,
    cst.TryStar: _ALL,
    cst.Match: ("cases",),
    **dict.fromkeys((cst.IndentedBlock, cst.FunctionDef, cst.ClassDef, cst.With, cst.MatchCase), ("body",)),
    **dict.fromkeys((cst.Else, cst.Finally, cst.ExceptHandler, cst.ExceptStarHandler), ("body",)),
}
