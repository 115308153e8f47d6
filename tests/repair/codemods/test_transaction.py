"""The transaction codemod under LibCST's own runner: the repairs that stay in one file."""

from __future__ import annotations

from libcst.codemod import CodemodTest
from session_lint.codemods.transaction import Transaction


class TestTransaction(CodemodTest):
    """Without session-lint's own command, over one file."""

    TRANSFORM = Transaction

    def test_both_statements_are_wrapped(self) -> None:
        before = """
            from django.db import models

            from .models import Tag


            def save_tags(post_id, words):
                Tag.objects.filter(post_id=post_id).delete()
                # the new ones
                Tag.objects.bulk_create([Tag(post_id=post_id, word=word) for word in words])
        """
        after = """
            from django.db import models, transaction

            from .models import Tag


            def save_tags(post_id, words):
                with transaction.atomic():
                    Tag.objects.filter(post_id=post_id).delete()
                    # the new ones
                    Tag.objects.bulk_create([Tag(post_id=post_id, word=word) for word in words])
        """

        self.assertCodemod(before, after)

    def test_a_relation_is_set(self) -> None:
        before = """
            from .models import Person


            def regroup(person: Person, groups):
                person.groups.clear()
                person.groups.add(*groups)
        """
        after = """
            from .models import Person


            def regroup(person: Person, groups):
                person.groups.set(groups)
        """

        self.assertCodemod(before, after)

    def test_nothing_changes_inside_a_transaction(self) -> None:
        code = """
            from django.db import transaction

            from .models import Tag


            @transaction.atomic
            def save_tags(post_id, words):
                Tag.objects.filter(post_id=post_id).delete()
                Tag.objects.bulk_create([Tag(post_id=post_id, word=word) for word in words])
        """

        self.assertCodemod(code, code)
