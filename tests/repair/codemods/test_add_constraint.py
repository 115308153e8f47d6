"""The codemod under LibCST's own runner: one file, everything it shows by itself."""

from __future__ import annotations

from libcst.codemod import CodemodTest
from session_lint.codemods.add_constraint import AddConstraint


class TestAddConstraint(CodemodTest):
    TRANSFORM = AddConstraint

    def test_a_model_gets_its_constraint(self) -> None:
        before = """
            from django.db import models


            class Tag(models.Model):
                label = models.CharField(max_length=50)


            def tagged(label):
                return Tag.objects.get_or_create(label=label)
        """
        after = """
            from django.db import models


            class Tag(models.Model):
                label = models.CharField(max_length=50)

                class Meta:
                    constraints = [
                        models.UniqueConstraint(fields=["label"], name="unique_tag_label"),
                    ]


            def tagged(label):
                return Tag.objects.get_or_create(label=label)
        """
        self.assertCodemod(before, after)

    def test_what_is_refused_stays(self) -> None:
        before = """
            from django.db import models


            class Cart(models.Model):
                user = models.IntegerField(null=True)
                cookie = models.CharField(max_length=9, null=True)


            def cart(user, cookie):
                return Cart.objects.get_or_create(user=user, cookie=cookie)
        """
        self.assertCodemod(before, before)
