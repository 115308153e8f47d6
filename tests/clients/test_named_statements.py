"""Files of named statements: where a block begins, what it is called, and what is asked for in it."""

from __future__ import annotations

import re

import pytest

from session_lint.clients import statement_libraries
from session_lint.clients.named_statements import read_file
from session_lint.clients.statement_library import StatementLibrary
from session_lint.facts.statement_file import NamedStatement
from session_lint.registry import discover


@pytest.mark.parametrize(
    ("head", "name", "operator"),
    [
        ("-- name: drop-lines!", "drop_lines", "!"),
        ("--name: drop_lines", "drop_lines", ""),
        ("-- name: put_line<!", "put_line", "<!"),
        ("-- name: put_lines*!", "put_lines", "*!"),
        ("-- name: reset#", "reset", "#"),
        ("-- name: one(cart_id)^", "one", "^"),
        ("-- name: total$", "total", "$"),
        ("-- :name drop_lines :affected", "drop_lines", ""),
        ("/* name: drop_lines */", "drop_lines", ""),
        ("# name: drop_lines", "drop_lines", ""),
    ],
)
def test_heads(head: str, name: str, operator: str) -> None:
    (block,) = read_file("a.sql", f"{head}\nDELETE FROM lines WHERE cart_id = :cart_id;\n".encode()).blocks
    assert block == NamedStatement(name, "DELETE FROM lines WHERE cart_id = :cart_id;", operator, ("cart_id",))


@pytest.mark.parametrize("text", ["-- the name of the cart\nSELECT 1", "-- name\nSELECT 1", "SELECT name: int FROM a", "-- rename: no\n"])
def test_no_heads(text: str) -> None:
    assert read_file("a.sql", text.encode()).blocks == ()


def test_blocks_without_comments() -> None:
    text = (
        "\ufeff-- name: a\r\n-- it's gone: :nobody asks\r\nDELETE FROM x\r\nWHERE y = ':z -- no' /* ' */\r\n"
        "AND k = :k AND l = %(l)s AND k2 = :k\r\n"
        "\r\n-- name: b\r\n-- nothing\r\n"
    )
    first, second = read_file("a.sql", text.encode()).blocks
    assert first.text == "DELETE FROM x\nWHERE y = ':z -- no'  \nAND k = :k AND l = %(l)s AND k2 = :k"
    assert first.parameters == ("k", "l")
    assert second == NamedStatement("b", "")


@pytest.mark.parametrize(
    ("key", "wanted"),
    [
        ("carts", "whole"),
        ("carts.sql", "whole"),
        ("sql/carts", "whole"),
        ("sql/carts.sql", "whole"),
        ("drop-lines", "drop"),
        ("drop_lines", "drop"),
        ("carts.drop_lines", "drop"),
        ("users.drop_lines", ""),
        ("arts", ""),
        ("lines", ""),
    ],
)
def test_what_a_key_means(key: str, wanted: str) -> None:
    file = read_file("app/sql/carts.sql", b"-- name: drop-lines\nDELETE FROM lines\n")
    whole, drop = file.text, file.blocks[0].text
    assert file.texts(key) == tuple({"whole": whole, "drop": drop}[one] for one in ([wanted] if wanted else []))


@pytest.mark.parametrize(
    ("origin", "package"),
    [
        ("aiosql.from_path()", "aiosql"),
        ("aiosql.from_str()", "aiosql"),
        ("aiosql.from_path().carts", "aiosql"),
        ("aiosql.queries.Queries()", "aiosql"),
        ("anosql.from_path()", "anosql"),
        ("anosql.load_queries()", "anosql"),
        ("anosql.core.Queries()", "anosql"),
        ("pugsql.module()", "pugsql"),
        ("pugsql.compiler.Module()", "pugsql"),
        ("aiosql.adapters.AsyncPGAdapter()", ""),
        ("app.aiosql.from_path()", ""),
    ],
)
def test_what_a_library_makes(origin: str, package: str) -> None:
    libraries = discover(statement_libraries, StatementLibrary)
    assert [one.package for one in libraries if re.fullmatch(one.origin, origin)] == ([package] if package else [])
