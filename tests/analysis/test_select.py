"""Which functions are worth extracting."""

from __future__ import annotations

from textwrap import dedent

from session_lint.analysis.getter_names import getter_shape
from session_lint.analysis.index.build import build_index
from session_lint.analysis.index.kinds import ANY, CLEAR, INSERT, OBTAIN, READ, ModelNames, Seeds
from session_lint.analysis.index.levels import meets
from session_lint.analysis.index.select import Selection, select, select_all
from session_lint.analysis.prefilter import Prefilter
from session_lint.facts.module_index import ModuleIndex

METHODS = frozenset({"insert", "delete", "select", "upsert", "execute"})
WORDS = tuple(f".{method}(" for method in sorted(METHODS))
FINDER = Prefilter(WORDS)
SEEDS = Seeds((ModelNames(frozenset(WORDS), METHODS),), getter_shape)


def indexes(files: dict[str, str]) -> list[ModuleIndex]:
    out: list[ModuleIndex] = []
    for path, text in files.items():
        found = build_index(
            path, path.removesuffix(".py").replace("/", ".").removesuffix(".__init__"), False, dedent(text).encode(), FINDER
        )
        assert isinstance(found, ModuleIndex), found
        out.append(found)
    return out


def chosen(files: dict[str, str], muted: frozenset[str] = frozenset()) -> set[str]:
    selection = select(indexes(files), seeds=SEEDS, muted=muted)
    return {f"{path.removesuffix('.py')}:{name}" for path, names in selection.wanted.items() for name in names}


def test_one_getter_called_once_selects_nothing() -> None:
    assert chosen({"a.py": "def f(x):\n    return get_or_create_user(x)\ndef g(x):\n    return f(x)\n"}) == set()


def test_the_path_from_the_meeting_to_the_seeds() -> None:
    files = {
        "store.py": "def get_or_create_user(x):\n    return t.upsert(x)\ndef unrelated(x):\n    return t.insert(x)\n",
        "service.py": "from store import get_or_create_user\ndef load(x):\n    return get_or_create_user(x)\n",
        "views.py": "from service import load\ndef view(x):\n    load(x)\n    return step(x)\n"
        "def step(x):\n    return load(x)\ndef outer():\n    view(1)\n",
    }
    assert chosen(files) == {"store:get_or_create_user", "service:load", "views:view", "views:step"}


def test_clear_and_insert_through_helpers() -> None:
    files = {
        "a.py": """
            from b import wipe, put
            def replace(k):
                wipe(k)
                put(k)
            def only(k):
                wipe(k)
            """,
        "b.py": "def wipe(k):\n    t.delete(k)\ndef put(k):\n    t.insert(k)\n",
    }
    assert chosen(files) == {"a:replace", "b:wipe", "b:put"}


def test_a_getter_by_body_in_a_loop() -> None:
    files = {
        "a.py": """
            def fetch(k):
                row = t.select(k)
                if row is None:
                    row = t.insert(k)
                return row
            def each(ks):
                return [fetch(k) for k in ks]
            """
    }
    assert chosen(files) == {"a:fetch", "a:each"}


def test_names_mean_nothing_without_an_import() -> None:
    files = {
        "a.py": "def run(k):\n    save(k)\n    save(k)\n    x.flush_all(k)\n    x.flush_all(k)\n",
        "b.py": "def save(k):\n    get_or_create_user(k)\nclass X:\n    def flush_all(self, k):\n        get_or_create_user(k)\n",
    }
    assert chosen(files) == set()
    assert chosen({**files, "a.py": "from b import save\n" + files["a.py"]}) >= {"a:run", "b:save", "b:X.flush_all"}


def test_aliases_singletons_properties_and_constructors() -> None:
    files = {
        "a.py": """
            from b import X
            class Y:
                def __init__(self):
                    self.user = get_or_create_user(1)
                @property
                def session(self):
                    return get_or_create_session(1)
            HANDLERS = {"x": X.handle}
            def by_table(k):
                HANDLERS[k](k)
                HANDLERS["x"](k)
            def by_property(y):
                one = y.session
                two = y.session
                return one, two
            def by_constructor():
                return Y(), Y()
            """,
        "b.py": "class X:\n    def handle(k):\n        get_or_create_user(k)\n",
    }
    assert {"a:by_table", "b:X.handle", "a:by_property", "a:Y.session", "a:by_constructor", "a:Y.__init__"} <= chosen(files)


def test_a_call_through_a_base_class_means_the_methods_of_subclasses() -> None:
    files = {
        "base.py": """
            class Base:
                def step(self, k):
                    raise NotImplementedError
                def run(self, k):
                    self.step(k)
                    self.step(k)
            """,
        "sub.py": "from base import Base\nclass Sub(Base):\n    def step(self, k):\n        get_or_create_user(k)\n",
    }
    assert chosen(files) == {"base:Base.run", "sub:Sub.step"}


def test_callers_decide_whether_there_is_a_transaction() -> None:
    files = {
        "a.py": """
            def replace(k):
                t.delete(k)
                t.insert(k)
            def covered(k):
                with db.transaction():
                    replace(k)
            def bare(k):
                replace(k)
            """
    }
    assert chosen(files) == {"a:replace", "a:covered", "a:bare"}


def test_factories_and_functions_that_call_their_parameters_come_along() -> None:
    files = {
        "a.py": """
            class Service:
                def load(self, k):
                    return get_or_create_user(k)
            def make():
                return Service()
            def apply(action, k):
                return action(k)
            def view(k):
                make().load(k)
                apply(make().load, k)
            """
    }
    assert chosen(files) == {"a:Service.load", "a:make", "a:apply", "a:view"}


def test_module_level_code_can_be_a_meeting() -> None:
    assert chosen({"a.py": "get_or_create_user(1)\nget_or_create_user(2)\n"}) == {"a:<module>"}


def test_muted_files_start_nothing() -> None:
    text = "def f(k):\n    get_or_create_user(k)\n    get_or_create_user(k)\n"
    assert chosen({"tests/test_a.py": text}) == {"tests/test_a:f"}
    assert chosen({"tests/test_a.py": text}, frozenset({"tests/test_a.py"})) == set()


def test_reasons_are_given_for_all_that_is_selected() -> None:
    selection = select(indexes({"a.py": "def f(k):\n    get_or_create_user(k)\n    get_or_create_user(k)\n"}), seeds=SEEDS)
    assert selection.reasons == {("a.py", "f"): "calls that may bear on the same record meet here, or leave it out"}
    assert (selection.seen.functions, selection.seen.analysed) == (1, 1)


def test_everything() -> None:
    assert select_all(indexes({"b.py": "def f(): ...\n", "a.py": ""})) == Selection(
        {"a.py": frozenset({"<module>"}), "b.py": frozenset({"<module>", "f"})},
        dict.fromkeys((("a.py", "<module>"), ("b.py", "<module>"), ("b.py", "f")), "everything was asked for"),
    )


def test_meetings() -> None:
    one, two, any_ = {"One"}, {"Two"}, {ANY}
    assert meets([({OBTAIN: one}, False), ({OBTAIN: one}, False)]) == one
    assert not meets([({OBTAIN: one}, False), ({OBTAIN: two}, False)])
    assert meets([({OBTAIN: one}, False), ({OBTAIN: any_}, False)]) == one
    assert meets([({OBTAIN: one}, True)]) == one
    assert not meets([({OBTAIN: one}, False), ({READ: one}, False)])
    assert meets([({CLEAR: one}, False), ({INSERT: one}, False)]) == one
    assert not meets([({CLEAR: one}, False), ({INSERT: two}, False)])
    assert not meets([({CLEAR: any_}, False), ({INSERT: {"@redis"}}, False)])
    assert meets([({CLEAR: any_}, False), ({INSERT: {"@sql"}}, False)])  # a model, and the SQL text of its table
    assert meets([({CLEAR: one}, False), ({INSERT: {"@sql"}}, False)]) == one
    assert meets([({CLEAR: {"@sql"}}, False), ({INSERT: {"@sql"}}, False)]) == {"@sql"}
    assert not meets([({CLEAR: one}, True)])
    assert not meets([({CLEAR: one, INSERT: one}, False)])
    assert meets([({CLEAR: one, INSERT: one}, True)]) == one


STORE = "class Store:\n    def wipe(self, k):\n        t.delete(k)\n    def put(self, k):\n        t.insert(k)\n"


def test_self_means_the_methods_of_the_own_class_and_those_above_it() -> None:
    files = {
        "a.py": "from base import Base\nimport other\n"
        "class Mine(Base):\n    def run(self, k):\n        self.wipe(k)\n        self.put(k)\n",
        "base.py": STORE.replace("Store", "Base"),
        "other.py": STORE,
    }
    assert chosen(files) == {"a:Mine.run", "base:Base.wipe", "base:Base.put"}


def test_super_means_the_classes_above_only() -> None:
    files = {
        "a.py": "from base import Base\nclass Mine(Base):\n    def wipe(self, k):\n        super().wipe(k)\n        super().put(k)\n"
        "    def put(self, k):\n        t.insert(k)\n",
        "base.py": STORE.replace("Store", "Base"),
    }
    assert chosen(files) == {"a:Mine.wipe", "base:Base.wipe", "base:Base.put"}


def test_a_parameter_means_what_it_is_annotated_with() -> None:
    def files(annotation: str) -> dict[str, str]:
        use = f"from store import Store\ndef run(s: {annotation}, k):\n    s.wipe(k)\n    s.put(k)\n"
        return {"a.py": use, "store.py": STORE}

    assert chosen(files("Store")) == {"a:run", "store:Store.wipe", "store:Store.put"}
    assert chosen(files("int")) == set()


def test_a_name_of_a_library_means_nothing_of_the_project() -> None:
    files = {
        "a.py": "import requests\nfrom store import Store\ndef run(k):\n    requests.wipe(k)\n    requests.put(k)\n",
        "store.py": STORE,
    }
    assert chosen(files) == set()
    files["a.py"] = files["a.py"].replace("requests", "store")
    assert "a:run" not in chosen(files)  # a module, and these are methods
    files["store.py"] += "def wipe(k):\n    t.delete(k)\ndef put(k):\n    t.insert(k)\n"
    assert chosen(files) == {"a:run", "store:wipe", "store:put"}


def test_a_common_name_on_an_unknown_receiver_means_methods_of_known_classes() -> None:
    """Everything has a `clear`; a file that knows no class which does means none of the project."""
    store = "class Store:\n    def clear(self, k):\n        t.delete(k)\n    def save(self, k):\n        t.insert(k)\n"
    use = "def run(k):\n    it = make(k)\n    it.clear(k)\n    it.save(k)\n"
    assert chosen({"a.py": "import store\n" + use, "store.py": store}) == {"a:run", "store:Store.clear", "store:Store.save"}
    far = {"a.py": "import middle\n" + use, "middle.py": "import store\n", "store.py": store}
    assert chosen(far) == set()


def test_a_telling_name_on_an_unknown_receiver_means_any_method_that_can_be_reached() -> None:
    store = STORE.replace("put", "refill")
    use = "def run(k):\n    it = make(k)\n    it.wipe(k)\n    it.refill(k)\n"
    far = {"a.py": "import middle\n" + use, "middle.py": "import store\n", "store.py": store}
    assert chosen(far) == {"a:run", "store:Store.wipe", "store:Store.refill"}
    assert chosen({"a.py": use, "store.py": store}) == set()


def test_a_plain_name_means_the_import_and_not_another_of_that_name() -> None:
    helpers = "def wipe(k):\n    t.delete(k)\ndef put(k):\n    t.insert(k)\n"
    use = "from one import wipe, put\nimport two\ndef run(k):\n    wipe(k)\n    put(k)\n"
    assert chosen({"a.py": use, "one.py": helpers, "two.py": helpers}) == {"a:run", "one:wipe", "one:put"}


def test_a_getter_counts_only_where_something_is_made_below_it() -> None:
    def files(store: str) -> dict[str, str]:
        steps = "def ensure_user(x):\n    return one(x)\ndef one(x):\n    return two(x)\ndef two(x):\n    return last(x)\n"
        return {"a.py": f"{steps}def last(x):\n    return {store}\ndef view(x):\n    ensure_user(x)\n    ensure_user(x)\n"}

    assert "a:view" in chosen(files("t.insert(x)"))
    assert {"a:one", "a:two", "a:last"} <= chosen(files("t.insert(x)"))
    assert chosen(files("x + 1")) == set()
