"""The trees to measure on: copied, multiplied, fetched. Only `.py` files are copied, so that every tool reads the same."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from refused import RefusedError

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?(?:==[A-Za-z0-9.!]+)?")
# what one linter or another leaves out by itself is left out for all
_SKIPPED = frozenset({"__pycache__", "__pypackages__", "_build", "buck-out", "build", "dist", "node_modules", "site-packages", "venv"})
_SETTINGS = "[tool.session-lint]\n"  # makes the copy a project root, with nothing set


@dataclass(frozen=True, slots=True)
class Tree:
    """A directory, and what the report calls it."""

    name: str
    path: Path


@dataclass(frozen=True, slots=True)
class Size:
    """How large a tree is."""

    files: int
    lines: int


def multiply(tree: Path, target: Path, copies: int) -> Size:
    """Copies the tree's `.py` files to `target`; copy number n under renamed top-level names, its own imports renamed with them."""
    shutil.rmtree(target, ignore_errors=True)
    relative = sources(tree)
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


def sources(tree: Path) -> list[tuple[Path, Path]]:
    """The Python files that every linter looks at, each with its place in the tree, sorted."""
    files = [(path, path.relative_to(tree)) for path in sorted(tree.rglob("*.py")) if path.is_file() and not path.is_symlink()]
    return [(path, place) for path, place in files if not any(part.startswith(".") or part in _SKIPPED for part in place.parts[:-1])]


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


def fetch(names: list[str], work: Path) -> list[Tree]:
    """Downloads each package, `NAME` or `NAME==VERSION`, with pip, unpacked under `work`. Raises RefusedError when one cannot be had."""
    found = []
    for name in names:
        if not _NAME.fullmatch(name):
            raise RefusedError(f"--download takes NAME or NAME==VERSION, not {name!r}; for a directory use --tree")
        plain, _, version = name.partition("==")
        folder = work / f"{_normal(plain)}-{version}"
        if not version or not folder.is_dir():
            with tempfile.TemporaryDirectory(prefix="session-lint-download-") as scratch:
                archive = _download(name, Path(scratch))
                folder = work / f"{_normal(plain)}-{_version(archive, plain)}"
                if not folder.is_dir():
                    _unpack(archive, folder)
        found.append(Tree(" ".join(folder.name.rsplit("-", 1)), folder))
    return found


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _version(archive: Path, name: str) -> str:
    """Of "name-1.0-py3-none-any.whl" or "name-1.0.tar.gz", with the dashes of the name as they may be."""
    rest = archive.name[len(name) + 1 :]
    return rest.split("-")[0] if archive.suffix == ".whl" else rest.removesuffix(".zip").removesuffix(".tar.gz")


def _download(name: str, folder: Path) -> Path:
    print(f"downloading {name}", file=sys.stderr, flush=True)
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps", "--dest", str(folder), name]
    code = subprocess.run(command, check=False, stdout=sys.stderr).returncode
    archives = sorted(path for path in folder.iterdir() if path.name.endswith((".whl", ".tar.gz", ".zip")))
    if code or not archives:
        raise RefusedError(
            f"{name}: `pip download` ended with exit code {code}, see above; check the name, the version and the network, "
            "or unpack it yourself and use --tree"
        )
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
