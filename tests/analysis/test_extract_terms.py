"""What names, attributes and calls stand for."""

from __future__ import annotations

import pickle

import pytest

from analysis.extraction import body, extracted, function
from session_lint.facts.module_facts import Store
from session_lint.facts.terms import (
    Attr,
    Comprehension,
    Const,
    Element,
    Given,
    Invoke,
    Item,
    Mapping,
    Op,
    Param,
    Phi,
    Ref,
    Sequence,
    Template,
    Term,
    Unknown,
    show,
    walk,
)

X, Y, CTX, USER = Param("x"), Param("y"), Param("ctx"), Param("user")
GET = Invoke(Ref("m.get"), (X,))


def used(code: str, head: str = "") -> Term:
    """What is handed to the last call of `use` in a body."""
    facts = body(code, head=head)
    return [site for site in facts.calls if site.func == Ref("m.use")][-1].args[0]


CASES: dict[str, tuple[str, Term]] = {
    "a parameter": ("use(x)", X),
    "a local": ("a = x\nb = a\nuse(b)", X),
    "a module-level name": ("use(thing)", Ref("m.thing")),
    "a builtin": ("use(len)", Ref("builtins.len")),
    "an attribute": ("use(x.a.b)", Attr(Attr(X, "a"), "b")),
    "an import inside": ("from a.b import c as d\nuse(d)", Ref("a.b.c")),
    "a dotted import inside": ("import a.b\nuse(a.b.c)", Attr(Attr(Ref("a"), "b"), "c")),
    "a relative import inside": ("from .other import c\nuse(c)", Ref("other.c")),
    "a nested function": ("def g(): pass\nuse(g)", Ref("m.f.g")),
    "a lambda": ("use(lambda: get(x))", Ref("m.f.<lambda@3>")),
    "an awaited call": ("s = await get(x)\nuse(s)", GET),
    "chained assignment": ("a = b = get(x)\nuse(b)", GET),
    "annotated assignment": ("a: int = x\nuse(a)", X),
    "walrus": ("if (a := get(x)): use(a)", Given(GET)),
    "unpacking": ("a, (b, c) = get(x)\nuse(c)", Item(Item(GET, Const(1)), Const(1))),
    "unpacking a display": ("a, b = x, y\nuse(b)", Y),
    "swapping": ("x, y = y, x\nuse(x)", Y),
    "starred unpacking": ("a, *b, c = get(x)\nuse(c)", Item(GET, Const(-1))),
    "augmented": ("a = x.n\na += 1\nuse(a)", Op("+", (Attr(X, "n"), Const(1)))),
    "a loop variable": ("for i in x: use(i)", Element(X, 0)),
    "a loop over pairs": ("for i, j in x.items(): use(j)", Item(Element(Invoke(Attr(X, "items")), 0), Const(1))),
    "a with name": ("async with x.a() as b: use(b)", Invoke(Attr(X, "a"))),
    "a branch": ("a = x\nif y: a = ctx\nuse(a)", Phi((CTX, X), Op("choice", (Y,)))),
    "the same in both branches": ("if y: a = x\nelse: a = x\nuse(a)", X),
    "a branch that leaves": ("a = x\nif y:\n    a = ctx\n    return\nuse(a)", X),
    "given": ("if x: use(x)", Given(X)),
    "given for the rest": ("if x is None: return\nuse(x)", Given(X)),
    "given by an earlier test of the same name": ("a = x.b\nif not a: return\nuse(x.b)", Given(Attr(X, "b"))),
    "given attribute": ("if ctx.session_id is not None: use(ctx.session_id)", Given(Attr(CTX, "session_id"))),
    "no longer given behind the branch": ("if x: pass\nuse(x)", X),
    "attribute of what is given": ("if x: use(x.id)", Attr(X, "id")),
    "filled in when missing": ("if not x: x = get(y)\nuse(x)", Phi((Invoke(Ref("m.get"), (Y,)), Given(X)), Op("choice", (X,)))),
    "filled in by or": ("x = x or get(y)\nuse(x)", Phi((Given(X), Invoke(Ref("m.get"), (Y,))))),
    "an attribute filled in": (
        "if not ctx.s: ctx.s = get(x)\nuse(ctx.s)",
        Phi((GET, Given(Attr(CTX, "s"))), Op("choice", (Attr(CTX, "s"),))),
    ),
    "stored attribute": ("ctx.s = get(x)\nother(ctx)\nuse(ctx.s)", GET),
    "stored constant before a call that may change it": ("ctx.s = None\nfill(ctx)\nuse(ctx.s)", Attr(CTX, "s")),
    "stored in another object of the same shape": ("a = New()\nb = New()\na.s = x\nuse(b.s)", Attr(Invoke(Ref("m.New")), "s")),
    "deleted": ("x = get(y)\ndel x\nuse(x)", Ref("m.x")),
    "getattr": ("use(getattr(ctx, 's', None))", Attr(CTX, "s")),
    "setattr": ("setattr(ctx, 's', x)\nuse(ctx.s)", X),
    "implicit concatenation": ("use('a' 'b')", Const("ab")),
    "plus": ("use('a' + 'b')", Const("ab")),
    "plus on a name": ("use('a' + x + 'b' + 'c')", Template((Const("a"), X, Const("bc")))),
    "percent": ("use('a %s b %d%%' % (x, 1))", Template((Const("a "), X, Const(" b 1%")))),
    "percent with names": ("use('%(a)s' % {'a': x})", Template((X,))),
    "format": ("use('{} {1} {k}'.format(x, y, k=ctx))", Template((X, Const(" "), Y, Const(" "), CTX))),
    "f-string": ("use(f'a {{{x.id!r:>{y}}}} {1}\\n')", Template((Const("a {"), Attr(X, "id"), Const("} 1\n")))),
    "constant f-string": ("use(f'a')", Const("a")),
    "escapes": (r"use('\x41\u00e9\n' r'\d')", Const("Aé\n\\d")),
    "bytes": ("use(b'a')", Const("b'a'")),
    "join": ("use(', '.join(['a', 'b']))", Const("a, b")),
    "dedent and strip": ("use(textwrap.dedent('''\n   a\n   b\n''').strip())", Const("a\nb")),
    "text of a library stays a call": ("use(text('a'))", Invoke(Ref("sqlalchemy.text"), (Const("a"),))),
    "dict": ("use({'a': x, **y})", Mapping(((Const("a"), X), (None, Y)))),
    "dict()": ("use(dict(a=x))", Mapping(((Const("a"), X),))),
    "a dict filled by key": ("p = {}\np['a'] = x\np['a'] = y\nuse(p)", Mapping(((Const("a"), Y),))),
    "a dict filled by a name": ("p = {}\np[x] = y\nuse(p)", Mapping(((X, Y),))),
    "a dict updated": (
        "p = {'a': x}\np.update({'b': y}, c=1)\nuse(p)",
        Mapping(((Const("a"), X), (Const("b"), Y), (Const("c"), Const(1)))),
    ),
    "a dict filled in a branch": ("p = {'a': x}\nif y: p['b'] = y\nuse(p)", Mapping(((Const("a"), X), (Const("b"), Given(Y))))),
    "an item of a dict": ("p = {'a': x}\nuse(p['a'])", X),
    "a list grown": ("p = []\np.append(x)\np += [y]\nuse(p)", Sequence("list", (X, Y))),
    "a list grown in a loop": ("p = []\nfor i in x: p.append(i)\nuse(p)", Sequence("list", (Comprehension(Element(X, 0), 0),))),
    "a list of the round": ("for i in x:\n    p = []\n    p.append(i)\n    use(p)", Sequence("list", (Element(X, 0),))),
    "a comprehension": ("use([get(x) for i in y])", Comprehension(GET, 0)),
    "a comprehension variable is its own": ("i = x\nuse([i for i in y])\nuse(i)", X),
    "a negative number": ("use(-1)", Const(-1)),
    "a comparison": ("use(x == 1)", Op("==", (X, Const(1)))),
    "a slice": ("use(x[1:])", Item(X, Op("slice", (Const(1), Const(None), Const(None))))),
    "a set": ("use({x})", Sequence("set", (X,))),
    "star arguments that can be seen": ("a = (x, y)\nuse(*a)", X),
    "star arguments": ("use(*x)", Op("starred", (X,))),
    "a break carries its names": ("a = None\nwhile True:\n    a = get(x)\n    if a: break\nuse(a)", Given(GET)),
}


@pytest.mark.parametrize("name", CASES)
def test_term(name: str) -> None:
    code, expected = CASES[name]
    assert used(code, head="from sqlalchemy import text; from typing import cast; import textwrap") == expected


def test_a_name_that_the_loop_assigns_is_unknown_in_it() -> None:
    term = used("a = x\nfor i in y:\n    use(a)\n    a = get(i)")
    assert isinstance(term, Unknown)
    assert (term.reason, term.loop) == ("loop", 0)


def test_an_empty_display_may_be_filled_by_a_call() -> None:
    assert isinstance(used("p = []\nfill(p)\nuse(p)"), Unknown)
    assert used("p = [x]\nfill(p)\nuse(p)") == Sequence("list", (X,))


def test_too_many_options_are_unknown_and_different() -> None:
    branches = "a = b = 0\n" + "".join(f"if x == {i}: a = {i}; b = {i}\n" for i in range(1, 8))
    first, second = used(branches + "use(a)"), used(branches + "use(b)")
    both = body(branches + "use(a, b)").calls[-1].args
    assert all(any(isinstance(term, Unknown) for term in walk(one)) for one in (first, second))
    assert both[0] != both[1]


def test_keyword_spread() -> None:
    facts = body("p = {'a': x}\nuse(**p)\nuse(**y)")
    assert [(site.kwargs, site.spread) for site in facts.calls] == [((("a", X),), False), ((("", Y),), True)]


def test_globals_are_stored_and_read_back() -> None:
    facts = function("_s = None\ndef f(x):\n    global _s\n    if _s is None:\n        _s = get(x)\n    return _s\n")
    assert facts.returns == (Phi((GET, Given(Ref("m._s"))), Op("choice", (Ref("m._s"),))),)
    stores = [step for arm in facts.body[0].arms for step in arm.body if isinstance(step, Store)]  # type: ignore[union-attr]
    assert stores == [Store(Ref("m._s"), GET)]


def test_items_of_parameters_globals_and_results_are_stored_those_of_other_locals_are_not() -> None:
    facts = body("CACHE[x] = y\nctx['k'] = y\nrow = get(x)\nrow['k'] = y\nother = {**x}\nother['k'] = y\nuse(row['k'])")
    stores = [step for step in facts.body if isinstance(step, Store)]
    made = Item(Invoke(Ref("m.get"), (X,)), Const("k"))
    assert stores == [Store(Item(Ref("m.CACHE"), X), Y), Store(Item(CTX, Const("k")), Y), Store(made, Y)]
    assert facts.calls[-1].args == (Y,)


def test_an_augmented_item_is_evaluated_once() -> None:
    facts = body("ctx[key(x)] += 1")
    assert len(facts.calls) == 1
    assert facts.body[-1] == Store(Item(CTX, facts_key := Invoke(Ref("m.key"), (X,))), Op("+", (Item(CTX, facts_key), Const(1))))


def test_captured_variables_are_named_after_the_function_around() -> None:
    facts = extracted("""
        def outer(user):
            row = get(user)
            def inner(x):
                nonlocal row
                row = other(row, user, x)
            return inner
    """)
    inner = facts.functions[2]
    assert inner.calls[0].args == (Ref("m.outer.row"), Ref("m.outer.user"), X)
    assert inner.body[-1] == Store(Ref("m.outer.row"), Invoke(Ref("m.other"), inner.calls[0].args))


def test_lambdas_are_functions_of_their_own() -> None:
    facts = extracted("def f(user):\n    run(lambda k: get(k, user))\n    run(lambda: 1)\n")
    assert [f.qualname for f in facts.functions] == ["<module>", "f", "f.<lambda@2>"]
    assert facts.functions[-1].returns == (Invoke(Ref("m.get"), (Param("k"), Ref("m.f.user"))),)


def test_a_fluent_chain_of_sixty_links_is_kept_and_a_deep_term_is_not() -> None:
    chain = "x" + "".join(f".where({i})" for i in range(60))
    kept = used(f"use({chain})")
    assert isinstance(kept, Invoke)
    assert sum(isinstance(term, Invoke) for term in walk(kept)) == 60
    assert pickle.loads(pickle.dumps(kept)) == kept
    nested = "x"
    for _ in range(60):
        nested = f"g(1, {nested})"
    assert any(isinstance(term, Unknown) for term in walk(used(f"use({nested})")))


def test_a_long_list_keeps_its_kind() -> None:
    rows = ", ".join(f"{{'id': {i}, 'name': x}}" for i in range(300))
    term = used(f"use([{rows}])")
    assert isinstance(term, Sequence)
    assert term.items[0] == Mapping(((Const("id"), Const(0)), (Const("name"), X)))


def test_long_text_is_kept() -> None:
    sql = "SELECT " + ", ".join(f"column_{i}" for i in range(500))
    assert used(f"use({sql!r})") == Const(sql)


def test_results_pickle_and_are_the_same_each_time() -> None:
    code = "async def f(x):\n    for i in x:\n        y = await get(i)\n    return [g(y) for i in x if y] or x\n"
    assert extracted(code) == extracted(code)
    assert pickle.loads(pickle.dumps(extracted(code))) == extracted(code)


def test_show_reads_like_the_source() -> None:
    assert show(used("use(x.a[0].b(y, k=1))")) == "x.a[0].b(y, k=1)"


def test_statements_of_the_module_are_text() -> None:
    head = "TABLE = 'users'; CLEAR = 'DELETE FROM t'; MODE = 'a b'"
    assert used("use(CLEAR)", head) == Const("DELETE FROM t")
    assert used("use(TABLE)", head) == Ref("m.TABLE")
    assert used("use(f'DELETE FROM {TABLE}')", head) == Const("DELETE FROM users")
    assert used("use('DELETE FROM ' + TABLE)", head) == Const("DELETE FROM users")
    assert used("global MODE\nuse(MODE)", head) == Ref("m.MODE")
    assert used("CLEAR = x\nuse(CLEAR)", head) == X
