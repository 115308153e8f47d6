"""Call sites: how a call is run, what is called on the user's behalf, its effects, its place."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar

import pytest

from analysis.extraction import body, call_text, extracted, flow, function
from session_lint.clients.library_model import FileContext, LibraryModel
from session_lint.facts.effects import Effect, EffectKind, Scope, ScopeKind
from session_lint.facts.location import Span
from session_lint.facts.module_facts import Within
from session_lint.facts.terms import Attr, Const, Invoke, Item, Param, Phi, Ref, Term

CASES = {
    "awaited and bound": ("s = await get(x)", ["s = get(x) [awaited]"]),
    "bound to an attribute": ("self.s = get(x)", ["self.s = get(x)"]),
    "bound to several names": ("(a, b) = get(x)", ["a, b = get(x)"]),
    "not bound itself": ("s = get(x).id", ["get(x)"]),
    "gather": (
        "a, b = await asyncio.gather(get(x), self.m(key(y)))\nuse(b)",
        [
            "get(x) [gather]",
            "key(y)",
            "self.m(key(y)) [gather]",
            "a, b = asyncio.gather(get(x), self.m(key(y))) [awaited]",
            "use(self.m(key(y)))",
        ],
    ),
    "gather of a comprehension": (
        "await asyncio.gather(*[get(i) for i in x])",
        ["get(each of x) [gather]", "asyncio.gather(…) [awaited]"],
    ),
    "gather of a list made before": (
        "todo = [get(x)]\nfor i in y: todo.append(get(i))\nawait asyncio.gather(*todo, return_exceptions=True)",
        [
            "get(x) [gather]",
            "get(each of y) [gather]",
            "[get(x)].append(get(each of y))",
            "asyncio.gather(get(x), …, return_exceptions=True) [awaited]",
        ],
    ),
    "a task": (
        "t = asyncio.create_task(get(x))\nuse(await t)",
        ["get(x) [task]", "t = asyncio.create_task(get(x))", "use(get(x))"],
    ),
    "a task group": (
        "async with asyncio.TaskGroup() as g: g.create_task(get(x))",
        ["g = asyncio.TaskGroup()", "get(x) [task]", "asyncio.TaskGroup().create_task(get(x))"],
    ),
    "waiting for": (
        "s = await asyncio.wait_for(get(x), 5)\nuse(s)",
        ["s = get(x) [awaited]", "s = asyncio.wait_for(get(x), 5) [awaited]", "use(get(x))"],
    ),
    "running": ("s = asyncio.run(get(x))\nuse(s)", ["s = get(x) [awaited]", "s = asyncio.run(get(x))", "use(get(x))"]),
    "a method that is called run": ("subprocess.run(get(x))", ["get(x)", "subprocess.run(get(x))"]),
    "a thread that is waited for": (
        "s = await asyncio.to_thread(get, x, k=1)\nuse(s)",
        ["s = asyncio.to_thread(get, x, k=1) [awaited]", "s = get(x, k=1) [awaited, indirect]", "use(get(x, k=1))"],
    ),
    "an executor": (
        "a = pool.submit(self.get, x)\nuse(a.result())",
        ["a = pool.submit(self.get, x)", "a = self.get(x) [thread, indirect]", "self.get(x).result()", "use(self.get(x))"],
    ),
    "submit of something else": ("form.submit(x)", ["form.submit(x)"]),
    "run_in_executor": ("loop.run_in_executor(None, get, x)", ["loop.run_in_executor(None, get, x)", "get(x) [thread, indirect]"]),
    "executor.map": ("executor.map(get, x)", ["executor.map(get, x)", "get(each of x) [thread, indirect]"]),
    "map": ("map(get, x)", ["map(get, x)", "get(each of x) [indirect]"]),
    "a sort key": ("sorted(x, key=self.rank)", ["sorted(x, key=self.rank)", "self.rank(each of x) [indirect]"]),
    "a decorator": (
        "@retry(3)\n@logged\n@property\ndef g(a=get(x)): pass\ng()",
        ["retry(3)", "get(x)", "logged(g) [indirect]", "retry(3)(g) [indirect]", "g()"],
    ),
    "a decorated class": ("@register\nclass C:\n    @logged\n    def m(self): pass", ["logged(m) [indirect]", "register(C) [indirect]"]),
    "a thread": (
        "Thread(target=get, args=(x,), kwargs={'k': y})",
        ["Thread(target=get, args=[x], kwargs={'k': y})", "get(x, k=y) [thread, indirect]"],
    ),
    "background tasks": ("ctx.add_task(get, x)", ["ctx.add_task(get, x)", "get(x) [task, indirect]"]),
    "start_soon": ("ctx.start_soon(get, x)", ["ctx.start_soon(get, x)", "get(x) [task, indirect]"]),
    "later": ("loop.call_later(5, get, x)", ["loop.call_later(5, get, x)", "get(x) [task, indirect]"]),
    "a partial that is called": ("p = functools.partial(get, x)\np(y)", ["p = functools.partial(get, x)", "get(x, y) [indirect]"]),
    "a partial that is handed over": (
        "pool.submit(functools.partial(get, x), y)",
        ["functools.partial(get, x)", "pool.submit(functools.partial(get, x), y)", "get(x, y) [thread, indirect]"],
    ),
    "celery": ("get.delay(x)", ["get.delay(x)", "get(x) [queue, indirect]"]),
    "celery with arguments": ("get.apply_async(args=[x])", ["get.apply_async(args=[x])", "get(x) [queue, indirect]"]),
    "sync_to_async": ("await sync_to_async(get)(x)", ["sync_to_async(get)", "get(x) [awaited, indirect]"]),
    "a lambda that is handed over": ("pool.submit(lambda: get(x))", ["pool.submit(<lambda@3>)", "<lambda@3>() [thread, indirect]"]),
}


@pytest.mark.parametrize("name", CASES)
def test_calls(name: str) -> None:
    code, expected = CASES[name]
    assert [call_text(site) for site in body(code, head="import asyncio, functools, subprocess").calls] == expected


def test_dependencies_are_called_at_entry() -> None:
    facts = function(
        """
        def f(db: Session = Depends(get_db), user: Annotated[User, Security(get_user)] = None, s: Service = Depends()):
            use(db)
        """
    )
    assert [call_text(site) for site in facts.calls] == [
        "db = get_db() [indirect]",
        "user = get_user() [indirect]",
        "s = Service() [indirect]",
        "use(db)",
    ]


def test_loops_of_a_call() -> None:
    facts = body("for i in x:\n    [get(j) for j in i]\n    use(i)\nelse:\n    use(x)")
    assert [site.loops for site in facts.calls] == [(0, 1), (0,), ()]


def test_sites_number_the_calls() -> None:
    facts = body("s = get(key(x))\nuse(s)")
    assert [site.index for site in facts.calls] == [0, 1, 2]
    value = facts.calls[2].args[0]
    assert isinstance(value, Invoke)
    assert value.site == 1


def test_spans() -> None:
    text = "def f(é):\n\tö = 'ü'; s = (a . b(é,\n\t\tc [é] (1))) ; g()()\n"
    facts = function(text)
    found = {call_text(site).split(" = ")[-1]: (site.span, site.name_span) for site in facts.calls}
    assert found["a.b(é, c[é](1))"] == (Span(2, 16, 3, 13), Span(2, 20, 2, 21))
    assert found["c[é](1)"] == (Span(3, 3, 3, 12), Span(3, 3, 3, 4))
    assert found["g()"] == (Span(3, 17, 3, 20), Span(3, 17, 3, 18))
    assert found["g()()"] == (Span(3, 17, 3, 22), Span(3, 17, 3, 18))
    assert facts.name_span == Span(1, 5, 1, 6)


def test_the_name_span_of_an_indirect_call_is_the_callable() -> None:
    facts = function("def f(x):\n    pool.submit(self.get, x)\n    sync_to_async(get)(x)\n")
    indirect = [site.name_span for site in facts.calls if site.indirect]
    assert indirect == [Span(2, 22, 2, 25), Span(3, 19, 3, 22)]


class Store(LibraryModel):
    """A client of `store`: insert() inserts, transaction() and @atomic open a unit."""

    words: ClassVar[tuple[str, ...]] = ("insert", "transaction", "atomic")
    methods: ClassVar[frozenset[str]] = frozenset({"insert"})

    def effects(self, call: Invoke, context: FileContext) -> Iterator[Effect]:
        if context.imports_any("store"):
            effect = Effect(EffectKind.INSERT, "store", call.arg(0), columns=call.kwargs)
            yield from (effect, effect)

    def scope(self, term: Term, context: FileContext) -> Scope | None:
        if isinstance(term, Invoke) and isinstance(term.func, Attr) and term.func.name == "transaction":
            return Scope(ScopeKind.TRANSACTION, "store")
        return Scope(ScopeKind.TRANSACTION, "store") if term == Ref("store.atomic") else None


MODELLED = textwrap.dedent("""
    from store import atomic, db
    @atomic
    def f(x):
        with db.transaction() as t:
            t.insert(x, a=1)
        with db.transaction():
            db.insert(x)
""").lstrip()


def test_effects_and_scopes_come_from_the_library_models() -> None:
    facts = function(MODELLED, models=[Store()])
    assert facts.scopes == (Scope(ScopeKind.TRANSACTION, "store"),)
    assert [site.effects for site in facts.calls if site.effects] == [
        (Effect(EffectKind.INSERT, "store", Param("x"), columns=(("a", Const(1)),)),),
        (Effect(EffectKind.INSERT, "store", Param("x")),),
    ]
    scopes = [replace(step.scope, context=None) for step in facts.body if isinstance(step, Within)]
    assert scopes == [
        Scope(ScopeKind.TRANSACTION, "store", Invoke(Attr(Ref("store.db"), "transaction"))),
        Scope(ScopeKind.TRANSACTION, "store"),
    ]


def test_a_model_that_the_file_does_not_import_finds_nothing() -> None:
    facts = function(MODELLED.replace("from store", "from other"), models=[Store()])
    assert all(not site.effects for site in facts.calls)


def test_module_level_code() -> None:
    facts = extracted(
        """
        from a import get
        service = get(1)
        class C:
            item = get(service)
            def m(self): return get(2)
        if service:
            use(service, C)
        """,
        "<module>",
    )
    (module,) = facts.functions
    assert flow(module) == "service = get(1)\nitem = get(get(1))\nwhen get(1):\n  use(get(1), C)\nwhen not get(1):"


def test_cache_filled_on_a_miss_is_one_value() -> None:
    facts = body("s = CACHE.get(x)\nif s is None:\n    s = CACHE[x] = get(x)\nreturn s")
    assert isinstance(facts.returns[0], Phi)
    assert Item(Ref("m.CACHE"), Param("x")) in [step.target for arm in facts.body[1].arms for step in arm.body if hasattr(step, "target")]  # type: ignore[union-attr]
