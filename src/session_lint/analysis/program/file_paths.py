"""Which file of the project a term is the path of, as far as its end is known: `Path(__file__).parent / "sql" / "cart.sql"`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias

from session_lint.analysis.program.symbols import SymbolTable
from session_lint.facts.terms import Attr, Const, Invoke, Item, Op, Ref, Template, Term, dotted, strip

# The last parts of a path, "/" before them where it is known from the root of the project on; None: its last part is not known.
Parts: TypeAlias = tuple[str, ...] | None
Held = Callable[[Term, str], Iterator[tuple[Term, str]]]  # what a variable, an attribute or a call stands for, and where that is read

_ROOT = "/"
_DEPTH = 10
_MADE = frozenset({"Path", "PurePath", "PosixPath", "PurePosixPath", "AsyncPath"})
_SAME_BASE = frozenset({"resolve", "absolute", "expanduser", "as_posix"})
_SAME_ARGUMENT = frozenset({"abspath", "realpath", "normpath", "fspath", "str", "as_file"})
_HOLE = "\0"


class FilePaths:
    """Reads terms as paths. `held` gives one step of what is known of a term."""

    def __init__(self, symbols: SymbolTable, held: Held) -> None:
        self._symbols = symbols
        self._held = held

    def of(self, term: Term, scope: str, depth: int = _DEPTH) -> Parts:
        """The path that a term of a function or module is."""
        inner = strip(term)
        if depth == 0:
            return None
        written = self._written(inner, scope, depth)
        if written is not None or isinstance(inner, (Const, Template, Op)):
            return written
        known = {path for other, where in self._held(inner, scope) if (path := self.of(other, where, depth - 1)) is not None}
        return known.pop() if len(known) == 1 else None

    def _written(self, term: Term, scope: str, depth: int) -> Parts:
        """The path that a term spells out."""
        match term:
            case Const(str() as text):
                return _parts(text)
            case Template(pieces) | Op("+", pieces):
                return self._text(pieces, scope, depth)
            case Op("/", operands):
                return self._joined(operands, scope, depth)
            case Ref(name) if name.endswith(".__file__"):
                return self._file(name.rpartition(".")[0])
            case Attr(base, "parent"):
                return _up(self.of(base, scope, depth - 1))
            case Item(Attr(base, "parents"), Const(int(number))):
                return _up(self.of(base, scope, depth - 1), number + 1)
        return self._called(term, scope, depth) if isinstance(term, Invoke) else None

    def in_package(self, package: Term, rest: Iterable[Term], scope: str) -> Parts:
        """The path of a file of a package: `files("app.sql")`, `get_data(__name__, "sql/cart.sql")`."""
        found = self._package(strip(package))
        for part in rest:
            found = _join(found, self.of(part, scope))
        return found

    def _package(self, term: Term) -> Parts:
        match term:
            case Const(str() as name):
                return tuple(name.split("."))
            case Ref(name) if name.rpartition(".")[2] in ("__name__", "__package__"):
                return _up(self._file(name.rpartition(".")[0]))
            case Ref() | Attr():
                name = dotted(term) or ""
                return _up(self._file(name)) or tuple(name.split("."))
        return ()

    def _file(self, module: str) -> Parts:
        index = self._symbols.modules.get(module)
        return (_ROOT, *index.path.split("/")) if index is not None else None

    def _called(self, call: Invoke, scope: str, depth: int) -> Parts:
        full = dotted(call.func) or ""
        name = call.func.name if isinstance(call.func, Attr) else full.rpartition(".")[2]
        first = call.args[:1]
        if name in _MADE or full.endswith("path.join"):
            return self._joined(call.args, scope, depth)
        if name == "files":
            return self.in_package(first[0], (), scope) if first else None
        if name in _SAME_ARGUMENT and first:
            return self.of(first[0], scope, depth - 1)
        if name == "dirname" and first:
            return _up(self.of(first[0], scope, depth - 1))
        return self._method(call.func, name, call.args, scope, depth) if isinstance(call.func, Attr) else None

    def _method(self, func: Attr, name: str, args: tuple[Term, ...], scope: str, depth: int) -> Parts:
        if name in _SAME_BASE:
            return self.of(func.base, scope, depth - 1)
        if name == "joinpath":
            return self._joined((func.base, *args), scope, depth)
        if name == "with_name" and args:
            return _join(_up(self.of(func.base, scope, depth - 1)), self.of(args[0], scope, depth - 1))
        if name == "with_suffix" and args and isinstance(args[0], Const):
            path = self.of(func.base, scope, depth - 1)
            return (*path[:-1], f"{path[-1].rpartition('.')[0] or path[-1]}{args[0].value}") if path else None
        return None

    def _joined(self, parts: Iterable[Term], scope: str, depth: int) -> Parts:
        found: Parts = None
        for part in parts:
            found = _join(found, self.of(part, scope, depth - 1))
        return found

    def _text(self, pieces: Iterable[Term], scope: str, depth: int) -> Parts:
        """A path that is put together as text: what is behind the last piece that is not known."""
        text = ""
        for piece in pieces:
            inner = strip(piece)
            if isinstance(inner, Const):
                text += str(inner.value)
                continue
            path = self.of(inner, scope, depth - 1)
            text += _HOLE if path is None else _HOLE + "/" + "/".join(path) if path[:1] != (_ROOT,) else "/".join(("", *path[1:]))
        whole = text.split("/")
        if _HOLE in whole[-1]:
            return None
        holes = [number for number, part in enumerate(whole) if _HOLE in part]
        return _parts("/".join(whole[holes[-1] + 1 :] if holes else whole))


def _parts(text: str) -> tuple[str, ...]:
    found: list[str] = []
    for part in text.replace("\\", "/").split("/"):
        if part == "..":
            del found[-1:]
        elif part not in ("", "."):
            found.append(part)
    return tuple(found)


def _join(left: Parts, right: Parts) -> Parts:
    if right is None or right[:1] == (_ROOT,):
        return right
    return (*(left or ()), *right)


def _up(path: Parts, times: int = 1) -> Parts:
    if path is None:
        return None
    anchored = path[:1] == (_ROOT,)
    kept = path[anchored:][:-times]
    return (_ROOT, *kept) if anchored else kept


def ends(path: str, parts: tuple[str, ...]) -> bool:
    """Whether a path of the project is the one of which these are the last parts."""
    if parts[:1] == (_ROOT,):
        return path == "/".join(parts[1:])
    return f"/{path}".endswith("/" + "/".join(parts))


def below(path: str, parts: tuple[str, ...]) -> bool:
    """Whether a path of the project is in the directory of which these are the last parts."""
    folder = path.rpartition("/")[0]
    while folder:
        if ends(folder, parts):
            return True
        folder = folder.rpartition("/")[0]
    return parts == (_ROOT,)
