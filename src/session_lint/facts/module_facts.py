"""The precise facts of one file: structured control flow with call sites as leaves. Made by the extract stage."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from session_lint.facts.effects import Effect, Scope
from session_lint.facts.location import Span
from session_lint.facts.noted import Noted
from session_lint.facts.packed import Packed
from session_lint.facts.terms import Term


@dataclass(frozen=True, slots=True)
class Condition(Noted):
    """A test that held on the way: `term` was present (truthy, not None) when `holds`, absent when not.

    `x is None` and `not x` are Condition(x, False); a comparison is an Op term.
    """

    term: Term
    holds: bool


@dataclass(frozen=True, slots=True)
class CallSite(Packed):
    """One call in a function.

    `func` is the callee's term; `span` covers the whole call, `name_span` the called name (where a finding stands).
    `concurrent` is how the call is run when not in sequence: "gather", "task", "thread", "queue" (by
    another process, later), "" otherwise. `target` is the
    source text the result is bound to (`session`, `self.session`, `session, created`), "" when it is not. `indirect`
    marks a call made on the user's behalf: a callable handed to an executor, a FastAPI dependency, a partial; `injected`
    one of a dependency, which a framework calls before the function, once in a request.
    """

    index: int
    func: Term
    args: tuple[Term, ...]
    kwargs: tuple[tuple[str, Term], ...]
    spread: bool  # has *args or **kwargs
    span: Span
    name_span: Span
    awaited: bool
    concurrent: str
    target: str
    indirect: bool
    effects: tuple[Effect, ...]
    loops: tuple[int, ...]  # numbers of the loops around it, outermost first
    text: str = ""  # as it is written, shortened; "" where the call is not what stands there
    injected: bool = False


@dataclass(frozen=True, slots=True)
class Do(Packed):
    """A call happens; `site` indexes FunctionFacts.calls."""

    site: int


@dataclass(frozen=True, slots=True)
class Store(Packed):
    """A value is kept beyond the local scope: `self._x = v`, `ctx.session_id = v`, `CACHE[k] = v`."""

    target: Term
    value: Term


@dataclass(frozen=True, slots=True)
class Arm(Packed):
    """One way through a Choice, with the tests that lead to it."""

    conditions: tuple[Condition, ...]
    body: Block


@dataclass(frozen=True, slots=True)
class Choice(Packed):
    """Exactly one arm is taken (if, match, ternary, and/or). A missing else is an empty arm."""

    arms: tuple[Arm, ...]


@dataclass(frozen=True, slots=True)
class Loop(Packed):
    """`kind`: "for", "while", "endless" (`while True`), "comprehension". `number` is unique in the function.
    `source` is what it runs over."""

    number: int
    kind: str
    body: Block
    orelse: Block
    source: Term | None = None


@dataclass(frozen=True, slots=True)
class Try(Packed):
    """A handler starts from the state before the body: what the body obtained is taken as ended.

    `caught`: of each handler, the last names of the exceptions that it is for; none where it is for all of them.
    """

    body: Block
    handlers: tuple[Block, ...]
    orelse: Block
    final: Block
    caught: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Pause(Packed):
    """A `yield`: a generator waits here. In one that is a context manager the `with` block runs here."""

    value: Term | None


@dataclass(frozen=True, slots=True)
class Within(Packed):
    """A `with` block."""

    scope: Scope
    body: Block


@dataclass(frozen=True, slots=True)
class Assume(Packed):
    """What must hold for the rest of the block, after `if not x: return` and asserts."""

    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Exit(Packed):
    """`kind`: "return", "raise", "break", "continue". `value` is what is returned or yielded."""

    kind: str
    value: Term | None


Step: TypeAlias = Do | Store | Choice | Loop | Try | Within | Assume | Exit | Pause
Block: TypeAlias = tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class FunctionFacts(Packed):
    """The facts of one selected function. The signature is in its FunctionIndex. "<module>" is module-level code."""

    qualname: str
    calls: tuple[CallSite, ...]
    body: Block
    returns: tuple[Term, ...]  # every returned or yielded value
    scopes: tuple[Scope, ...]  # transactions opened by decorators
    name_span: Span
    parameters: tuple[str, ...] = ()  # of a lambda, which has no FunctionIndex
    # What names stand for at the end, where a function inside may read them. Of module-level code: its variables.
    names: tuple[tuple[str, Term], ...] = ()
    # The same at each call of a function that is defined inside, by call site: what it captures may be bound anew later.
    moments: tuple[tuple[int, tuple[tuple[str, Term], ...]], ...] = ()
    hints: tuple[tuple[Term, Term], ...] = ()  # a term and the annotation or class it is said to have
    joined: tuple[int, ...] = ()  # call sites whose result is awaited afterwards: `task = start()`, then `await task`
    started: tuple[
        tuple[str, str], ...
    ] = ()  # parameters that are coroutines and run concurrently, with how; variables of the function around, too


@dataclass(frozen=True, slots=True)
class ModuleFacts(Packed):
    """The facts of one file."""

    path: str
    functions: tuple[FunctionFacts, ...]
    imprint: str = field(default="", compare=False, repr=False)  # of what is said here and of the lines it is found by; "": none
