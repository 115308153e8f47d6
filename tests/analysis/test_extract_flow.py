"""Control flow: what happens in which order, under which conditions."""

from __future__ import annotations

import textwrap

import pytest

from analysis.extraction import body, flow

CASES = {
    "calls in evaluation order": (
        "a(b(x), k=c(y))",
        """
        b(x)
        c(y)
        a(b(x), k=c(y))
        """,
    ),
    "if and else": (
        """
        if not x:
            a(x)
        else:
            b(x)
        c(x)
        """,
        """
        when not x:
          a(x)
        when x:
          b(x)
        c(x)
        """,
    ),
    "missing else": (
        "if x is None: a()",
        """
        when not x:
          a()
        when x:
        """,
    ),
    "early return": (
        """
        if x is not None:
            return x
        a(x)
        """,
        """
        when x:
          return x
        when not x:
        assume not x
        a(x)
        """,
    ),
    "elif": (
        """
        if x == 1:
            return
        elif y != 2:
            a()
        else:
            b()
        c()
        """,
        """
        when x == 1:
          return None
        when not x == 1, not y == 2:
          a()
        when not x == 1, y == 2:
          b()
        assume not x == 1
        c()
        """,
    ),
    "elif whose test calls": (
        """
        if x:
            a()
        elif await b():
            c()
        """,
        """
        when x:
          a()
        when not x:
          b() [awaited]
          when b():
            c()
          when not b():
        """,
    ),
    "and is evaluated from left to right": (
        "if x and a(y): b()",
        """
        when x:
          a(y)
        when not x:
        when x, a(y):
          b()
        when not x and a(y):
        """,
    ),
    "both fail when an or fails": (
        """
        if x is None or y == 2:
            raise Bad()
        a(x)
        """,
        """
        when x is None or y == 2:
          Bad()
          raise Bad()
        when x, not y == 2:
        assume x, not y == 2
        a(x)
        """,
    ),
    "length and bool": (
        """
        if len(x) == 0: a()
        if bool(y): b()
        if len(x) > 0: c()
        """,
        """
        len(x)
        when not x:
          a()
        when x:
        bool(y)
        when y:
          b()
        when not y:
        len(x)
        when x:
          c()
        when not x:
        """,
    ),
    "isinstance": (
        "if isinstance(x, User): return x\na(x)",
        """
        isinstance(x, User)
        when x isinstance User:
          return x
        when not x isinstance User:
        assume not x isinstance User
        a(x)
        """,
    ),
    "assert": (
        "assert x, 'no'\na(x)",
        """
        assume x
        a(x)
        """,
    ),
    "ternary": (
        "s = x if x is not None else a(y)\nb(s)",
        """
        when x:
        when not x:
          a(y)
        b(x or a(y))
        """,
    ),
    "or as a value": (
        "s = x or await a(y)\nb(s)",
        """
        when x:
        when not x:
          a(y) [awaited]
        b(x or a(y))
        """,
    ),
    "for with break and else": (
        """
        for i in x:
            if i.ok:
                s = a(i)
                break
        else:
            s = None
        b(s)
        """,
        """
        loop 0 for:
          when each of x.ok:
            s = a(each of x)
            break
          when not each of x.ok:
          assume not each of x.ok
        b(None or a(each of x))
        """,
    ),
    "while": (
        """
        while (row := a(x)):
            b(row)
        c()
        """,
        """
        loop 0 while:
          row = a(x)
          assume a(x)
          b(a(x))
        assume not a(x)
        c()
        """,
    ),
    "try": (
        """
        try:
            s = a(x)
        except KeyError as error:
            s = b(x)
        else:
            c(s)
        finally:
            d()
        return s
        """,
        """
        try:
          s = a(x)
        except:
          s = b(x)
        else:
          c(a(x))
        finally:
          d()
        return a(x) or b(x)
        """,
    ),
    "match": (
        """
        match x:
            case "a":
                a(x)
            case None:
                return
            case User(name=n) if n:
                b(n)
            case {"id": i}:
                c(i)
        d()
        """,
        """
        when x == 'a':
          a(x)
        when not x:
          return None
        when x isinstance User, x.name:
          b(x.name)
        when -:
          c(x['id'])
        when -:
        d()
        """,
    ),
    "comprehension": (
        "s = [a(i, x) for i in y if i.ok]\nb(s)",
        """
        loop 0 comprehension:
          when each of y.ok:
            a(each of y, x)
          when not each of y.ok:
        b(…)
        """,
    ),
    "nested comprehension": (
        "s = {a(i): b(j) for i in x for j in i}",
        """
        loop 0 comprehension:
          loop 1 comprehension:
            a(each of x)
            b(each of them)
        """,
    ),
    "an unknown with is kept, for the program to look at": (
        """
        async with a(x) as s:
            b(s)
        """,
        """
        s = a(x)
        within with:
          b(a(x))
        """,
    ),
    "a lock": (
        """
        async with self._locks[x], other() as s:
            b(s)
        """,
        """
        within lock:
          s = other()
          within with:
            b(other())
        """,
    ),
    "not every word that ends in lock is one": (
        """
        with clock(), block: b()
        """,
        """
        clock()
        within with:
          within with:
            b()
        """,
    ),
    "yield is not an exit": (
        """
        yield a(x)
        b(y)
        """,
        """
        a(x)
        b(y)
        """,
    ),
    "code after an exit does not change what follows a branch": (
        """
        s = None
        if x:
            s = a(x)
            raise Bad
        b(s)
        """,
        """
        when x:
          s = a(x)
          raise Bad
        when not x:
        assume not x
        b(None)
        """,
    ),
    "nothing happens in it": ("if x:\n    s = 1\nelse:\n    s = 2\nfor i in y: pass\na(s)", "a(1 or 2)"),
}


@pytest.mark.parametrize("name", CASES)
def test_flow(name: str) -> None:
    code, expected = CASES[name]
    assert flow(body(code)) == textwrap.dedent(expected).strip("\n")


def test_returns_hold_every_returned_and_yielded_value() -> None:
    facts = body("if x: yield a(x)\nyield y")
    assert [type(term).__name__ for term in facts.returns] == ["Invoke", "Param"]


def test_long_elif_chains_stay_flat() -> None:
    code = "if x == 0: a()\n" + "".join(f"elif x == {i}: a({i})\n" for i in range(1, 200))
    (choice,) = body(code).body
    assert len(choice.arms) == 201  # type: ignore[union-attr]
