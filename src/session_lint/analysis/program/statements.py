"""Statements that do not stand in the code: a text read from a file of the project, a named block of one, a method that runs a block.

Which text it is, is known by the path where that can be told, else by the name that is looked up: in a table, an attribute or a loader
that a Python file fills which refers to files of statements. A name that means several texts says nothing.
"""

from __future__ import annotations

import string
from collections.abc import Iterable, Iterator, Mapping

from session_lint.analysis.program.behind import Behind, Returned
from session_lint.analysis.program.clients import Clients, Library
from session_lint.analysis.program.file_paths import FilePaths, below, ends
from session_lint.analysis.program.inference import Inference
from session_lint.analysis.program.symbols import ClassSymbol, FunctionSymbol, SymbolTable, VariableSymbol
from session_lint.analysis.program.values import ClassValue, FunctionValue, InstanceValue, OutsideValue
from session_lint.facts.statement_file import NamedStatement, StatementFile
from session_lint.facts.terms import Attr, Const, Invoke, Item, Mapping as MappingTerm, Ref, Template, Term, dotted, strip

_DEPTH = 5
_LONGEST = 10_000  # characters of a text that is read as statements: a longer one fills tables with data
_READ = frozenset({"read_text", "read_bytes", "read"})
_FROM_PACKAGE = frozenset({"get_data", "read_text", "read_binary", "open_text", "open_binary", "resource_string"})
_TRIMMED = frozenset({"decode", "strip", "lstrip", "rstrip"})
_WRAPPED = frozenset({"dedent", "cleandoc", "str", "text", "SQL"})
_MANY = {"*!": "executemany", "#": "executescript"}
_CONNECTION = ("conn", "connection", "db")


class Statements:
    """Finds statements in files."""

    def __init__(
        self,
        files: Mapping[str, tuple[StatementFile, ...]],
        symbols: SymbolTable,
        inference: Inference,
        clients: Clients,
        returned: Returned,
    ) -> None:
        """`files`: those that a Python file refers to, by its path."""
        self._files = files
        self._all = tuple({file.path: file for found in files.values() for file in found}.values())
        self._symbols = symbols
        self._inference = inference
        self._clients = clients
        self._behind = Behind(symbols, inference, returned)
        self._paths = FilePaths(symbols, self._behind.step)
        self._blocks = frozenset(block.name for file in self._all for block in file.blocks)
        self.methods = self._blocks if clients.runs_statements else frozenset[str]()  # the names of those that run a block
        self._origins = {block.text: file.path for file in self._all for block in file.blocks}
        self._origins |= {file.text: file.path for file in self._all}

    @property
    def known(self) -> bool:
        """Whether there are any."""
        return bool(self._all)

    def origin(self, call: Invoke) -> str:
        """The file in which the text of a call stands, "" when it is in the code."""
        texts = (strip(arg) for arg in call.args[:2]) if self._all else ()
        return next((self._origins[arg.value] for arg in texts if isinstance(arg, Const) and arg.value in self._origins), "")

    # -- texts

    def text(self, full: str, term: Term) -> Const | Template | None:
        """The text of a file that a term of a function is, for certain."""
        if not self._all:
            return None
        inner = strip(term)
        if isinstance(inner, Invoke) and isinstance(inner.func, Attr) and inner.func.name == "format":
            template = self._text(inner.func.base, full, _DEPTH)
            return _filled_in(template, inner) if template is not None else None
        found = self._text(inner, full, _DEPTH)
        return Const(found) if found is not None and len(found) <= _LONGEST else None

    def _text(self, term: Term, scope: str, depth: int) -> str | None:
        inner = strip(term)
        if depth == 0 or not isinstance(inner, (Invoke, Item, Attr, Ref)):
            return None
        found = self._read(inner, scope, depth) if isinstance(inner, Invoke) else None
        if found is not None:
            return found
        if isinstance(inner, Attr) and inner.name == "sql" and isinstance(strip(inner.base), Attr):  # of a method of a library
            return self._text(inner.base, scope, depth - 1)
        held = list(self._behind.step(inner, scope))
        texts = {self._text(other, where, depth - 1) for other, where in held} - {None}
        if len(texts) == 1:
            return texts.pop()
        plain = any(isinstance(part := strip(other), (Const, Template)) and part != Const(None) for other, _ in held)
        return self._looked_up(inner, scope) if not texts and not plain else None

    def _read(self, call: Invoke, scope: str, depth: int) -> str | None:
        """What a call reads whose file is told by its path."""
        name = _last(call.func)
        if name in _FROM_PACKAGE and len(call.args) > 1:
            return self._file(self._paths.in_package(call.args[0], call.args[1:2], scope), scope)
        if name in _WRAPPED and call.args:
            return self._text(call.args[0], scope, depth - 1)
        if not isinstance(call.func, Attr):
            return None
        if name in _TRIMMED:
            return self._text(call.func.base, scope, depth - 1)
        if name not in _READ:
            return None
        opened = strip(call.func.base)
        if isinstance(opened, Invoke) and _last(opened.func) in _FROM_PACKAGE:
            return self._read(opened, scope, depth - 1)
        found = (self._file(self._paths.of(path, scope), scope) for path in _paths_of(opened))
        return next((text for text in found if text is not None), None)

    def _file(self, parts: tuple[str, ...] | None, scope: str) -> str | None:
        found = self._at(parts, scope)
        return found[0].text if len(found) == 1 and parts and ends(found[0].path, parts) else None

    def _at(self, parts: tuple[str, ...] | None, scope: str) -> list[StatementFile]:
        """The files that a path may mean: of several those beside the module that says it."""
        if not parts:
            return []
        found = [file for file in self._all if ends(file.path, parts)] or [file for file in self._all if below(file.path, parts)]
        index = self._symbols.modules.get(self._inference.module_of(scope))
        folder = index.path.rpartition("/")[0] if index is not None else ""
        near = [file for file in found if file.path.startswith(f"{folder}/" if folder else "")]
        return near or found

    # -- names

    def _looked_up(self, term: Term, scope: str) -> str | None:
        """What a name stands for in what was filled from files: `QUERIES["delete_lines"]`, `self.sql.delete_lines`, `load("cart")`."""
        match term:
            case Item(base, key) | Invoke(Attr(base, "get"), (key, *_)):
                return self._named(self._key(key), base, scope)
            case Attr(base, name) if name in self._blocks:
                return self._named(name, base, scope)
            case Invoke(func, args, kwargs) if self._is_own(func, scope):
                keys = [text for arg in (*args, *(value for _, value in kwargs)) if (text := self._key(arg))]
                ways = (".".join(keys[:2]), *keys)  # `load("carts", "drop_lines")`: the file, and the block
                return next((found for way in ways if (found := self._named(way, func, scope)) is not None), None)
        return None

    def _key(self, term: Term) -> str:
        """A text, or a constant of a module that is one; "" for anything else."""
        inner = strip(term)
        symbol = self._symbols.lookup(inner.name) if isinstance(inner, Ref) else None
        value = symbol.value if isinstance(symbol, VariableSymbol) else inner
        return value.value if isinstance(value, Const) and isinstance(value.value, str) else ""

    def _is_own(self, func: Term, scope: str) -> bool:
        return any(isinstance(value, FunctionValue) for value in self._inference.infer(func, scope))

    def _named(self, key: str, base: Term, scope: str) -> str | None:
        if not key:
            return None
        files = self._sources(base, scope) or ([file for file in self._all if file.path.endswith("/" + key)] if "." in key else [])
        texts = {text for file in files for text in file.texts(key)}
        return texts.pop() if len(texts) == 1 else None

    def _sources(self, base: Term, scope: str) -> Iterable[StatementFile]:
        """The files from which a table, an object or a function takes its statements: those that its making names, else all that the
        modules refer to in which it is made."""
        ways = list(self._behind.all(base, scope))
        for term, where in ways:
            exact = self._exact(term, where)
            if exact:
                return exact
        paths = {path for term, where in ways for path in self._homes(term, where)}
        return {file.path: file for path in sorted(paths) for file in self._files.get(path, ())}.values()

    def _exact(self, term: Term, scope: str) -> list[StatementFile]:
        """The files that the arguments of a call name."""
        args = (*term.args, *(value for _, value in term.kwargs)) if isinstance(term, Invoke) else ()
        return next((found for arg in args if (found := self._at(self._paths.of(arg, scope), scope))), [])

    def _homes(self, term: Term, scope: str) -> Iterator[str]:
        """The Python files in which a term is defined."""
        start = term.func if isinstance(term, Invoke) else term
        symbol = self._symbols.lookup(name) if (name := dotted(start) or "") and not name.startswith("self.") else None
        if isinstance(symbol, (FunctionSymbol, ClassSymbol)):
            yield symbol.path
        elif isinstance(symbol, VariableSymbol) and not _is_filled(symbol.value):
            yield self._symbols.modules[symbol.module].path
        if isinstance(start, Attr):
            for value in self._inference.infer(start.base, scope):
                if isinstance(value, (InstanceValue, ClassValue)):
                    yield from self._homes_of_member(value.full, start.name)

    def _homes_of_member(self, cls: str, name: str) -> Iterator[str]:
        method = self._symbols.method(cls, name)
        if method is not None:
            yield method.path
        yield from (self._symbols.classes[owner].path for owner, _, term in self._symbols.attribute(cls, name) if not _is_filled(term))

    # -- methods that run a statement

    def run(self, full: str, call: Invoke) -> tuple[Invoke, str]:
        """A call of a method that a library makes of a statement, as the call that runs its text, and the driver that the library was
        told of; any other call as it is."""
        func = strip(call.func)
        if not isinstance(func, Attr) or func.name not in self.methods:
            return call, ""
        made = next(iter(self._libraries(func.base, full)), None)
        block = self._block(func, full) if made is not None else None
        if made is None or block is None:
            return call, ""
        library, driver = made
        found = _running(call, block, func.base, handed=library.handed)
        return (found, driver) if found is not None else (call, "")

    def _libraries(self, base: Term, scope: str) -> Iterator[tuple[Library, str]]:
        for term, where in self._behind.all(base, scope):
            names = [value.full for value in self._inference.infer(term, where) if isinstance(value, OutsideValue)]
            if isinstance(term, Invoke):
                names.append(f"{dotted(term.func) or ''}()")
            for name in names:
                library = self._clients.library(name)
                if library is not None:
                    yield library, _driver(term)

    def _block(self, func: Attr, scope: str) -> NamedStatement | None:
        for files in (self._sources(func.base, scope), self._all):
            found = {block for file in files for block in file.blocks if block.name == func.name}
            if len(found) == 1:
                return found.pop()
        return None


def _paths_of(term: Term) -> tuple[Term, ...]:
    """What may be the path of what is read: of `path.read_text()` it is `path`, of `open(path)`, `app.open_resource(path)` the argument,
    of `path.open()` what is opened."""
    inner = strip(term)
    if not isinstance(inner, Invoke) or not _last(inner.func).startswith("open"):
        return (inner,)
    base = (inner.func.base,) if isinstance(inner.func, Attr) else ()
    return (*inner.args[:1], *base)


def _last(func: Term) -> str:
    inner = strip(func)
    return inner.name if isinstance(inner, Attr) else (dotted(inner) or "").rpartition(".")[2]


def _driver(term: Term) -> str:
    """The driver that a library is told of: `from_path("queries.sql", "asyncpg")`."""
    told = term.arg(1, "driver_adapter") if isinstance(term, Invoke) else None
    return told.value if isinstance(told, Const) and isinstance(told.value, str) and told.value.isidentifier() else ""


def _is_filled(term: Term) -> bool:
    """Whether all that a table has stands in the code."""
    return isinstance(term, Const) or (isinstance(term, MappingTerm) and bool(term.entries) and all(_plain(v) for _, v in term.entries))


def _plain(term: Term) -> bool:
    return isinstance(strip(term), Const)


def _filled_in(text: str, call: Invoke) -> Const | Template | None:
    """`text.format(table="lines")`."""
    parts: list[Term] = []
    try:
        for plain, field, _, _ in string.Formatter().parse(text):
            parts.append(Const(plain))
            if field is not None:
                value = call.kwarg(field) if not field.isdigit() else call.arg(int(field))
                if value is None:
                    return None
                parts.append(strip(value))
    except ValueError:  # braces of another meaning
        return None
    if all(isinstance(part, Const) for part in parts):
        return Const("".join(str(part.value) for part in parts if isinstance(part, Const)))
    return Template(tuple(parts))


def _running(call: Invoke, block: NamedStatement, receiver: Term, *, handed: bool) -> Invoke | None:
    args, kwargs = call.args, call.kwargs
    if handed and args:
        receiver, args = args[0], args[1:]
    elif handed:
        name = next((name for name, _ in kwargs if name in _CONNECTION), "")
        if not name:
            return None
        receiver = dict(kwargs)[name]
        kwargs = tuple((key, value) for key, value in kwargs if key != name)
    if len(args) == len(block.parameters) and block.operator != "*!" and not any(isinstance(strip(arg), MappingTerm) for arg in args):
        args, kwargs = (), (*zip(block.parameters, args, strict=True), *kwargs)
    return Invoke(Attr(receiver, _MANY.get(block.operator, "execute")), (Const(block.text), *args), kwargs, call.site)
