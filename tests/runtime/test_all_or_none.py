"""Several files are written, or none: what is kept of a file, what is refused, and what is left behind (nothing)."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from session_lint.errors import SessionLintError
from session_lint.facts.repair import Change
from session_lint.runtime import all_or_none
from session_lint.runtime.write_journal import JOURNAL

BEFORE = {"a.py": b"a = 1\n", "shop/b.py": b"b = 1\r\n", "shop/c.py": b"\xef\xbb\xbfc = 1"}
CHANGES = [Change(path, data, data.replace(b"1", b"2")) for path, data in BEFORE.items()]
AFTER = {change.path: change.after for change in CHANGES}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for path, data in BEFORE.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_bytes(data)
    return tmp_path


def everything(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


def refused(root: Path, reason: str, changes: list[Change] = CHANGES) -> None:
    """The reason, and not a byte that differs."""
    before = everything(root)
    with pytest.raises(SessionLintError, match=reason):
        all_or_none.write(root, changes)
    assert everything(root) == before


def test_all_are_written_and_nothing_else(root: Path) -> None:
    all_or_none.write(root, CHANGES)
    assert everything(root) == AFTER


def test_no_change_makes_no_journal(root: Path) -> None:
    all_or_none.write(root, [])
    assert everything(root) == BEFORE


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o755, 0o664, 0o200 | 0o444])
def test_the_mode_stays(root: Path, mode: int) -> None:
    (root / "a.py").chmod(mode)
    all_or_none.write(root, CHANGES)
    assert (root / "a.py").stat().st_mode & 0o7777 == mode


@pytest.mark.skipif(getattr(os, "geteuid", lambda: 1)() != 0, reason="only the superuser may give files away")
def test_the_owner_stays(root: Path) -> None:
    os.chown(root / "a.py", 1234, 5678)
    all_or_none.write(root, CHANGES)
    status = (root / "a.py").stat()
    assert (status.st_uid, status.st_gid) == (1234, 5678)


def test_a_file_that_has_changed_stops_it(root: Path) -> None:
    (root / "shop/c.py").write_bytes(b"c = 3\n")
    refused(root, r"shop/c\.py has changed since it was read; nothing was written: run again")


def test_a_file_that_is_gone_stops_it(root: Path) -> None:
    (root / "shop/c.py").unlink()
    refused(root, r"shop/c\.py cannot be read again: No such file")


def test_a_link_stops_it(root: Path) -> None:
    (root / "a.py").rename(root / "real.py")
    (root / "a.py").symlink_to("real.py")
    refused(root, r"a\.py is a symbolic link")


def test_a_directory_that_is_a_link_stops_it(root: Path) -> None:
    (root / "shop").rename(root / "real")
    (root / "shop").symlink_to("real", target_is_directory=True)
    refused(root, r"shop/b\.py is reached through shop, which is a symbolic link")


def test_the_root_itself_may_be_a_link(root: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    link = tmp_path_factory.mktemp("links") / "project"
    link.symlink_to(root, target_is_directory=True)
    all_or_none.write(link, CHANGES)
    assert everything(root) == AFTER


@pytest.mark.skipif(sys.platform == "win32", reason="modes mean something else there")
@pytest.mark.parametrize(
    ("place", "reason"), [("shop/b.py", r"shop/b\.py is read-only"), ("shop", r"the directory of shop/b\.py is read-only")]
)
def test_what_is_read_only_stops_it(root: Path, place: str, reason: str) -> None:
    (root / place).chmod(0o555)
    try:
        refused(root, reason)
    finally:
        (root / place).chmod(0o755)


def test_something_in_the_place_of_the_journal_stops_it(root: Path) -> None:
    (root / JOURNAL).mkdir()
    refused(root, f"{JOURNAL} is in the way of repairs")
    (root / JOURNAL).rmdir()
    (root / JOURNAL).write_bytes(b"my notes\n")
    refused(root, f"{JOURNAL} is not a journal of session-lint; remove it")


def test_a_name_as_long_as_names_can_be(tmp_path: Path) -> None:
    name = "n" * 252 + ".py"
    (tmp_path / name).write_bytes(b"1")
    all_or_none.write(tmp_path, [Change(name, b"1", b"2")])
    assert everything(tmp_path) == {name: b"2"}


@pytest.mark.skipif(not hasattr(os, "link"), reason="no hard links")
def test_a_file_system_without_second_names(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError("no such thing here")

    monkeypatch.setattr(os, "link", refuse)
    all_or_none.write(root, CHANGES)
    assert everything(root) == AFTER


# after a run that was killed: see also tests/properties/test_fix.py, which kills one at every point


def journal(root: Path, *, files: list[list[str]] | None = None, token: str = "abc", end: str = "\n") -> None:
    from session_lint.runtime.all_or_none import _hash

    listed = files if files is not None else [[change.path, _hash(change.before), _hash(change.after)] for change in CHANGES]
    (root / JOURNAL).write_text(json.dumps({"token": token, "files": listed}) + end, encoding="utf-8")


def half_written(root: Path) -> None:
    """Two of three files are in place."""
    journal(root)
    for number, change in enumerate(CHANGES):
        folder = (root / change.path).parent
        (folder / f".session-lint-abc-{number}.old").write_bytes(change.before)
        if number < 2:
            (root / change.path).write_bytes(change.after)
        else:
            (folder / f".session-lint-abc-{number}.new").write_bytes(change.after)


def test_nothing_to_recover(root: Path) -> None:
    assert not all_or_none.recover(root)


def test_what_is_half_written_is_undone(root: Path) -> None:
    half_written(root)
    assert all_or_none.recover(root)
    assert everything(root) == BEFORE
    assert not all_or_none.recover(root)


def test_what_is_done_is_only_cleaned(root: Path) -> None:
    half_written(root)
    (root / "shop/c.py").write_bytes(AFTER["shop/c.py"])
    journal(root, end="\ndone\n")
    assert all_or_none.recover(root)
    assert everything(root) == AFTER


def test_writing_undoes_first_and_then_sees_that_the_files_have_changed(root: Path) -> None:
    half_written(root)
    stale = [Change("a.py", AFTER["a.py"], b"a = 3\n")]
    with pytest.raises(SessionLintError, match="has changed since it was read"):
        all_or_none.write(root, stale)
    assert everything(root) == BEFORE


def test_a_journal_that_was_not_written_to_its_end_is_removed(root: Path) -> None:
    (root / JOURNAL).write_bytes(b'{"token": "abc", "fil')
    assert all_or_none.recover(root)
    assert everything(root) == BEFORE


def test_a_file_that_somebody_changed_since_is_left_alone(root: Path) -> None:
    half_written(root)
    (root / "a.py").write_bytes(b"a = 'mine'\n")
    with pytest.raises(SessionLintError, match=r"changed before it could be undone: a\.py \(before the repair: \.session-lint-abc-0\.old"):
        all_or_none.recover(root)
    assert (root / "a.py").read_bytes() == b"a = 'mine'\n"
    assert (root / ".session-lint-abc-0.old").read_bytes() == BEFORE["a.py"]
    assert (root / "shop/b.py").read_bytes() == BEFORE["shop/b.py"]


@pytest.mark.parametrize("path", ["../outside.py", "/etc/passwd", "shop/../../outside.py", "linked/inside.py", ""])
def test_a_journal_that_came_with_the_project_cannot_reach_out_of_it(
    root: Path, tmp_path_factory: pytest.TempPathFactory, path: str
) -> None:
    (root / "linked").symlink_to(tmp_path_factory.mktemp("elsewhere"), target_is_directory=True)
    journal(root, files=[[path, "0", "1"]])
    with pytest.raises(SessionLintError, match="names files outside the project; remove it"):
        all_or_none.recover(root)


def test_a_journal_whose_token_is_a_path_is_refused(root: Path) -> None:
    journal(root, token="/../../x")
    with pytest.raises(SessionLintError, match="names files outside the project"):
        all_or_none.recover(root)


# files that are made

NEW = [*CHANGES, Change("shop/new.py", None, b"new = 1\n")]


def test_a_new_file_is_written_with_the_others(root: Path) -> None:
    (root / "shop").chmod(0o750)
    all_or_none.write(root, NEW)
    assert everything(root) == {**AFTER, "shop/new.py": b"new = 1\n"}
    assert (root / "shop/new.py").stat().st_mode & 0o7777 == 0o640, "as its directory, and nobody executes it"


def test_a_new_file_that_is_there_stops_it(root: Path) -> None:
    (root / "shop/new.py").write_bytes(b"mine\n")
    refused(root, "shop/new.py, which was to be made, is there already", NEW)


def test_a_directory_that_is_not_there_stops_it(root: Path) -> None:
    refused(root, "the directory of desk/new.py is not there", [*CHANGES, Change("desk/new.py", None, b"")])


@pytest.mark.parametrize("state", ["waits", "is in place", "is gone"])
def test_a_new_file_that_is_half_written_is_removed(root: Path, state: str) -> None:
    half_written_with_a_new_one(root, state)
    assert all_or_none.recover(root)
    assert everything(root) == BEFORE


def test_a_new_file_that_somebody_has_written_meanwhile_stays(root: Path) -> None:
    half_written_with_a_new_one(root, "waits")
    (root / "shop/new.py").write_bytes(b"mine\n")
    assert all_or_none.recover(root)
    assert everything(root) == {**BEFORE, "shop/new.py": b"mine\n"}


def test_a_new_file_that_somebody_has_changed_since_is_named(root: Path) -> None:
    half_written_with_a_new_one(root, "is in place")
    (root / "shop/new.py").write_bytes(b"mine\n")
    with pytest.raises(SessionLintError, match=r"shop/new.py \(new\)"):
        all_or_none.recover(root)
    assert (root / "shop/new.py").read_bytes() == b"mine\n"


def half_written_with_a_new_one(root: Path, state: str) -> None:
    from session_lint.runtime.all_or_none import _hash

    half_written(root)
    journal(root, files=[[one.path, _hash(one.before) if one.before is not None else "", _hash(one.after)] for one in NEW])
    if state == "waits":
        (root / "shop/.session-lint-abc-3.new").write_bytes(b"new")
    elif state == "is in place":
        (root / "shop/new.py").write_bytes(b"new = 1\n")


def test_an_interrupt_removes_a_new_file(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    replaced = os.replace

    def interrupted(source: object, target: object) -> None:
        replaced(source, target)  # type: ignore[arg-type]
        if str(target).endswith("new.py"):
            raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        all_or_none.write(root, NEW)
    assert everything(root) == BEFORE
