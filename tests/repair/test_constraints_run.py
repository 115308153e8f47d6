"""The constraints that a repair declares, and the migrations beside them, in real projects on SQLite: they say the same, make the unique
set, and stop at duplicates before anything has changed."""

from __future__ import annotations

import importlib.util
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from session_lint import api

DJANGO = {
    "manage.py": """
import os
import sys

from django.core.management import execute_from_command_line

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config")
execute_from_command_line(sys.argv)
""",
    "config.py": """
SECRET_KEY = "x"
INSTALLED_APPS = ["shop"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "shop.sqlite3"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
""",
    "shop/__init__.py": "",
    "shop/migrations/__init__.py": "",
    "shop/models.py": """
from django.db import models


class Guest(models.Model):
    email = models.CharField(max_length=50)


class Tag(models.Model):
    label = models.CharField(max_length=9, unique=True)


class GuestTag(models.Model):
    guest = models.ForeignKey(Guest, on_delete=models.CASCADE)
    tag = models.ForeignKey(Tag, on_delete=models.CASCADE)

    class Meta:
        ordering = ["-id"]


class Asked(models.Model):
    guest = models.ForeignKey(Guest, on_delete=models.CASCADE)
    tag = models.ForeignKey(Tag, on_delete=models.CASCADE)


class Answer(models.Model):
    asked = models.ForeignKey(Asked, on_delete=models.CASCADE)


class Visit(models.Model):
    guest = models.ForeignKey(Guest, null=True, on_delete=models.CASCADE)
    room = models.CharField(max_length=9, default="")
    left_at = models.DateTimeField(null=True)
    hidden = models.BooleanField(default=False)

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["id", "room"], name="some")]
""",
    "shop/getters.py": """
from shop.models import Asked, Guest, GuestTag, Visit


def tag(guest, tag):
    GuestTag.objects.get_or_create(guest=guest, tag=tag)


def ask(guest, tag):
    return Asked.objects.get_or_create(guest=guest, tag=tag)[0]


def guest_of(email):
    return Guest.objects.get_or_create(email=email)[0]


def visit_of(guest, room):
    return Visit.objects.get_or_create(guest=guest, room=room, left_at=None, hidden=False)[0]
""",
}


ALEMBIC = {
    "alembic.ini": "[alembic]\nscript_location = migrations\nsqlalchemy.url = sqlite:///shop.sqlite3\n",
    "migrations/env.py": """
from alembic import context
from sqlalchemy import create_engine, pool

from models import Base

engine = create_engine(context.config.get_main_option("sqlalchemy.url"), poolclass=pool.NullPool)
with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()
""",
    "migrations/script.py.mako": "",
    "migrations/versions/001_tables.py": """
import sqlalchemy as sa
from alembic import op

revision = "001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "carts",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("owner_id", sa.Integer, nullable=False),
        sa.Column("shop", sa.Integer, nullable=True),
        sa.Column("amount", sa.Integer, nullable=True),
    )
    op.create_table(
        "visits",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("guest", sa.Integer, nullable=False),
        sa.Column("left_at", sa.Integer, nullable=True),
    )


def downgrade() -> None:
    op.drop_table("carts")
    op.drop_table("visits")
""",
    "models.py": """
from sqlalchemy import Column, Integer
from sqlalchemy.orm import declarative_base

Base = declarative_base()


class Cart(Base):
    __tablename__ = "carts"

    id = Column(Integer, primary_key=True)
    owner = Column("owner_id", Integer, nullable=False)
    shop = Column(Integer)
    amount = Column(Integer)


class Visit(Base):
    __tablename__ = "visits"
    __table_args__ = {"sqlite_autoincrement": False}

    id = Column(Integer, primary_key=True)
    guest = Column(Integer, nullable=False)
    left_at = Column(Integer)
""",
    "store.py": """
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert

from models import Cart, Visit


def put(session, owner, shop, amount):
    session.execute(
        insert(Cart)
        .values(owner=owner, shop=shop, amount=amount)
        .on_conflict_do_update(index_elements=["owner_id", "shop"], set_={"amount": amount})
    )


def enter(session, guest):
    session.execute(
        insert(Visit).values(guest=guest).on_conflict_do_nothing(index_elements=["guest"], index_where=text("left_at IS NULL"))
    )
""",
}


def repaired(files: dict[str, str], root: Path) -> tuple[str, ...]:
    """Writes the project as it is after the repair; the files that were made."""
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    outcome = api.fix_paths([str(root)], settings=api.load_settings([root]), fixing=api.FixOptions(unsafe=True), write=True)
    assert [finding.code for finding in outcome.left.findings if finding.code == "ONE204"] == []
    return tuple(change.path for change in outcome.changes if change.before is None)


def run(root: Path, *command: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(root), "PYTHONWARNINGS": "ignore"}
    return subprocess.run([sys.executable, *command], cwd=root, env=environment, capture_output=True, text=True, check=False)


def unique_sets(root: Path, table: str) -> set[tuple[str, ...]]:
    """What the database keeps unique of a table, besides its primary key."""
    with sqlite3.connect(root / "shop.sqlite3") as database:
        indexes = [row for row in database.execute(f"PRAGMA index_list({table})") if row[2]]
        return {tuple(column[2] for column in database.execute(f"PRAGMA index_info({row[1]})")) for row in indexes}


def execute(root: Path, *statements: str) -> None:
    with sqlite3.connect(root / "shop.sqlite3") as database:
        for statement in statements:
            database.execute(statement)
    database.close()


django = pytest.mark.skipif(importlib.util.find_spec("django") is None, reason="Django is not installed")


def django_shop(directory: Path) -> None:
    """The application, with a migration of its models as they are."""
    (directory / "shop/migrations").mkdir(parents=True)
    for path, text in DJANGO.items():
        (directory / path).write_text(text, encoding="utf-8")
    run(directory, "manage.py", "makemigrations", "shop")


@django
def test_django(tmp_path: Path) -> None:
    (tmp_path / "shop/migrations").mkdir(parents=True)
    for path, text in DJANGO.items():
        (tmp_path / path).write_text(text, encoding="utf-8")
    assert run(tmp_path, "manage.py", "makemigrations", "shop").returncode == 0
    made = repaired({}, tmp_path)

    names = ("asked_guest_tag", "guest_email", "guesttag_guest_tag", "visit_guest_room")
    assert {path[len("shop/migrations/0002_unique_") : -3] for path in made} == set(names)
    checked = run(tmp_path, "manage.py", "makemigrations", "--check", "--dry-run")
    assert (checked.returncode, checked.stdout.strip()) == (0, "No changes detected"), checked.stderr
    assert run(tmp_path, "manage.py", "check").returncode == 0
    migrated = run(tmp_path, "manage.py", "migrate")
    assert migrated.returncode == 0, migrated.stderr
    assert ("email",) in unique_sets(tmp_path, "shop_guest")
    assert ("guest_id", "room") in unique_sets(tmp_path, "shop_visit")
    execute(tmp_path, "INSERT INTO shop_guest (email) VALUES ('a')")
    with pytest.raises(sqlite3.IntegrityError):
        execute(tmp_path, "INSERT INTO shop_guest (email) VALUES ('a')")
    left = "INSERT INTO shop_visit (guest_id, room, left_at, hidden) VALUES (1, 'x', {left}, 0)"
    execute(tmp_path, left.format(left="'2020-01-01'"), left.format(left="'2020-01-01'"), left.format(left="NULL"))
    with pytest.raises(sqlite3.IntegrityError):
        execute(tmp_path, left.format(left="NULL"))


@django
def test_django_with_duplicates(tmp_path: Path) -> None:
    django_shop(tmp_path)
    repaired({}, tmp_path)
    assert run(tmp_path, "manage.py", "migrate", "shop", "0001").returncode == 0
    twice = "INSERT INTO shop_guest (email) VALUES ('a')"
    none = "INSERT INTO shop_visit (guest_id, room, left_at, hidden) VALUES (NULL, 'x', NULL, 0)"
    execute(tmp_path, twice, twice, none, none)
    before = unique_sets(tmp_path, "shop_guest"), unique_sets(tmp_path, "shop_visit")

    stopped = run(tmp_path, "manage.py", "migrate")

    assert stopped.returncode != 0
    assert "there are several rows with the same email; decide which of them stays: [{'email': 'a', 'number_of_rows': 2}]" in stopped.stderr
    assert (unique_sets(tmp_path, "shop_guest"), unique_sets(tmp_path, "shop_visit")) == before
    execute(tmp_path, "DELETE FROM shop_guest WHERE id = 2")
    went_on = run(tmp_path, "manage.py", "migrate")
    assert went_on.returncode == 0, went_on.stderr
    assert ("guest_id", "room") in unique_sets(tmp_path, "shop_visit"), "rows without a guest are not kept apart, and stop nothing"


@django
def test_django_with_copies(tmp_path: Path) -> None:
    """Rows of a model that links and has nothing else go but for the first; those that something refers to stop the migration."""
    django_shop(tmp_path)
    made = repaired({}, tmp_path)
    removing = [path for path in made if "remove_copies" in (tmp_path / path).read_text(encoding="utf-8")]
    assert [path.partition("unique_")[2] for path in removing] == ["guesttag_guest_tag.py"]
    assert run(tmp_path, "manage.py", "migrate", "shop", "0001").returncode == 0
    execute(tmp_path, "INSERT INTO shop_guest (email) VALUES ('a'), ('b')", "INSERT INTO shop_tag (label) VALUES ('x'), ('y')")
    execute(tmp_path, "INSERT INTO shop_guesttag (guest_id, tag_id) VALUES (1, 1), (2, 1), (1, 1), (1, 2), (1, 1)")

    migrated = run(tmp_path, "manage.py", "migrate")

    assert migrated.returncode == 0, migrated.stderr
    with sqlite3.connect(tmp_path / "shop.sqlite3") as database:
        left = database.execute("SELECT id, guest_id, tag_id FROM shop_guesttag ORDER BY id").fetchall()
    assert left == [(1, 1, 1), (2, 2, 1), (4, 1, 2)]
    assert ("guest_id", "tag_id") in unique_sets(tmp_path, "shop_guesttag")


def test_alembic(tmp_path: Path) -> None:
    made = repaired(ALEMBIC, tmp_path)

    assert made == ("migrations/versions/002_uq_carts_owner_shop.py", "migrations/versions/003_uq_visits_guest.py")
    migrated = run(tmp_path, "-m", "alembic", "upgrade", "head")
    assert migrated.returncode == 0, migrated.stderr
    assert unique_sets(tmp_path, "carts") == {("owner_id", "shop")}
    assert unique_sets(tmp_path, "visits") == {("guest",)}
    checked = run(tmp_path, "-m", "alembic", "check")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    visit = "INSERT INTO visits (guest, left_at) VALUES (1, {})"
    execute(tmp_path, visit.format("5"), visit.format("5"), visit.format("NULL"))
    with pytest.raises(sqlite3.IntegrityError):
        execute(tmp_path, visit.format("NULL"))
    assert run(tmp_path, "-m", "alembic", "downgrade", "001").returncode == 0
    assert unique_sets(tmp_path, "carts") == set()


def test_alembic_with_duplicates(tmp_path: Path) -> None:
    repaired(ALEMBIC, tmp_path)
    assert run(tmp_path, "-m", "alembic", "upgrade", "001").returncode == 0
    cart = "INSERT INTO carts (owner_id, shop) VALUES (1, {})"
    execute(tmp_path, cart.format("2"), cart.format("2"), cart.format("NULL"), cart.format("NULL"))

    stopped = run(tmp_path, "-m", "alembic", "upgrade", "head")

    assert stopped.returncode != 0
    assert "there are several rows with the same owner_id, shop; decide which of them stays: [(1, 2, 2)]" in stopped.stderr
    assert unique_sets(tmp_path, "carts") == set()
    execute(tmp_path, "DELETE FROM carts WHERE id = 2")
    went_on = run(tmp_path, "-m", "alembic", "upgrade", "head")
    assert went_on.returncode == 0, went_on.stderr
    assert unique_sets(tmp_path, "carts") == {("owner_id", "shop")}


PEEWEE = {
    "models.py": """
from peewee import CharField, DateTimeField, IntegerField, Model, SqliteDatabase

db = SqliteDatabase("shop.sqlite3")


class Feed(Model):
    url = CharField()
    hits = IntegerField(default=0)

    class Meta:
        database = db


class Visit(Model):
    guest = IntegerField()
    left_at = DateTimeField(null=True)

    class Meta:
        database = db


def feed(url):
    return Feed.get_or_create(url=url)[0]


def visit(guest):
    return Visit.get_or_create(guest=guest, left_at=None)[0]
""",
}


def test_peewee(tmp_path: Path) -> None:
    """Tables that peewee makes have the sets, one of them over the rows in use alone."""
    repaired(PEEWEE, tmp_path)  # before there is a script: what that alone calls is run by hand
    script = "from models import *; db.create_tables([Feed, Visit]); assert feed('a') == feed('a') and visit(1) == visit(1)"
    made = run(tmp_path, "-c", script)
    assert made.returncode == 0, made.stderr
    assert unique_sets(tmp_path, "feed") == {("url",)}
    with pytest.raises(sqlite3.IntegrityError, match=r"feed\.url"):
        execute(tmp_path, "INSERT INTO feed (url, hits) VALUES ('a', 0)")
    with pytest.raises(sqlite3.IntegrityError, match=r"visit\.guest"):
        execute(tmp_path, "INSERT INTO visit (guest) VALUES (1)")
    execute(tmp_path, "INSERT INTO visit (guest, left_at) VALUES (1, '2026-01-01'), (1, '2026-01-02')")


_NOTES = """
from tortoise import Tortoise, run_async

from models import note


async def main():
    await Tortoise.init(db_url="sqlite://shop.sqlite3", modules={"models": ["models"]})
    await Tortoise.generate_schemas()
    assert (await note(1, 2))[0].pk == (await note(1, 2))[0].pk


run_async(main())
"""

TORTOISE = {
    "models.py": """
from tortoise import fields
from tortoise.models import Model


class Note(Model):
    user = fields.IntField()
    day = fields.IntField()
    number = fields.IntField(default=0)

    class Meta:
        unique_together = ("user", "number")


async def note(user, day):
    return await Note.get_or_create(user=user, day=day)
""",
}


def test_tortoise(tmp_path: Path) -> None:
    """A table that Tortoise makes has the set beside the one that it had."""
    repaired(TORTOISE, tmp_path)
    made = run(tmp_path, "-c", _NOTES)
    assert made.returncode == 0, made.stderr
    assert unique_sets(tmp_path, "note") == {("user", "number"), ("user", "day")}
    with pytest.raises(sqlite3.IntegrityError, match=r"note\.user, note\.day"):
        execute(tmp_path, "INSERT INTO note (user, day, number) VALUES (1, 2, 9)")
