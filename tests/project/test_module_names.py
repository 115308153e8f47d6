"""Two applications in one project may each have a package of one name."""

from __future__ import annotations

from pathlib import Path

import pytest

from session_lint import api
from session_lint.analysis import pipeline
from session_lint.project.module_names import ModuleNames, meant
from session_lint.project.source_roots import source_roots
from session_lint.settings.settings import GetterSetting, Settings

STORE = """
import sqlite3

conn = sqlite3.connect("carts.db")


def get_or_create_cart(customer_id):
    row = conn.execute("SELECT id FROM carts WHERE customer_id = ?", (customer_id,)).fetchone()
    if row is None:
        conn.execute("INSERT INTO carts (customer_id) VALUES (?) ON CONFLICT (customer_id) DO NOTHING", (customer_id,))
        row = conn.execute("SELECT id FROM carts WHERE customer_id = ?", (customer_id,)).fetchone()
        conn.commit()
    return row[0]
"""
PRICES = "from app.store import get_or_create_cart\n\n\ndef total(customer_id):\n    print(get_or_create_cart(customer_id))\n"
VIEWS = """
def show(customer_id):
    from app.prices import total
    import app.store

    cart = app.store.get_or_create_cart(customer_id)
    return cart, total(customer_id)
"""

PAGES = """
from django.http import HttpResponse

from app.views import show


class Around:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)


def cart(request):
    return HttpResponse(show(request.user.pk))
"""


def application(root: str, *, package: bool) -> dict[str, str]:
    """An application with a package `app` below a directory."""
    files = {f"{root}app/store.py": STORE, f"{root}app/prices.py": PRICES, f"{root}app/views.py": VIEWS}
    return {**files, f"{root}app/__init__.py": ""} if package else {**files, f"{root}main.py": "import app.views\n"}


@pytest.mark.parametrize("package", [True, False])
@pytest.mark.parametrize("roots", [("shop/", "desk/"), ("services/shop/", "services/desk/", "tools/v1.2/till/"), ("", "copies/old/")])
def test_each_application_has_its_findings(roots: tuple[str, ...], package: bool) -> None:
    files = {path: text for root in roots for path, text in application(root, package=package).items()}

    found = api.check_source(files).findings

    assert sorted(one.place.path for one in found) == sorted(f"{root}app/prices.py" for root in roots)
    for one in found:
        assert {step.place.path.removesuffix("app/prices.py").removesuffix("app/views.py") for step in one.chain} == {
            one.place.path.removesuffix("app/prices.py")
        }


def test_each_application_calls_its_own() -> None:
    files = {**application("shop/", package=True), **application("desk/", package=True)}

    graph = pipeline.graph_sources(files)

    assert graph["shop.app.views.show"] == ("shop.app.prices.total", "shop.app.store.get_or_create_cart")
    assert graph["desk.app.prices.total"] == ("desk.app.store.get_or_create_cart",)


def test_what_another_application_hands_on_is_none_of_this_one() -> None:
    files = application("shop/", package=True)
    files["desk/app/__init__.py"] = ""
    files["desk/app/store.py"] = STORE
    files["desk/app/views.py"] = VIEWS.replace("from app.prices import total", "total = str")

    found = api.check_source(files).findings

    assert [one.place.path for one in found] == ["shop/app/prices.py"]


def test_a_namespace_in_two_places_is_one() -> None:
    paths = {"one/src/company/a.py": b"import company.b\n", "two/src/company/b.py": b""}
    roots = source_roots(Settings(root=Path()), paths)
    names = ModuleNames.of_files(paths, roots)

    assert names.several == {}
    assert names.renamed("one/src/company/a.py") == ()
    assert names.of("two/src/company/b.py") == ("company.b", False)


def test_an_import_means_the_nearest_root_above() -> None:
    paths = ["app/__init__.py", "app/store.py", "old/app/__init__.py", "old/app/store.py", "other/run.py"]
    names = ModuleNames.of_files(paths, ("", "old"))

    assert names.of("app/store.py") == ("app.store", False)
    assert names.of("old/app/store.py") == ("old.app.store", False)
    assert meant("app.store.load", names.renamed("old/app/views.py")) == "old.app.store.load"
    assert meant("app.store.load", names.renamed("other/run.py")) == "app.store.load"
    assert meant("apple.store", names.renamed("old/app/views.py")) == "apple.store"
    assert names.plain("old.app.store.load") == "app.store.load"
    assert names.plain("app.store.load") == "app.store.load"


def test_a_setting_names_the_getter_as_its_application_does() -> None:
    files = {
        f"{root}app/{name}.py": text
        for root in ("shop/", "desk/")
        for name, text in {
            "__init__": "",
            "store": "def load_cart(customer_id):\n    return fetch(customer_id)\n",
            "views": "from app.store import load_cart\n\n\ndef show(user):\n    one = load_cart(user)\n    return one, load_cart(user)\n",
        }.items()
    }
    getters = (GetterSetting("app.store.load_cart"),)

    found = api.check_source(files, settings=Settings(root=Path(), getters=getters)).findings

    assert sorted(one.place.path for one in found) == ["desk/app/views.py", "shop/app/views.py"]


def test_an_application_in_a_directory_that_no_import_can_name() -> None:
    """Two copies of one package, each below a directory with a version in its name, with views that a framework runs."""
    files: dict[str, str] = {}
    for root in ("ext/django-carts-5.1/", "ext/django-carts-6.0/"):
        files |= application(root, package=True)
        files[f"{root}app/urls.py"] = "from django.urls import path\n\nfrom app import pages\n\nurlpatterns = [path('', pages.cart)]\n"
        files[f"{root}app/settings.py"] = "MIDDLEWARE = ['app.pages.Around']\nDATABASES = {'default': {'ATOMIC_REQUESTS': True}}\n"
        files[f"{root}app/pages.py"] = PAGES

    found = api.check_source(files).findings

    assert sorted(one.place.path for one in found) == ["ext/django-carts-5.1/app/prices.py", "ext/django-carts-6.0/app/prices.py"]
