"""The trees to measure on: copied, multiplied, fetched. Only `.py` files are copied, so that every tool reads the same."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
_SETTINGS = "[tool.session-lint]\n"  # makes the copy a project root, with nothing set


@dataclass(frozen=True, slots=True)
class Size:
    """How large a tree is."""

    files: int
    lines: int


def multiply(tree: Path, target: Path, copies: int) -> Size:
    """Copies the tree's `.py` files to `target`; copy number n under renamed top-level names, its own imports renamed with them."""
    shutil.rmtree(target, ignore_errors=True)
    sources = [path for path in sorted(tree.rglob("*.py")) if path.is_file() and not path.is_symlink()]
    relative = [(path, path.relative_to(tree)) for path in sources]
    names = sorted({_top(place)[1].removesuffix(".py") for _, place in relative})
    lines = 0
    for number in range(copies):
        rename = _renamer(names, number)
        for path, place in relative:
            data = path.read_bytes()
            lines += data.count(b"\n")
            copy = target / _renamed(place, number)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(rename(data))
    (target / "pyproject.toml").write_text(_SETTINGS, encoding="utf-8")
    return Size(len(relative) * copies, lines)


def _top(place: Path) -> tuple[tuple[str, ...], str, tuple[str, ...]]:
    """A path in three: the folder that only holds sources (`src`), the top-level package or module, the rest."""
    parts = place.parts
    skip = 1 if parts[0] == "src" and len(parts) > 1 else 0
    return parts[:skip], parts[skip], parts[skip + 1 :]


def _renamed(place: Path, number: int) -> Path:
    before, top, after = _top(place)
    if not number or top == "__init__.py":
        return place if not number else Path(*before, f"copy_{number}", top)
    stem, suffix = (top[:-3], ".py") if not after else (top, "")
    return Path(*before, f"{stem}_{number}{suffix}", *after)


def _renamer(names: list[str], number: int) -> Callable[[bytes], bytes]:
    plain = [name for name in names if name.isidentifier() and name != "__init__"]
    if not number or not plain:
        return lambda data: data
    either = "|".join(plain).encode()
    suffix = f"_{number}".encode()
    whole = re.compile(rb"^([ \t]*import[ \t]+)(" + either + rb")(?=[ \t]*(?:#|$))", re.MULTILINE)
    first = re.compile(rb"^([ \t]*(?:from|import)[ \t]+(?:" + either + rb"))(?=[ \t.])", re.MULTILINE)

    def rename(data: bytes) -> bytes:
        # `import shop` goes first, as `import shop_1 as shop`: its uses below need no change
        text = whole.sub(rb"\1\2" + suffix + rb" as \2", data)
        return first.sub(lambda found: found.group(1) + (b"" if found.group(1).endswith(suffix) else suffix), text)

    return rename


def fetch(names: list[str], work: Path) -> list[Path]:
    """Downloads each package by its name with pip, unpacked under `work`. Raises SystemExit when one cannot be had."""
    found = []
    for name in names:
        if not _NAME.fullmatch(name):
            raise SystemExit(f"--download takes package names; {name!r} is none")
        folder = work / name.replace(".", "-").lower()
        if not folder.is_dir():
            _unpack(_download(name, work / "archives" / name), folder)
        found.append(folder)
    return found


def _download(name: str, folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":none:", "--dest", str(folder), name]
    done = subprocess.run(command, check=False, stdout=sys.stderr)
    archives = sorted(path for path in folder.iterdir() if path.name.endswith((".whl", ".tar.gz", ".zip")))
    if done.returncode or not archives:
        raise SystemExit(f"{name}: pip download failed with exit code {done.returncode}")
    return archives[-1]


def _unpack(archive: Path, folder: Path) -> None:
    partial = folder.with_name(folder.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    if archive.name.endswith(".tar.gz"):
        with tarfile.open(archive) as file:
            file.extractall(partial, filter="data")
    else:
        with zipfile.ZipFile(archive) as file:
            file.extractall(partial)
    partial.rename(folder)
