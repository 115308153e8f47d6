"""The coarse index of one file: names only, no judgement. Made by the index stage for every file of the project."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from operator import attrgetter

from session_lint.facts.flow import Flow
from session_lint.facts.imprint import imprint
from session_lint.facts.packed import Packed
from session_lint.facts.terms import Term


@dataclass(frozen=True, slots=True)
class Parameter(Packed):
    """One parameter. `kind`: "pos" (positional only), "any", "kw" (keyword only), "args", "kwargs"."""

    name: str
    kind: str = "any"
    annotation: Term | None = None  # names resolved as in Ref; Optional[X], X | None and Annotated[X, ...] reduced to X
    default: Term | None = None  # None: no default, the argument is required
    optional: bool = False  # annotated as possibly None
    injected: Term | None = None  # what a framework is told to call for it: `f` of `Depends(f)`, as default or in `Annotated[X, ...]`


@dataclass(frozen=True, slots=True)
class FunctionIndex(Packed):
    """One function or method, nested ones included.

    `calls` are the last components of every called name, with arguments that are plain names or attributes added (a
    function handed to `submit` or `partial` is called too). `words` are the prefilter words found in its own text.
    """

    qualname: str  # within the module: "Class.method", "outer.inner"
    name: str
    parameters: tuple[Parameter, ...]
    returns: Term | None
    decorators: tuple[Term, ...]
    is_async: bool
    is_generator: bool
    owner: str | None  # qualname of the class a method belongs to
    first_line: int  # first decorator or `def`, 1-based
    body_line: int  # first line of the body
    last_line: int
    calls: frozenset[str]
    words: frozenset[str]
    reads: frozenset[str] = frozenset()  # attribute names read without a call: one of them may be a property
    repeated: frozenset[str] = frozenset()  # names of `calls` and `reads` that occur twice, or in a loop or comprehension
    # `calls` and `reads` as written: "load" alone; "orders.load" on a name of the module, "self.load" on self, cls or super();
    # ":user.load" on a local, ".user.load" on an attribute, ".load" on the result of a call or an index. With "(" when called. Sorted.
    said: tuple[str, ...] = ()
    returns_value: bool = True  # there is a `return` or `yield` with a value
    stub: bool = False  # the body ends in `raise NotImplementedError` or `...`
    result: Term | None = None  # what it returns, where it does nothing else: `return user.id`
    flow: Flow | None = None  # nobody wrote it: a framework makes these calls
    forwards: bool = False  # it only gives what one call gives: `return newest(user)`
    spread: frozenset[str] = frozenset()  # parameters whose entries it hands on by name: `get_or_create(**key)`
    guards: frozenset[str] = frozenset()  # names in the heads of its `with` blocks and of its handlers of exceptions


ABOVE = "super().__init__"  # in ClassIndex.instance: what the constructor hands to that of the class above


@dataclass(frozen=True, slots=True)
class ClassIndex(Packed):
    """One class: its bases as written (resolved through imports), its methods, what its attributes hold."""

    qualname: str
    bases: tuple[Term, ...]
    methods: tuple[str, ...]
    attributes: tuple[tuple[str, Term], ...]  # class body: `x = Service()`, or Op("annotation", ...) for `x: Service`
    # `self.x = value`: (attribute, method name, value; Param for parameters). `self.x: T = value` has a second entry.
    instance: tuple[tuple[str, str, Term], ...]
    decorators: tuple[Term, ...] = ()
    # `name: Mapped[str] = mapped_column(unique=True)`: the calls that `attributes` does not show behind the annotation
    fields: tuple[tuple[str, Term], ...] = ()
    row: int = 0  # of its name, 1-based


@dataclass(frozen=True, slots=True)
class ModuleIndex(Packed):
    """What one file defines, calls and imports."""

    path: str
    module: str  # dotted module name from the source root; "pkg" for pkg/__init__.py
    is_package: bool
    # Local name -> absolute dotted target, at module level. `import a.b` gives ("a", "a") and ("a.b", "a.b").
    imports: tuple[tuple[str, str], ...]
    star_imports: tuple[str, ...]
    inner_imports: tuple[str, ...]  # dotted targets imported inside functions
    functions: tuple[FunctionIndex, ...]
    classes: tuple[ClassIndex, ...]
    # Module-level assignments of names, in source order, also those made with `global` in a function. A name annotated
    # without a telling value (`_service: Service | None = None`) is Invoke(annotation): an instance of it. An item
    # assignment `HANDLERS["x"] = f` is ("HANDLERS", Mapping of that one entry).
    variables: tuple[tuple[str, Term], ...]
    # `Class.name = value`, wherever it stands: (full name of the class, name, value).
    stores: tuple[tuple[str, str, Term], ...] = ()
    words: frozenset[str] = field(default_factory=frozenset)  # prefilter words of module-level code
    calls: frozenset[str] = field(default_factory=frozenset)  # names called by module-level code
    reads: frozenset[str] = frozenset()  # as in FunctionIndex, of module-level code
    repeated: frozenset[str] = frozenset()
    said: tuple[str, ...] = ()
    # Of a name imported in several places: the target in `imports`, another one (`except ImportError: from slow import x`).
    alternatives: tuple[tuple[str, str], ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()  # what first names of imports mean, where several modules have them
    # The imprint of all but lines; "" when there is none. What rests on names alone is as it was while this is.
    shape: str = field(default="", compare=False, repr=False)

    @property
    def targets(self) -> frozenset[str]:
        """All that is imported, anywhere in the file, as dotted names."""
        return frozenset([*[target for _, target in self.imports], *self.inner_imports, *self.star_imports])


_LINES = {"first_line", "body_line", "last_line", "flow"}
_functions = attrgetter(*[one.name for one in fields(FunctionIndex) if one.name not in _LINES])
_class = attrgetter(*[one.name for one in fields(ClassIndex) if one.name != "row"])
_module = attrgetter(*[one.name for one in fields(ModuleIndex) if one.name not in {"functions", "classes", "shape"}])


def shaped(index: ModuleIndex) -> ModuleIndex:
    """The index with its shape."""
    functions = tuple([_ordered(_functions(function)) for function in index.functions])
    classes = tuple([_class(one) for one in index.classes])
    return replace(index, shape=imprint((_ordered(_module(index)), classes, functions)))


def _ordered(values: tuple[object, ...]) -> tuple[object, ...]:
    return tuple([tuple(sorted(value)) if isinstance(value, frozenset) else value for value in values])
