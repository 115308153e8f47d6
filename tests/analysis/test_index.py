"""What the index says of one file."""

from __future__ import annotations

from textwrap import dedent

import pytest

from session_lint.analysis.cst.downgrade import downgrade
from session_lint.analysis.index.build import build_index
from session_lint.analysis.prefilter import Prefilter
from session_lint.facts.finding import Notice
from session_lint.facts.module_index import ClassIndex, FunctionIndex, ModuleIndex
from session_lint.facts.terms import Attr, Const, Invoke, Item, Mapping, Op, Param, Ref, Sequence, Unknown

FINDER = Prefilter([".insert(", "execute", "get_or_create"])


def index(text: str, *, module: str = "pkg.mod", is_package: bool = False) -> ModuleIndex:
    found = build_index("pkg/mod.py", module, is_package, dedent(text).encode(), FINDER)
    assert isinstance(found, ModuleIndex), found
    return found


def function(text: str, qualname: str = "f") -> FunctionIndex:
    return next(f for f in index(text).functions if f.qualname == qualname)


def klass(text: str) -> ClassIndex:
    return index(text).classes[0]


def test_imports_are_absolute() -> None:
    found = index(
        """
        import os, a.b.c, d.e as de
        from . import sibling
        from ..up import thing as other
        from .near import *
        if TYPE_CHECKING:
            from x import Y
        try:
            import fast as impl
        except ImportError:
            import slow as impl
        def f():
            from .late import g
            import very.late
        """,
        module="top.pkg.mod",
    )
    assert dict(found.imports) == {
        "os": "os",
        "a": "a",
        "a.b.c": "a.b.c",
        "de": "d.e",
        "sibling": "top.pkg.sibling",
        "other": "top.up.thing",
        "Y": "x.Y",
        "impl": "fast",
    }
    assert found.star_imports == ("top.pkg.near",)
    assert found.inner_imports == ("top.pkg.late.g", "very", "very.late")


def test_relative_imports_of_a_package() -> None:
    found = index("from . import a\nfrom .b import c\n", module="pkg", is_package=True)
    assert dict(found.imports) == {"a": "pkg.a", "c": "pkg.b.c"}


def test_nested_definitions_and_lines() -> None:
    found = index(
        """\
        class A:
            @property
            def p(self):
                return 1

            class B:
                async def m(self): yield 2
        def outer():
            '''Doc.'''
            def inner():
                pass
            class Local:
                def q(self): ...
        """
    )
    assert [(f.qualname, f.owner, f.first_line, f.body_line, f.last_line) for f in found.functions] == [
        ("A.p", "A", 2, 4, 4),
        ("A.B.m", "A.B", 7, 7, 7),
        ("outer", None, 8, 9, 13),
        ("outer.inner", None, 10, 11, 11),
        ("outer.Local.q", "outer.Local", 13, 13, 13),
    ]
    assert [(c.qualname, c.methods) for c in found.classes] == [("A", ("p",)), ("A.B", ("m",)), ("outer.Local", ("q",))]
    by_name = {f.qualname: f for f in found.functions}
    assert by_name["A.B.m"].is_generator
    assert by_name["A.B.m"].is_async
    assert not by_name["outer"].is_generator
    assert by_name["A.p"].decorators == (Ref("builtins.property"),)


def test_calls_belong_to_the_innermost_function() -> None:
    text = """
        def f(user, callback):
            '''Never called: doc()'''
            first(user)  # comment()
            submit(handler, self.method, "text()")
            callback(user.profile)
            def inner():
                deep()
            run(inner)
            return last or other
        """
    assert function(text).calls == {"first", "submit", "handler", "method", "callback", "profile", "run", "inner", "last", "other"}
    assert function(text, "f.inner").calls == {"deep"}


def test_reads_repeats_and_aliases() -> None:
    found = function(
        """
        from store import get_session as gs
        def f(users):
            a = gs(1)
            once(a.name)
            x = a.current
            for user in users:
                looped(user)
            return [listed(u) for u in users], twice(1), twice(2)
        """
    )
    assert {"gs", "get_session", "once", "looped", "listed", "twice"} <= found.calls
    assert found.reads == {"current"}
    assert {"looped", "listed", "twice"} <= found.repeated
    assert "once" not in found.repeated
    assert "get_session" not in found.repeated


def test_names_in_f_strings_defaults_and_decorators() -> None:
    found = function(
        """
        @wraps_it(helper)
        def f(db=Depends(get_db), *, s: Annotated[Session, Depends(get_session)]):
            return f"{shown(db)} {{not}} {other(db)!r:>10}"
        """
    )
    assert {"wraps_it", "helper", "Depends", "get_db", "get_session", "shown", "other"} <= found.calls


def test_nested_quotes_in_an_f_string_do_not_hide_what_follows() -> None:
    from session_lint.analysis.index.names import mentions

    found = mentions('x = f"{d["a"]} {"b" + g(\'c}\')}"\nafter(1)\n', (), frozenset(), {}, {})
    assert {"g", "after"} <= found.calls


def test_words_are_those_of_the_own_lines() -> None:
    found = index(
        """
        SQL = "x"
        def f():
            table.INSERT(1)
            def g():
                cur.execute(SQL)
        """
    )
    assert {f.qualname: f.words for f in found.functions} == {"f": {".insert("}, "f.g": {"execute"}}
    assert found.words == frozenset()


def test_parameters() -> None:
    found = function(
        """
        from m import S, T
        def f(a, /, b: "S", c: Optional[T] = None, *args, d: int | None = 3, e: Annotated[S, 1], **kw) -> list[S]: ...
        """
    )
    a, b, c, args, d, e, kw = found.parameters
    assert (a.kind, b.kind, args.kind, d.kind, kw.kind) == ("pos", "any", "args", "kw", "kwargs")
    assert b.annotation == Ref("m.S")
    assert (c.annotation, c.optional, c.default) == (Ref("m.T"), True, Const(None))
    assert (d.annotation, d.optional, d.default) == (Ref("builtins.int"), True, Const(3))
    assert (e.annotation, e.default, e.optional) == (Ref("m.S"), None, False)
    assert found.returns == Item(Ref("builtins.list"), Ref("m.S"))


def test_class_attributes_and_instance_attributes() -> None:
    found = klass(
        """
        from m import Base, Service, Store
        class C(Base[int], metaclass=M):
            __tablename__ = "sessions"
            service: ClassVar[Service]
            store = Store(kind="x")
            def __init__(self, client, *, store: Store | None = None):
                made = Service(client)
                self.client = client
                self.made = made
                self.typed: Store = anything()
                if store:
                    self.a, self.b = store, len
                self.changed = local
                def later():
                    self.late = Later()
            @staticmethod
            def s(self_like):
                other.x = 1
        class Later: ...
        """
    )
    assert found.bases == (Item(Ref("m.Base"), Ref("builtins.int")),)
    assert dict(found.attributes) == {
        "__tablename__": Const("sessions"),
        "service": Op("annotation", (Ref("m.Service"),)),
        "store": Invoke(Ref("m.Store"), (), (("kind", Const("x")),)),
    }
    assert found.instance == (
        ("client", "__init__", Param("client")),
        ("made", "__init__", Invoke(Ref("m.Service"), (Param("client"),))),
        ("typed", "__init__", Invoke(Ref("pkg.mod.anything"))),
        ("typed", "__init__", Op("annotation", (Ref("m.Store"),))),
        ("a", "__init__", Param("store")),
        ("b", "__init__", Ref("builtins.len")),
        ("changed", "__init__", Ref("pkg.mod.local")),
        ("late", "__init__", Invoke(Ref("pkg.mod.Later"))),
    )


def test_module_variables() -> None:
    found = index(
        """
        from m import Service
        service = Service()
        alias = handler
        HANDLERS = {"a": handler, **more}
        HANDLERS["b"] = Service.run
        both = [handler, lambda x: x.y]
        _lazy: Service | None = None
        pair, other = 1, service or None
        def handler(): ...
        def get():
            global _lazy
            _lazy = Service()
            local = 1
            HANDLERS["c"] = service.run
        """
    )
    service, handler = Ref("m.Service"), Ref("pkg.mod.handler")
    assert found.variables == (
        ("service", Invoke(service)),
        ("alias", handler),
        ("HANDLERS", Mapping(((Const("a"), handler), (None, Ref("pkg.mod.more"))))),
        ("HANDLERS", Mapping(((Const("b"), Attr(service, "run")),))),
        ("both", Sequence("list", (handler, Op("lambda", (Attr(Param("x"), "y"),))))),
        ("_lazy", Invoke(service)),
        ("pair", Const(1)),
        ("other", Op("or", (Ref("pkg.mod.service"), Const(None)))),
        ("_lazy", Invoke(service)),
        ("HANDLERS", Mapping(((Const("c"), Attr(Ref("pkg.mod.service"), "run")),))),
    )


def test_a_parameter_that_is_assigned_again_is_not_the_parameter() -> None:
    found = klass("class C:\n    def m(self, x):\n        x = clean(x)\n        self.x = x\n")
    assert found.instance == (("x", "m", Unknown("parameter", 0)),)


@pytest.mark.parametrize(
    ("data", "message", "row"),
    [
        (b"x = (\n", "cannot be parsed", 1),
        (b"a = 1\nprint 'x'\n", "cannot be parsed", 2),
        (b"# coding: nonsense\n", "cannot be decoded", 1),
        (b"x = '\xff'\n", "cannot be decoded", 1),
        (b"x = 1\x00\n", "cannot be parsed", 0),
        (b"x = " + b"(" * 3000 + b")" * 3000, "cannot be parsed", None),
    ],
)
def test_files_without_an_index_get_a_notice(data: bytes, message: str, row: int | None) -> None:
    found = build_index("a.py", "a", False, data, FINDER)
    assert isinstance(found, Notice)
    assert found.path == "a.py"
    assert message in found.message
    assert row is None or found.row == row


def test_encodings_and_line_ends() -> None:
    latin = "# -*- coding: latin-1 -*-\r\ndef f():\r\n    é.execute()\r\n".encode("latin-1")
    bom = b"\xef\xbb\xbfdef f():\r    e.execute()\r"
    for data, last in ((latin, 3), (bom, 2)):
        found = build_index("a.py", "a", False, data, FINDER)
        assert isinstance(found, ModuleIndex)
        [f] = found.functions
        assert (f.last_line, f.words, f.calls) == (last, {"execute"}, {"execute", "é"} if last == 3 else {"execute", "e"})


def test_a_long_chain_of_branches() -> None:
    chain = "def f(x):\n    if x == 0: g0()\n" + "".join(f"    elif x == {i}: g{i}()\n" for i in range(1, 900)) + "    else: last()\n"
    found = function(chain)
    assert {"g0", "g899", "last"} <= found.calls


def test_bad_escapes_do_not_warn() -> None:
    assert index("x = '\\d'\n").variables == (("x", Const("\\d")),)


def test_downgrade_gives_up_on_what_is_wrong_in_any_grammar() -> None:
    assert downgrade("def f(:\n") is None


def test_downgrade_keeps_line_numbers() -> None:
    text = 'def f[\n    T,\n](x: T):\n    return f"{\n        x  # note\n    }"\n\ntype A[T] = list[\n    T\n]\nlast()\n'
    older = downgrade(text)
    assert older is not None
    compile(older, "x", "exec")
    assert older.split("\n").index("last()") == text.split("\n").index("last()")


def test_an_expression_deeper_than_the_parser_goes_is_a_notice() -> None:
    found = build_index("deep.py", "deep", False, b"x = " + b"-" * 20_000 + b"1\n", FINDER)
    assert found == Notice("deep.py", "cannot be parsed: nested too deeply")
