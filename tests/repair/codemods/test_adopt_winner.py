"""The codemod under LibCST's own runner: one file, everything it shows by itself."""

from __future__ import annotations

from libcst.codemod import CodemodTest
from session_lint.codemods.adopt_winner import AdoptWinner


class TestAdoptWinner(CodemodTest):
    TRANSFORM = AdoptWinner

    def test_a_look_up_and_a_create_become_one(self) -> None:
        before = """
            from django.db import models


            class Badge(models.Model):
                slug = models.SlugField(unique=True)
                title = models.TextField()


            def badge_of(slug, title):
                try:
                    return Badge.objects.get(slug=slug)
                except Badge.DoesNotExist:
                    return Badge.objects.create(slug=slug, title=title)
        """
        after = """
            from django.db import models


            class Badge(models.Model):
                slug = models.SlugField(unique=True)
                title = models.TextField()


            def badge_of(slug, title):
                badge, _ = Badge.objects.get_or_create(slug=slug, defaults={"title": title})
                return badge
        """
        self.assertCodemod(before, after)

    def test_the_error_of_a_statement_is_answered(self) -> None:
        before = """
            import sqlite3

            TABLES = "CREATE TABLE seats (id INTEGER PRIMARY KEY, number TEXT UNIQUE)"


            def take(conn: sqlite3.Connection, number):
                if conn.execute("SELECT 1 FROM seats WHERE number = ?", (number,)).fetchone():
                    return False
                conn.execute("INSERT INTO seats (number) VALUES (?)", (number,))
                return True
        """
        after = """
            import sqlite3

            TABLES = "CREATE TABLE seats (id INTEGER PRIMARY KEY, number TEXT UNIQUE)"


            def take(conn: sqlite3.Connection, number):
                if conn.execute("SELECT 1 FROM seats WHERE number = ?", (number,)).fetchone():
                    return False
                try:
                    conn.execute("INSERT INTO seats (number) VALUES (?)", (number,))
                except sqlite3.IntegrityError:
                    if conn.execute("SELECT 1 FROM seats WHERE number = ?", (number,)).fetchone():
                        return False
                    raise
                return True
        """
        self.assertCodemod(before, after)

    def test_without_a_constraint_the_model_declares_it(self) -> None:
        before = """
            from django.db import models


            class Badge(models.Model):
                slug = models.SlugField()


            def badge(slug):
                if not Badge.objects.filter(slug=slug).exists():
                    Badge.objects.create(slug=slug)
        """
        after = """
            from django.db import models


            class Badge(models.Model):
                slug = models.SlugField()

                class Meta:
                    constraints = [
                        models.UniqueConstraint(fields=["slug"], name="unique_badge_slug"),
                    ]


            def badge(slug):
                Badge.objects.get_or_create(slug=slug)
        """
        self.assertCodemod(before, after)
