"""`session-lint schema`: what it prints for people and for programs."""

from __future__ import annotations

import json
from pathlib import Path

from functional.project import lint, write

MODELS = """\
from django.db import models


class Basket(models.Model):
    owner = models.IntegerField()
    open = models.BooleanField(default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner"], condition=models.Q(open=True), name="one_open")]


class Made(models.Model):
    code = models.CharField(max_length=9, unique=True)

    class Meta:
        constraints = made_elsewhere()
"""
LISTED = """\
models.py:4: models.Basket: owner, open
    (id): the primary key
    (owner) where models.Q(open=True): UniqueConstraint  models.py:8

models.py:12: models.Made: code
    (id): the primary key
    (code): unique=True  models.py:13
    not understood: `constraints` of `Made`

2 tables with 4 unique sets; 1 not understood whole.
"""


def test_for_people(tmp_path: Path) -> None:
    project = write(tmp_path, models=MODELS)
    done = lint(project, "schema")

    assert (done.returncode, done.stdout) == (0, LISTED)


def test_for_programs(tmp_path: Path) -> None:
    done = lint(write(tmp_path, models=MODELS), "schema", "models.py", "--output-format", "json")
    basket, made = json.loads(done.stdout)

    assert (basket["model"], basket["known"], basket["columns"], basket["location"]) == (
        "models.Basket",
        True,
        ["owner", "open"],
        {"row": 4, "column": 1},
    )
    assert [(one["columns"], one["condition"], one["location"]["row"]) for one in basket["unique"]] == [
        (["id"], None, 4),
        (["owner"], "models.Q(open=True)", 8),
    ]
    assert (made["known"], made["gaps"]) == (False, ["`constraints` of `Made`"])


def test_a_project_without_tables(tmp_path: Path) -> None:
    done = lint(write(tmp_path, plain="def add(a, b):\n    return a + b\n"), "schema")

    assert (done.returncode, done.stdout) == (
        0,
        "No tables found: no model, no table and no statement that makes one is declared in these files.\n",
    )


def test_a_statement_that_changes_changes_the_findings(tmp_path: Path) -> None:
    text = """\
import psycopg

SCHEMA = "CREATE TABLE tokens (id int primary key, owner int{})"


def renew(conn: psycopg.Connection, owner, secret):
    conn.execute("DELETE FROM tokens WHERE owner = %s", (owner,))
    conn.execute("INSERT INTO tokens (owner, secret) VALUES (%s, %s)", (owner, secret))
    conn.commit()
"""
    project = write(tmp_path, app=text.replace("{}", ""))
    first = lint(project, "check", "--output-format", "full")
    (project / "app.py").write_text(text.replace("{}", " unique"), encoding="utf-8")
    second = lint(project, "check", "--output-format", "full")

    assert "which `tokens` does not have" in first.stdout
    assert "unique (owner) of `tokens`" in second.stdout


def test_a_file_of_statements_that_nobody_names(tmp_path: Path) -> None:
    project = write(tmp_path, models=MODELS.partition("class Made")[0])
    (project / "schema.sql").write_text("CREATE UNIQUE INDEX one ON carts (owner);\nCREATE TABLE carts (owner int);\n", encoding="utf-8")
    first = lint(project, "schema")
    (project / "schema.sql").write_text("CREATE TABLE carts (owner int, day date);\n", encoding="utf-8")
    second = lint(project, "schema")

    assert "schema.sql:2: carts: owner\n    (owner): a unique index\n" in first.stdout
    assert "schema.sql:1: carts: owner, day\n\n" in second.stdout


GETTERS = """\
from models import Made, Sent


def sent(code, day):
    return Sent.objects.get_or_create(code=code, day=day)[0]


def open_one(code):
    return Sent.objects.get_or_create(code=code, open=True)[0]


def folded(code):
    return Made.objects.get_or_create(code__iexact=code, defaults={"code": code})[0]
"""
OF_GETTERS = """\
from django.db import models


class Sent(models.Model):
    code = models.CharField(max_length=9)
    day = models.DateField()
    open = models.BooleanField(default=True)


class Made(models.Model):
    code = models.CharField(max_length=9)
"""


def _advice(project: Path) -> list[str]:
    found = json.loads(lint(project, "check", "--select", "ONE204", "--exit-zero", "--output-format", "json").stdout)
    return [one["message"].partition("; declare ")[2] for one in found]


def test_the_advice_is_for_the_release_that_the_project_allows(tmp_path: Path) -> None:
    project = write(tmp_path, models=OF_GETTERS, getters=GETTERS)
    (project / "requirements.txt").write_text("Django>=1.11,<2.2\n", encoding="utf-8")
    by_statement = "(by `RunSQL` in a migration: `Meta` cannot say it before Django"
    whole, lower = (
        '`unique_together = (("code", "day"),)` in the `Meta` of `Sent`',
        f"`CREATE UNIQUE INDEX ON Made (lower(code))` {by_statement} 4.0)",
    )

    assert _advice(project) == [whole, "", lower]

    (project / "requirements.txt").write_text("Django>=2.2,<4\n", encoding="utf-8")
    assert _advice(project) == ['`UniqueConstraint(fields=["code", "day"], name=...)` in the `Meta` of `Sent`', "", lower]


def test_no_constraint_is_written_that_the_release_does_not_have(tmp_path: Path) -> None:
    project = write(tmp_path, models=OF_GETTERS, getters=GETTERS)
    (project / "requirements.txt").write_text("Django==1.11.29\n", encoding="utf-8")

    done = lint(project, "fix", "--unsafe-fixes", "--diff", "--exit-zero")
    assert "UniqueConstraint" not in "".join(line for line in done.stdout.splitlines() if line.startswith("+"))
