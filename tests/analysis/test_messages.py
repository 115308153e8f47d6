"""What a finding says: in the words of its source, nothing cut in the middle, the link that is assumed."""

from __future__ import annotations

import pytest

from session_lint import api
from session_lint.analysis.extract.written import LIMIT, lines_of, shortened, written
from session_lint.facts.location import Span

MODELS = """\
from django.db import models


class Cart(models.Model):
    owner = models.ForeignKey("auth.User", on_delete=models.CASCADE, unique=True)
    name = models.CharField(max_length=80, unique=True)


class Shop:
    def __init__(self, region, role=None):
        self.region = region

    def open_cart(self, owner):
        cart, _ = Cart.objects.get_or_create(owner=owner)
        return cart


def label(user, kind):
    return f"{kind}-{user.pk}"
"""


def message(body: str) -> str:
    """Of the one finding in a function."""
    text = "from shop.models import Cart, Shop, label\n\n\ndef f(user, kind, role, other):\n" + body
    (finding,) = api.check_source({"shop/__init__.py": "", "shop/models.py": MODELS, "shop/views.py": text}).findings
    return finding.message


def test_a_method_is_called_as_it_is_written() -> None:
    body = "    svc = Shop(user.region, role=role.main_role)\n    a = svc.open_cart(user)\n    return a, svc.open_cart(user)\n"
    assert message(body) == ("`svc.open_cart(user)` obtains the record for user again; it was obtained at shop/views.py:6; reuse `a`")


def test_a_key_is_named_as_it_is_written() -> None:
    body = "    name = label(user, kind)\n    a, made = Cart.objects.get_or_create(name=name)\n"
    body += "    again, made = Cart.objects.get_or_create(\n        name=name,\n    )\n    return a, again\n"
    assert message(body) == (
        "`Cart.objects.get_or_create(name=name)` obtains the record for name again; it was obtained at shop/views.py:6; reuse `a`"
    )


def test_of_a_long_call_whole_arguments_are_left_out() -> None:
    body = "    a, _ = Cart.objects.get_or_create(name=kind, owner=user)\n    b, _ = Cart.objects.get_or_create(name=kind, owner=user, "
    body += 'defaults={"region": user.region, "language": user.language})\n    return a, b\n'
    assert message(body).startswith("`Cart.objects.get_or_create(name=kind, owner=user, …)` obtains the record for kind, user again")


def test_what_is_assumed_is_said() -> None:
    body = (
        "    a, _ = Cart.objects.get_or_create(owner=user)\n    b, _ = Cart.objects.get_or_create(owner=other or user)\n    return a, b\n"
    )
    assert message(body).endswith("; assumed: that other or user is user, the key of the first call; reuse `a`")


def test_a_loop_does_not_name_its_own_line() -> None:
    body = "    for _ in kind:\n        cart, _ = Cart.objects.get_or_create(owner=user)\n        cart.save()\n"
    assert message(body) == (
        "`Cart.objects.get_or_create(owner=user)` obtains the record for user in every turn of a loop; obtain it once before the loop"
    )


def test_two_functions_of_one_name_are_told_apart() -> None:
    files = {
        "shop/__init__.py": "",
        "shop/models.py": MODELS,
        "shop/a.py": "from shop.models import Cart\n\n\ndef run(user):\n    return Cart.objects.get_or_create(owner=user)[0].name\n",
        "shop/b.py": "from shop.models import Cart\n\n\ndef run(user):\n    return Cart.objects.get_or_create(owner=user)[0].pk\n",
        "shop/views.py": "from shop import a, b\n\n\ndef f(user):\n    return a.run(user), b.run(user)\n",
    }
    (finding,) = api.check_source(files).findings
    assert "`a.run()` obtained it" in finding.message
    assert finding.message.endswith("let `a.run()` hand it on, and pass it down to `b.run()`")


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("f(a)", "f(a)"),
        ("f(" + "a" * 30 + ", " + "b" * 40 + ", " + "c" * 40 + ")", "f(" + "a" * 30 + ", " + "b" * 40 + ", …)"),
        ("f(g(1, 2), '" + "a, b" * 10 + "', " + "c" * 50 + ")", "f(g(1, 2), '" + "a, b" * 10 + "', …)"),
        ("f(" + "a" * 100 + ")", "f(…)"),
        ("a" * 100, "a" * (LIMIT - 1) + "…"),
        ("db.table('carts').select('*')" + ".eq('name', name)" * 5 + ".execute()", "db.table('carts').select('*')….execute(…)"),
    ],
)
def test_shortened(call: str, said: str) -> None:
    assert shortened(call) == said
    assert len(said) <= LIMIT


def test_a_call_over_several_lines_stands_on_one() -> None:
    text = "x = f(\n    a,  # the first\n    # and the second\n    b='#',\n)\n"
    assert written(lines_of(text), Span(1, 5, 5, 2)) == "f(a, b='#')"
