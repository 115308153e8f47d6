"""Which files of statements are read: those that a Python file refers to, and no others."""

from __future__ import annotations

import pytest

from session_lint.project.statement_files import LARGEST, referred

FILES = {
    path: path.encode()
    for path in ("app/sql/cart.sql", "app/sql/user.sql", "app/sql/old/cart.sql", "migrations/001.sql", "migrations/002.sql", "schema.sql")
}


def read_for(text: str, path: str = "app/store.py", **others: str) -> list[str]:
    """The files that are read for one Python file, and others beside it."""
    contents = {path: text.encode(), **{f"{name}.py": other.encode() for name, other in others.items()}}
    read: list[str] = []

    def reading(name: str) -> bytes:
        read.append(name)
        return FILES[name]

    found = referred(contents, FILES, reading)
    assert sorted(found.contents) == sorted(read)
    assert read == sorted({name for names in found.users.values() for name in names})
    return read


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        pytest.param("x = 1\n", [], id="nothing"),
        pytest.param('open("schema.sql")\n', ["schema.sql"], id="a name"),
        pytest.param('open("sql/cart.sql")\n', ["app/sql/cart.sql"], id="a path"),
        pytest.param(
            'Path(__file__).parent / "sql" / "cart.sql"\n', ["app/sql/cart.sql", "app/sql/old/cart.sql"], id="a name that two have"
        ),
        pytest.param('(Path("sql") / f"{name}.sql")\n', ["app/sql/cart.sql", "app/sql/user.sql"], id="a directory, and any name"),
        pytest.param('Path("../migrations/").glob("*.sql")\n', ["migrations/001.sql", "migrations/002.sql"], id="a pattern"),
        pytest.param('"migrations/%s.sql" % number\n', ["migrations/001.sql", "migrations/002.sql"], id="a text put together"),
        pytest.param('files("app.sql") / (name + ".sql")\n', ["app/sql/cart.sql", "app/sql/user.sql"], id="a package"),
        pytest.param(
            'from app import sql\nfiles(sql) / (name + ".sql")\n',
            ["app/sql/cart.sql", "app/sql/old/cart.sql", "app/sql/user.sql"],
            id="beside the file",
        ),
        pytest.param('import aiosql\naiosql.from_path("app/sql")\n', ["app/sql/cart.sql", "app/sql/user.sql"], id="a library"),
        pytest.param('folder = "migrations"\n', [], id="a directory alone"),
        pytest.param("# it's in cart.sql, isn't it\n", [], id="a comment"),
        pytest.param('execute("DELETE FROM cart.sql")\n', [], id="another text"),
        pytest.param('open("sql/missing.sql")\n', [], id="a file that is not there"),
    ],
)
def test_what_is_referred_to(text: str, wanted: list[str]) -> None:
    assert read_for(text) == wanted


def test_an_imported_package_is_a_directory() -> None:
    text = 'from app import sql\nfiles(sql) / (name + ".sql")\n'
    assert read_for(text, "tools/load.py") == ["app/sql/cart.sql", "app/sql/user.sql"]


def test_a_setting_says_where_they_are() -> None:
    text = 'import conf\nopen(conf.FOLDER / f"{name}.sql")\n'
    assert read_for(text, "tools/load.py", conf='FOLDER = ROOT / "migrations"\n') == ["migrations/001.sql", "migrations/002.sql"]


def test_a_dump_of_data_is_left_out() -> None:
    contents = {"a.py": b'open("big.sql"), open("small.sql")\n'}
    found = referred(contents, ["big.sql", "small.sql"], {"big.sql": b" " * (LARGEST + 1), "small.sql": b"SELECT 1"}.get)
    assert found.users == {"a.py": ("small.sql",)}
    assert found.contents == {"small.sql": b"SELECT 1"}
