from __future__ import annotations

import importlib.metadata
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

import session_lint
from session_lint import api
from session_lint.analysis.project import library_versions, tool_digest
from session_lint.runtime import pool
from session_lint.runtime.cache import Cache, digest
from session_lint.settings.settings import Settings

KEYS = [digest(str(number)) for number in range(1200)]


def database(directory: Path) -> Path:
    (file,) = directory.glob("cache-*.sqlite3")
    return file


def put(directory: Path, values: dict[str, object], salt: str = "") -> None:
    with closing(Cache.open(directory, salt)) as cache:
        cache.put_many("index", values)


def get(directory: Path, keys: list[str], salt: str = "", kind: str = "index") -> dict[str, object]:
    with closing(Cache.open(directory, salt)) as cache:
        return cache.get_many(kind, keys)


def edit(directory: Path, statement: str, *values: object) -> None:
    with closing(sqlite3.connect(database(directory))) as connection, connection:
        connection.execute(statement, values)


def test_values_come_back_in_the_order_asked(tmp_path: Path) -> None:
    put(tmp_path / "c", {key: ("value", number) for number, key in enumerate(KEYS)})
    found = get(tmp_path / "c", [*reversed(KEYS), "absent"])
    assert list(found) == list(reversed(KEYS))
    assert found[KEYS[7]] == ("value", 7)


def test_kinds_and_salts_are_kept_apart(tmp_path: Path) -> None:
    put(tmp_path, {"k": 1}, "one")
    assert get(tmp_path, ["k"], "one", "facts") == {}
    assert get(tmp_path, ["k"], "two") == {}
    assert get(tmp_path, ["k"], "one") == {"k": 1}


def test_no_directory_keeps_nothing() -> None:
    cache = Cache.open(None, "")
    cache.put_many("index", {"k": 1})
    assert cache.get_many("index", ["k"]) == {}


def test_a_closed_cache_keeps_nothing(tmp_path: Path) -> None:
    cache = Cache.open(tmp_path, "")
    cache.close()
    cache.put_many("index", {"k": 1})
    assert get(tmp_path, ["k"]) == {}


def test_a_new_directory_is_marked_as_a_cache(tmp_path: Path) -> None:
    put(tmp_path / "c", {"k": 1})
    assert (tmp_path / "c" / ".gitignore").read_text() == "*\n"
    assert (tmp_path / "c" / "CACHEDIR.TAG").read_text().startswith("Signature: 8a477f597d28d172789f06886806bc55")


def test_a_directory_that_was_there_gets_no_gitignore(tmp_path: Path) -> None:
    put(tmp_path, {"k": 1})
    assert not (tmp_path / ".gitignore").exists()


def test_a_file_that_is_no_database_is_unused_and_the_next_run_starts_afresh(tmp_path: Path) -> None:
    put(tmp_path, {"k": 1})
    database(tmp_path).write_bytes(b"not a database" * 1000)
    with closing(Cache.open(tmp_path, "")) as broken:
        broken.put_many("index", {"k": 2})
        assert broken.get_many("index", ["k"]) == {}
    put(tmp_path, {"k": 3})
    assert get(tmp_path, ["k"]) == {"k": 3}


@pytest.mark.parametrize("keep", [0.3, 0.6, 0.9])
def test_a_file_damaged_inside_gives_true_values_or_none(tmp_path: Path, keep: float) -> None:
    values: dict[str, object] = {key: key * 20 for key in KEYS}
    put(tmp_path, values)
    file = database(tmp_path)
    whole = file.read_bytes()
    start = int(len(whole) * keep)
    file.write_bytes(whole[:start] + b"\xff" * 40_000 + whole[start + 40_000 :])
    found = get(tmp_path, KEYS)
    assert len(found) < len(values)
    assert found.items() <= values.items()
    put(tmp_path, values)
    put(tmp_path, values)
    assert get(tmp_path, KEYS) == values


def test_a_locked_database_is_unused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, {"k": 1})
    monkeypatch.setattr("session_lint.runtime.cache._BUSY_SECONDS", 0.01)
    with closing(sqlite3.connect(database(tmp_path))) as other:
        other.execute("BEGIN EXCLUSIVE")
        put(tmp_path, {"k": 2})
        other.rollback()
    assert get(tmp_path, ["k"]) == {"k": 1}


def test_a_damaged_value_is_not_returned(tmp_path: Path) -> None:
    put(tmp_path, {"good": "a" * 50, "bad": "b" * 50})
    with closing(sqlite3.connect(database(tmp_path))) as connection:
        ((value,),) = connection.execute("SELECT value FROM entries WHERE key = 'bad'")
    edit(tmp_path, "UPDATE entries SET value = ? WHERE key = 'bad'", value.replace(b"bbb", b"bbc"))
    assert get(tmp_path, ["good", "bad"]) == {"good": "a" * 50}


def test_a_value_moved_to_another_key_is_not_returned(tmp_path: Path) -> None:
    put(tmp_path, {"a": 1})
    edit(tmp_path, "UPDATE entries SET key = 'b'")
    assert get(tmp_path, ["b"]) == {}


def test_a_directory_that_cannot_be_made_is_unused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    put(tmp_path / "file" / "cache", {"k": 1})
    assert get(tmp_path / "file" / "cache", ["k"]) == {}


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="ownership is a POSIX notion")
def test_a_directory_others_can_write_is_unused(tmp_path: Path) -> None:
    put(tmp_path, {"k": 1})
    tmp_path.chmod(0o777)
    assert get(tmp_path, ["k"]) == {}
    tmp_path.chmod(0o700)
    assert get(tmp_path, ["k"]) == {"k": 1}


def test_entries_out_of_use_are_dropped(tmp_path: Path) -> None:
    put(tmp_path, {"old": 1, "used": 2})
    edit(tmp_path, "UPDATE entries SET used = used - 100")
    assert get(tmp_path, ["used"]) == {"used": 2}
    assert get(tmp_path, ["old", "used"]) == {"used": 2}


WRITER = """
import sys
from pathlib import Path
from session_lint.runtime.cache import Cache
cache = Cache.open(Path(sys.argv[1]), "")
for number in range(40):
    cache.put_many("index", {f"{sys.argv[2]}-{number}": (sys.argv[2], number), "shared": number})
    assert cache.get_many("index", ["shared"])
"""


def test_runs_at_once_do_not_lose_or_break_anything(tmp_path: Path) -> None:
    runs = [subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path), name]) for name in "abcd"]
    assert [run.wait() for run in runs] == [0, 0, 0, 0]
    keys = [f"{name}-{number}" for name in "abcd" for number in range(40)]
    assert list(get(tmp_path, keys)) == keys


@given(st.lists(st.text()), st.lists(st.text()))
def test_digest_tells_where_parts_end(one: list[str], two: list[str]) -> None:
    assert (digest(*one) == digest(*two)) == (one == two)
    assert digest(*one) == digest(*(part.encode("utf-8", "surrogatepass") for part in one))


@pytest.mark.parametrize("library", ["libcst", "sqlglot"])
def test_another_version_of_a_library_is_another_cache(tmp_path: Path, library: str) -> None:
    """What these libraries made of a text is in the values: an update of one must not read what the other version kept."""
    seen = []
    for version in ("1.0.0", "1.0.1"):
        folder = tmp_path / version
        for name in ("libcst-0.9.dist-info", "sqlglot-0.9.dist-info"):
            (folder / (f"{library}-{version}.dist-info" if name.startswith(library) else name)).mkdir(parents=True)
        seen.append(library_versions([str(tmp_path / "absent"), str(folder)]))
    put(tmp_path, {KEYS[0]: "old"}, salt=seen[0])
    assert get(tmp_path, KEYS[:1], salt=seen[0]) == {KEYS[0]: "old"}
    assert get(tmp_path, KEYS[:1], salt=seen[1]) == {}


def test_the_library_that_is_imported_counts_and_no_namesake(tmp_path: Path) -> None:
    for folder, name in [("first", "libcst-2.0.dist-info"), ("second", "libcst-1.0.dist-info"), ("second", "libcst_extras-3.0.dist-info")]:
        (tmp_path / folder / name).mkdir(parents=True)
    assert library_versions([str(tmp_path / "first"), str(tmp_path / "second")]).strip() == "libcst-2.0.dist-info"


def test_the_versions_are_those_installed_here() -> None:
    found = library_versions(sys.path)
    assert [importlib.metadata.version(name) in found for name in ("libcst", "sqlglot")] == [True, True]


def test_an_installed_tool_is_known_by_its_content_wherever_it_lies(tmp_path: Path) -> None:
    """Machines of one CI share a cache: neither the place nor the time of its files counts, their hashes do."""
    digests = []
    for name, content in (("one", "aaa"), ("two", "aaa"), ("three", "bbb")):
        package = tmp_path / name / "session_lint"
        package.mkdir(parents=True)
        (package / "project.py").write_text(name, encoding="utf-8")
        info = tmp_path / name / f"session_lint-{session_lint.__version__}.dist-info"
        info.mkdir()
        record = f"../../../bin/session-lint,sha256={name},1\nsession_lint/analysis/project.py,sha256={content},3\n"
        (info / "RECORD").write_text(record, encoding="utf-8")
        digests.append(tool_digest(str(package)))
    assert digests[0] == digests[1]
    assert digests[0] != digests[2]


def test_a_working_copy_is_known_by_the_time_of_its_files(tmp_path: Path) -> None:
    """Also where an editable installation has left a list that names none of them."""
    package = tmp_path / "session_lint"
    package.mkdir()
    file = package / "project.py"
    file.write_text("", encoding="utf-8")
    info = tmp_path / f"session_lint-{session_lint.__version__}.dist-info"
    info.mkdir()
    (info / "RECORD").write_text("_session_lint.pth,sha256=abc,1\n", encoding="utf-8")
    tool_digest.cache_clear()
    before = tool_digest(str(package))
    os.utime(file, (1, 1))
    tool_digest.cache_clear()
    assert tool_digest(str(package)) != before
    tool_digest.cache_clear()


@pytest.mark.parametrize(
    "run",
    [
        lambda root, settings: api.check_paths([root], settings=settings),
        lambda root, settings: api.check_paths([root], settings=settings, options=api.RunOptions(edits=True)),
        lambda root, settings: api.fix_paths([root], settings=settings, write=False),
        lambda root, settings: api.call_graph([root], settings=settings),
        lambda root, settings: api.cost([root], settings=settings),
        lambda root, settings: api.discover([root], settings=settings),
        lambda root, settings: api.explain(str(root / "app.py"), 1, [root], settings=settings),
    ],
    ids=["check", "edits", "fix", "graph", "cost", "discover", "explain"],
)
def test_a_run_lets_go_of_its_cache(tmp_path: Path, run: Callable[[Path, Settings], object]) -> None:
    """An open SQLite file has a log beside it, and changes when the collector closes it: `git add` took the one and not the other."""
    (tmp_path / "app.py").write_text("def carts(store, key):\n    return store.get_or_create(key)\n", encoding="utf-8")
    kept = tmp_path / "cache"
    with pool.without_collector():
        run(tmp_path, Settings(root=tmp_path, cache_dir=kept))
        assert [file.suffix for file in kept.iterdir() if file.name.startswith("cache-")] == [".sqlite3"]
