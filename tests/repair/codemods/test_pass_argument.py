"""The codemod as LibCST's own tool runs it: on one file."""

from __future__ import annotations

from libcst.codemod import CodemodTest
from session_lint.codemods.pass_argument import PassArgument

_GETTER = """
    from django.db import models


    class Cart(models.Model):
        owner = models.OneToOneField("auth.User", on_delete=models.CASCADE)


    def add_fee(user, amount, cart=None):
        if cart is None:
            cart, _ = Cart.objects.get_or_create(owner=user)
        cart.total += amount
        cart.save()


"""


class TestPassArgument(CodemodTest):
    """One file, and nothing else is known of the project."""

    TRANSFORM = PassArgument

    def test_the_record_is_passed(self) -> None:
        before = f"""{_GETTER}
    def checkout(user):
        cart, _ = Cart.objects.get_or_create(owner=user)
        add_fee(user, 5)  # for the box
        return cart
"""
        after = f"""{_GETTER}
    def checkout(user):
        cart, _ = Cart.objects.get_or_create(owner=user)
        add_fee(user, 5, cart=cart)  # for the box
        return cart
"""
        self.assertCodemod(before, after)

    def test_another_users_record_is_not_passed(self) -> None:
        text = f"""{_GETTER}
    def checkout(user, friend):
        cart, _ = Cart.objects.get_or_create(owner=user)
        add_fee(friend, 5)
        return cart
"""
        self.assertCodemod(text, text)
