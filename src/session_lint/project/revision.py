"""The files of a revision in git, read from its objects: nothing is checked out, and the working tree may be in any state."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from session_lint.errors import SessionLintError
from session_lint.project.statement_files import SUFFIX

_FILES = ("100644", "100755")  # no links, no submodules
_MERGE_BASE = "..."


@dataclass(frozen=True, slots=True)
class Revision:
    """`files` are path -> content, relative to the directory that was asked about; `renamed` is the new path -> the old one, of files
    that git takes for renamed since."""

    files: dict[str, bytes]
    renamed: dict[str, str]


def read(root: Path, name: str) -> Revision:
    """The files under a directory as they were. `name` is what git takes for a commit; with "..." behind it, where HEAD branched
    off from it. Raises SessionLintError when there is no git, no repository or no such revision."""
    commit = _commit(root, name)
    listed = _git(root, "ls-tree", "-r", "-z", commit).decode("utf-8", "surrogateescape").split("\0")
    entries = [entry.partition("\t") for entry in listed if entry.endswith((".py", SUFFIX))]
    blobs = [(path, head.split()[2]) for head, _, path in entries if head.split()[0] in _FILES]
    contents = _contents(root, [blob for _, blob in blobs])
    return Revision({path: contents[blob] for path, blob in blobs}, _renamed(root, commit))


def _commit(root: Path, name: str) -> str:
    try:
        _git(root, "rev-parse", "--show-toplevel")
    except subprocess.CalledProcessError as error:
        raise SessionLintError(f"--diff-base: {root} is in no git repository that can be read: {_said(error)}") from None
    wanted = name.removesuffix(_MERGE_BASE)
    try:
        found = _git(root, "rev-parse", "--verify", "--end-of-options", f"{wanted}^{{commit}}")
        if name.endswith(_MERGE_BASE):
            found = _git(root, "merge-base", found.decode().strip(), "HEAD")
    except subprocess.CalledProcessError as error:
        raise SessionLintError(f"--diff-base: {_why_not(root, name, error)}") from None
    return found.decode().strip()


def _why_not(root: Path, name: str, error: subprocess.CalledProcessError) -> str:
    if error.cmd[3] == "merge-base" and not error.stderr:
        what = f"{name.removesuffix(_MERGE_BASE)} and HEAD have no common ancestor"
    else:
        what = f'git finds no commit "{name.removesuffix(_MERGE_BASE)}": {_said(error)}'
    if _git(root, "rev-parse", "--is-shallow-repository").strip() != b"true":
        return what
    return f"{what}; this clone is shallow: fetch its history (git fetch --unshallow; actions/checkout: fetch-depth: 0)"


def _contents(root: Path, blobs: Sequence[str]) -> dict[str, bytes]:
    asked = "".join(f"{blob}\n" for blob in blobs).encode()
    try:
        data = _git(root, "cat-file", "--batch", stdin=asked)
    except subprocess.CalledProcessError as error:
        raise SessionLintError(f"--diff-base: git cannot read the files: {_said(error)}") from None
    found: dict[str, bytes] = {}
    position = 0
    for blob in blobs:
        end = data.index(b"\n", position)
        head = data[position:end].split()
        if len(head) != 3:
            raise SessionLintError(f"--diff-base: git lacks the object {blob}; a partial clone has to fetch it first")
        found[blob] = data[end + 1 : end + 1 + int(head[2])]
        position = end + 2 + int(head[2])
    return found


def _renamed(root: Path, commit: str) -> dict[str, str]:
    try:
        data = _git(root, "diff", "--name-status", "-z", "-M", "--diff-filter=R", "--relative", commit, "--", ".")
    except subprocess.CalledProcessError:  # it is only needed to tell which lines are new
        return {}
    parts = data.decode("utf-8", "surrogateescape").split("\0")
    return {parts[at + 2]: parts[at + 1] for at in range(0, len(parts) - 2, 3)}


def _git(root: Path, *arguments: str, stdin: bytes = b"") -> bytes:
    environment = os.environ | {"GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
    try:
        return subprocess.run(["git", "-C", str(root), *arguments], input=stdin, capture_output=True, check=True, env=environment).stdout
    except FileNotFoundError:
        raise SessionLintError("--diff-base needs git, which is not installed") from None


def _said(error: subprocess.CalledProcessError) -> str:
    lines = error.stderr.decode("utf-8", "replace").strip().splitlines()
    return lines[0].removeprefix("fatal: ") if lines else ""
