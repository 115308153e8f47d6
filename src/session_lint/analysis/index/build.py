"""From the bytes of one file to its ModuleIndex."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Protocol

from session_lint.analysis.index.expressions import annotation, to_term
from session_lint.analysis.index.forwarding import forwards
from session_lint.analysis.index.names import BUILTINS, NOTHING, Mentions, has_repetition, mentions, statements
from session_lint.analysis.index.parameters import parameters
from session_lint.analysis.index.parsing import notice, parse
from session_lint.analysis.index.scopes import ClassRecord, FunctionRecord, Scope
from session_lint.analysis.index.starred import brought
from session_lint.analysis.index.walk import Walk
from session_lint.facts.finding import Notice
from session_lint.facts.module_index import ClassIndex, FunctionIndex, ModuleIndex, shaped
from session_lint.facts.terms import Const, Invoke, Mapping, Op, Ref, Term, Unknown, walk
from session_lint.project.module_names import Renamed
from session_lint.project.source import decode


class Finder(Protocol):
    """What the index needs of the prefilter."""

    def find(self, data: bytes) -> frozenset[str]:
        """The prefilter words that occur in the bytes."""


def build_index(
    path: str,
    module: str,
    is_package: bool,  # noqa: FBT001
    data: bytes,
    words: Finder,
    *,
    kept: bool = True,
    renamed: Renamed = (),
) -> ModuleIndex | Notice:
    """The index of one file, or a Notice that says why there is none. No exception of the file's making escapes. `kept`: with its shape.
    `renamed`: what first names of imports mean in it."""
    try:
        text, encoding = decode(data)
    except (SyntaxError, UnicodeError, LookupError) as error:
        return Notice(path, f"cannot be decoded: {error}", 1)
    try:
        found = words.find(data if encoding in ("utf-8", "ascii") else text.encode("utf-8", "replace"))
        tree, text = parse(text)
        builder = _Builder(path, Walk(module, text.split("\n"), is_package=is_package, renamed=renamed), found)
        index = builder.build(tree)
        builder.walk.forget()
        return shaped(index) if kept else index
    except (SyntaxError, RecursionError, MemoryError, ValueError) as error:
        return notice(path, error)


class _Builder:
    """Turns the records of the walk into the index."""

    def __init__(self, path: str, walk: Walk, words: frozenset[str]) -> None:
        self.path = path
        self.lines = walk.lines
        self.words = sorted(words)
        self.walk = walk
        self.aliases: dict[str, str] = {}
        self.intern: dict[str, str] = {}

    def build(self, tree: ast.Module) -> ModuleIndex:
        walk = self.walk
        walk.run(tree)
        for name, target in brought(tree, walk.star_imports, walk.imports) if walk.star_imports else ():
            walk.imports[name] = walk.top.imports[name] = target
        self.aliases = _renamed([walk.imports, *[r.scope.imports for r in walk.functions if r.scope.imports]])
        last = len(self.lines)
        found, words = self._own_text(walk.top, 1, last)
        return ModuleIndex(
            path=self.path,
            module=walk.module,
            is_package=walk.is_package,
            imports=tuple(walk.imports.items()),
            alternatives=tuple(walk.alternatives),
            star_imports=tuple(walk.star_imports),
            inner_imports=tuple(walk.inner_imports),
            functions=tuple([self._function(record) for record in walk.functions]),
            classes=tuple([_class(record) for record in walk.classes]),
            variables=tuple(self._variables()),
            stores=tuple(self._stores()),
            words=words,
            calls=found.calls,
            reads=found.reads,
            repeated=found.repeated,
            said=found.said,
            renamed=walk.renamed,
        )

    def _stores(self) -> Iterator[tuple[str, str, Term]]:
        for owner, name, value, scope in self.walk.stores:
            cls, term = scope.lookup(owner.id), to_term(value, scope.lookup)
            if isinstance(cls, Ref) and isinstance(term, (Invoke, Ref)):
                yield cls.name, name, term

    def _function(self, record: FunctionRecord) -> FunctionIndex:
        node, scope = record.node, record.scope
        outer = scope.parent or scope
        body = node.body
        first = body[0]
        # the docstring is no code: start behind it, unless something else shares its last line
        end = first.end_lineno or first.lineno
        documented = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and len(body) > 1 and body[1].lineno > end
        start = end + 1 if documented else first.lineno
        last = node.end_lineno or node.lineno
        found, words = self._own_text(scope, start, last)
        extra = _signature_names(node)
        return FunctionIndex(
            qualname=scope.qualname,
            name=node.name,
            parameters=parameters(node.args, outer),
            returns=annotation(node.returns, outer.lookup)[0] if node.returns is not None else None,
            decorators=tuple([to_term(d, outer.lookup) for d in node.decorator_list]),
            is_async=isinstance(node, ast.AsyncFunctionDef),
            is_generator=found.is_generator,
            returns_value=found.returns_value,
            owner=record.owner,
            first_line=record.first_line,
            body_line=first.lineno,
            last_line=last,
            calls=found.calls | {form.rpartition(".")[2] for form in extra} if extra else found.calls,
            stub=_is_stub(body[-1]),
            words=words,
            reads=found.reads,
            repeated=found.repeated,
            said=tuple(sorted({*found.said, *extra})) if extra else found.said,
            result=_result(body[1:] if documented else body, scope),
            forwards=forwards(body[1:] if documented else body, scope.parameters),
            spread=found.spread & scope.parameters if found.spread else NOTHING,
            guards=frozenset(sorted(scope.guards)) if scope.guards else NOTHING,
        )

    def _own_text(self, scope: Scope, first: int, last: int) -> tuple[Mentions, frozenset[str]]:
        """What the lines first..last mention, without the functions nested in them."""
        text = self._slice(first, last, scope.holes)
        loops = [self._slice(a, b, scope.holes) for a, b in scope.loops]
        if has_repetition(text):
            loops += [part for a, b in scope.statements if has_repetition(part := self._slice(a, b, scope.holes))]
        local = (scope.parameters | scope.bound.keys()) - scope.outer_names if scope.parent is not None else frozenset[str]()
        found = mentions(text, loops, local, self.aliases, self.intern, scope.captured)
        words = NOTHING
        if self.words:
            low = text.lower()
            words = frozenset([w for w in self.words if w in low]) or NOTHING
            if words and ("'" in text or '"' in text):
                words |= statements(text)
        return found, words

    def _slice(self, first: int, last: int, holes: list[tuple[int, int]]) -> str:
        """The lines first..last without those in the holes (which are in order)."""
        lines = self.lines
        pieces: list[str] = []
        for a, b in holes:
            if b < first:
                continue
            if a > last:
                break
            pieces += lines[first - 1 : a - 1]
            first = b + 1
        pieces += lines[first - 1 : last]
        return "\n".join(pieces) + "\n"

    def _variables(self) -> list[tuple[str, Term]]:
        out: list[tuple[str, Term]] = []
        known = {name for name, key, _, _, _ in self.walk.variables if key is None}
        for name, key, value, note, scope in self.walk.variables:
            if key is None:
                out.append((name, _variable(value, note, scope)))
            elif name in known or (name.isupper() and self.walk.star_imports):  # of settings that are split over files
                out.append((name, Mapping(((to_term(key, scope.lookup), to_term(value, scope.lookup)),))))
        return out


def _is_stub(last: ast.stmt) -> bool:
    """`raise NotImplementedError` or `...` at the end: somebody else is to say what the function does."""
    if isinstance(last, ast.Expr):
        return isinstance(last.value, ast.Constant) and last.value.value is ...
    raised = last.exc if isinstance(last, ast.Raise) else None
    raised = raised.func if isinstance(raised, ast.Call) else raised
    return isinstance(raised, ast.Name) and raised.id == "NotImplementedError"


def _variable(value: ast.expr | None, note: ast.expr | None, scope: Scope) -> Term:
    term = to_term(value, scope.lookup)
    if note is not None and (value is None or term == Const(None) or isinstance(term, Unknown)):
        kind = annotation(note, scope.lookup)[0]
        if kind is not None and not isinstance(kind, (Unknown, Const)):
            return Invoke(kind)
    return term


def _class(record: ClassRecord) -> ClassIndex:
    node, scope = record.node, record.scope
    outer = scope.parent or scope
    attributes: list[tuple[str, Term]] = []
    for name, value, note in record.attributes:
        attributes.append((name, _annotated(note, scope) if note is not None else to_term(value, scope.lookup)))
    instance: list[tuple[str, str, Term]] = []
    for name, method, inside, value, note in record.instance:
        if value is not None or note is None:
            instance.append((name, method, to_term(value, inside.in_method)))
        if note is not None:
            instance.append((name, method, _annotated(note, inside)))
    return ClassIndex(
        qualname=scope.qualname,
        bases=tuple([to_term(b, outer.lookup) for b in node.bases]),
        methods=tuple(dict.fromkeys(record.methods)),
        attributes=tuple(attributes),
        instance=tuple(dict.fromkeys(instance)),
        decorators=tuple([to_term(d, outer.lookup) for d in node.decorator_list]),
        fields=tuple(
            [(name, to_term(value, scope.lookup)) for name, value, note in record.attributes if note and isinstance(value, ast.Call)]
        ),
        row=node.lineno,
    )


def _annotated(note: ast.expr, scope: Scope) -> Term:
    return Op("annotation", (annotation(note, scope.lookup)[0] or Unknown("annotation", 0),))


_LINES = 3  # statements of a function of which the value is noted
_ACCESSORS = frozenset({"setter", "getter", "deleter"})  # `@client.setter` says the property itself


def _signature_names(node: ast.FunctionDef | ast.AsyncFunctionDef) -> frozenset[str]:
    """Names in decorators, defaults and `Annotated[...]`, as written: what wraps the function, and what FastAPI calls for it."""
    arguments = node.args
    roots: list[ast.expr] = [d for d in node.decorator_list if not (isinstance(d, ast.Attribute) and d.attr in _ACCESSORS)]
    roots += [d for d in (*arguments.defaults, *arguments.kw_defaults) if d is not None and not isinstance(d, ast.Constant)]
    for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
        note = argument.annotation
        if isinstance(note, ast.Subscript) and isinstance(note.slice, ast.Tuple):  # what else it names stands in Parameter.annotation
            roots += [part for part in note.slice.elts[1:] if isinstance(part, (ast.Call, ast.Name, ast.Attribute))]
    return frozenset(_names_in(roots)) if roots else frozenset()


def _names_in(roots: list[ast.expr]) -> list[str]:
    names: list[str] = []
    for root in roots:
        for part in ast.walk(root) if not isinstance(root, ast.Name) else (root,):
            if isinstance(part, ast.Name):
                if part.id not in BUILTINS:
                    names.append(part.id)
            elif isinstance(part, ast.Attribute):
                base = part.value
                on = base.id if isinstance(base, ast.Name) else f".{base.attr}" if isinstance(base, ast.Attribute) else ""
                names.append(f"{on}.{part.attr}")
    return names


def _result(body: list[ast.stmt], scope: Scope) -> Term | None:
    """What a function returns that gives names to values and does nothing else."""
    *before, last = body[-_LINES:] if len(body) <= _LINES else [ast.Pass()]
    if not isinstance(last, ast.Return) or last.value is None or any(not _names_value(one) for one in before):
        return None
    if any(isinstance(node, ast.keyword) and node.arg is None for node in ast.walk(last.value)):  # `**options` would be lost
        return None
    term = to_term(last.value, scope.from_around)
    return None if any(isinstance(part, Unknown) for part in walk(term)) else term


def _names_value(node: ast.stmt) -> bool:
    """Whether a statement does no more than that, as an import does; a nested function does nothing where it stands."""
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return True
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return not node.decorator_list
    return isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name)


def _renamed(imports: list[dict[str, str]]) -> dict[str, str]:
    """Local name -> real last component, where `as` made them differ."""
    return {
        name: last for names in imports for name, target in names.items() if "." not in name and (last := target.rsplit(".", 1)[-1]) != name
    }
