"""What must hold for any input of the prefilter, the index and select."""

from __future__ import annotations

import ast
import re

from hypothesis import given, strategies as st

from session_lint.analysis.cst.downgrade import downgrade
from session_lint.analysis.getter_names import GETTER_WORDS, getter_shape
from session_lint.analysis.index.build import build_index
from session_lint.analysis.index.kinds import ModelNames, Seeds
from session_lint.analysis.index.select import select
from session_lint.analysis.prefilter import Prefilter
from session_lint.facts.finding import Notice
from session_lint.facts.module_index import ModuleIndex

WORDS = ("execute", "insert into", "delete from", ".delete(", ".insert(", *GETTER_WORDS)
FINDER = Prefilter(WORDS)
SEEDS = Seeds((ModelNames(frozenset(WORDS[:5]), frozenset({"execute", "delete", "insert"})),), getter_shape)

_PIECES = st.sampled_from(
    [
        "get",
        "find",
        "aget",
        "or",
        "create",
        "insert",
        "ensure",
        "establish",
        "if",
        "not",
        "exists",
        "missing",
        "user",
        "Session",
        "add",
        "ID",
    ]
)


@st.composite
def names(draw: st.DrawFn) -> str:
    parts = draw(st.lists(_PIECES, min_size=1, max_size=6))
    style = draw(st.sampled_from(["snake", "camel", "pascal", "mixed"]))
    if style == "snake":
        return draw(st.sampled_from(["", "_", "__"])) + "_".join(parts)
    humps = [part[:1].upper() + part[1:] for part in parts]
    if style == "pascal":
        return "".join(humps)
    if style == "camel":
        return parts[0] + "".join(humps[1:])
    return "".join(draw(st.sampled_from([part, "_" + part, hump])) for part, hump in zip(parts, humps, strict=True))


@given(names())
def test_every_getter_name_has_a_getter_word(name: str) -> None:
    if getter_shape(name):
        assert any(word in name.lower() for word in GETTER_WORDS)


@given(st.text(max_size=60), st.sampled_from(WORDS), st.text(max_size=60), st.booleans())
def test_prefilter_never_misses_a_word(before: str, word: str, after: str, upper: bool) -> None:
    text = before + (word.upper() if upper else word) + after
    found = FINDER.find(text.encode("utf-8", "surrogatepass"))
    assert word in found
    assert {w for w in WORDS if w in text.encode("utf-8", "surrogatepass").lower().decode("utf-8", "surrogatepass")} <= found


def _index(path: str, text: str) -> ModuleIndex:
    index = build_index(path, path.removesuffix(".py").replace("/", "."), False, text.encode(), FINDER)
    assert isinstance(index, ModuleIndex), index
    return index


@given(st.binary(max_size=200))
def test_no_bytes_make_the_index_raise(data: bytes) -> None:
    assert isinstance(build_index("a.py", "a", False, data, FINDER), (ModuleIndex, Notice))


_LINES = st.lists(
    st.sampled_from(
        [
            "x = 1",
            "s = f(x)",
            "return g(self.h, x)",
            "for i in q: f(i)",
            "y = [k(i) for i in q]",
            "print('not_called(x)')  # nor_this(y)",
            'z = f"{m(x)} and {n(y)!r:>{w(3)}}"',
            "await o.p(x).r()",
            "if a.b: c(d)",
            "import t.u as v; v.call()",
            "if c2(): import t",
            "def inner(a=dflt(q)): return deep(a)",
        ]
    ),
    min_size=1,
    max_size=8,
)


@given(_LINES)
def test_every_called_name_is_listed_and_no_text_in_strings(lines: list[str]) -> None:
    """Against the plain reading of the syntax tree by the standard library."""
    text = "async def fun(self, q):\n" + "".join(f"    {line}\n" for line in lines)
    called = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call):
            called.add(node.func.id if isinstance(node.func, ast.Name) else node.func.attr)  # type: ignore[attr-defined]
    listed = {name for function in _index("a.py", text).functions for name in function.calls}
    assert called - {"print"} <= listed
    assert not {"not_called", "nor_this"} & listed


_NEW_AND_OLD = st.lists(
    st.sampled_from(
        [
            ("def get[T](x: int) -> int:\n    return load(x)\n", "def get(x: int) -> int:\n    return load(x)\n"),
            ("class Box[K, V](Base):\n    def put(self): return K2()\n", "class Box(Base):\n    def put(self): return K2()\n"),
            ("type Key = Session\n", "Key = Session\n"),
            ('def f(d):\n    return f"{d["a"]} {load(d["b"])}"\n', "def f(d):\n    return (d['a'], load(d['b']))\n"),
            ('def m(d):\n    return f"{\n        load(d)  # why\n    } x"\n', "def m(d):\n    return (\n        load(d)  # why\n    , )\n"),
            ('def n(d):\n    x = ("a" f"{load(d["k"])}"\n         "b")\n', "def n(d):\n    x = (load(d['k']),\n         )\n"),
            (
                "def h():\n    try:\n        a()\n    except A, B:\n        b()\n",
                "def h():\n    try:\n        a()\n    except (A, B):\n        b()\n",
            ),
            ("lazy import json\n", "import json\n"),
            ("lazy from pkg.mod import thing\n", "from pkg.mod import thing\n"),
            ("def plain():\n    '''Doc.'''\n    return get_or_create(1)\n", "def plain():\n    '''Doc.'''\n    return get_or_create(1)\n"),
        ]
    ),
    min_size=1,
    max_size=5,
)


@given(_NEW_AND_OLD)
def test_newer_grammar_is_indexed_like_its_older_twin(pairs: list[tuple[str, str]]) -> None:
    new, old = "".join(a for a, _ in pairs), "".join(b for _, b in pairs)
    older = downgrade(new)
    assert older is not None
    assert older.count("\n") == new.count("\n")
    assert _index("a.py", older) == _index("a.py", old)


_FILES = {
    "app/store.py": "class Store:\n    def get_or_create(self, key):\n        return self.db.execute('insert into t')\n"
    "    def wipe(self, key):\n        self.db.table.delete(key)\n",
    "app/service.py": "from app.store import Store\nstore = Store()\n\ndef load(key):\n    return store.get_or_create(key)\n",
    "app/views.py": "from app.service import load\n\ndef view(key):\n    load(key)\n    return step(key)\n\n"
    "def step(key):\n    return load(key)\n",
    "app/tools.py": "def add(a, b):\n    return a + b\n\ndef load(path):\n    return open(path).read()\n",
    "app/jobs.py": "from app.views import step\n\ndef job(keys):\n    return [step(k) for k in keys]\n",
}


@given(st.permutations(sorted(_FILES)))
def test_select_does_not_depend_on_the_order_of_files(order: list[str]) -> None:
    first = select([_index(path, _FILES[path]) for path in sorted(_FILES)], seeds=SEEDS)
    other = select([_index(path, _FILES[path]) for path in order], seeds=SEEDS)
    assert first == other
    assert list(first.wanted) == list(other.wanted)
    assert {"view", "step", "load"} <= {name for names in first.wanted.values() for name in names}
    assert not any(re.search(r"tools", path) for path in first.wanted)
