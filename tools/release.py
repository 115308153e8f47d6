"""Makes a release: writes its version everywhere, builds it, and checks what was built as whoever installs it would.

python tools/release.py 0.2.0      write the version, build into dist/, check, and say what to tag
python tools/release.py --check    build and check what the version is now; nothing is written outside of dist/
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import venv
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parents[1]
DIST = ROOT / "dist"
_VERSION = re.compile(r"\d+\.\d+\.\d+")
_UNRELEASED = "## [Unreleased]\n"
_PLACES = (  # a file, what stands around the version in it
    ("src/session_lint/version.py", r'(?<=__version__ = ")[^"]+'),
    ("pyproject.toml", r'(?<=\nversion = ")[^"]+'),
    ("docs/flake8.md", r"(?<=session-lint: )\d+\.\d+\.\d+"),
    *((f"docs/{page}.md", r"(?<=rev: v)\d+\.\d+\.\d+") for page in ("pre-commit", "quick-start")),
)
_PROGRAM = """\
from sqlalchemy import select


def get_or_create_session(db, user_id):
    found = db.scalar(select(Session).where(Session.user_id == user_id))
    if found is None:
        found = Session(user_id=user_id)
        db.add(found)
    return found


def handle(db, user_id):
    session = get_or_create_session(db, user_id)
    print(session.id)
    again = get_or_create_session(db, user_id)
    return again
"""
_HOOKS = ("session-lint", "session-lint-project")


class WrongError(Exception):
    """What is built is not what it should be."""


def main(arguments: list[str] | None = None) -> int:
    """Exit code 1: something is wrong, and named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("version", nargs="?")
    parser.add_argument("--check", action="store_true", help="leave the version as it is")
    options = parser.parse_args(arguments)
    if options.check == (options.version is not None) or (options.version and not _VERSION.fullmatch(options.version)):
        parser.error("give a version, such as 0.2.0, or --check")
    try:
        if options.version:
            write(ROOT, options.version, datetime.now(UTC).date().isoformat())
        version = named(ROOT)
        wheel, sdist = build(version)
        check(version, wheel, sdist)
    except WrongError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(f"dist/{wheel.name} and dist/{sdist.name} are good. Commit, then:")
    print(f"    git tag -a v{version} -m 'session-lint {version}'\n    git push origin v{version}\n    twine upload dist/*-{version}*")
    return 0


def write(root: Path, version: str, day: str) -> None:
    """Writes the version into every place that names it, and gives what is unreleased in the changelog its name. Raises WrongError."""
    for name, pattern in _PLACES:
        file = root / name
        text, many = re.subn(pattern, version, file.read_text(encoding="utf-8"))
        if not many:
            raise WrongError(f"{name} names no version where one was expected")
        file.write_text(text, encoding="utf-8")
    changes = root / "CHANGELOG.md"
    text = changes.read_text(encoding="utf-8")
    if f"## [{version}]" not in text:
        if _UNRELEASED not in text:
            raise WrongError("CHANGELOG.md has no section [Unreleased]")
        changes.write_text(text.replace(_UNRELEASED, f"{_UNRELEASED}\n## [{version}] - {day}\n", 1), encoding="utf-8")


def named(root: Path) -> str:
    """The version that all places agree on. Raises WrongError when they do not."""
    found = {name: sorted(set(re.findall(pattern, (root / name).read_text(encoding="utf-8")))) for name, pattern in _PLACES}
    versions = {version for several in found.values() for version in several}
    if len(versions) != 1:
        raise WrongError(f"the version is not the same everywhere: {found}")
    version = versions.pop()
    if f"## [{version}]" not in (root / "CHANGELOG.md").read_text(encoding="utf-8"):
        raise WrongError(f"CHANGELOG.md has no section [{version}]")
    return version


def build(version: str) -> tuple[Path, Path]:
    """The wheel and the source distribution, in dist/."""
    shutil.rmtree(DIST, ignore_errors=True)
    run(sys.executable, "-m", "hatchling", "build", "-d", str(DIST), cwd=ROOT)
    return DIST / f"session_lint-{version}-py3-none-any.whl", DIST / f"session_lint-{version}.tar.gz"


def check(version: str, wheel: Path, sdist: Path) -> None:
    """The metadata, the wheel in an environment that has nothing else, and the hooks of the source distribution. Raises WrongError."""
    run(sys.executable, "-m", "twine", "check", "--strict", str(wheel), str(sdist), cwd=ROOT)
    with tempfile.TemporaryDirectory(prefix="session-lint-release-") as place:
        bare, project = Path(place, "bare"), Path(place, "project")
        venv.create(bare, with_pip=True)
        run(str(bare / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", str(wheel), cwd=Path(place))
        linter = str(bare / "bin" / "session-lint")
        if run(linter, "--version", cwd=Path(place)).strip() != f"session-lint {version}":
            raise WrongError("the installed command says another version")
        project.mkdir()
        (project / "app.py").write_text(_PROGRAM, encoding="utf-8")
        (project / "pyproject.toml").write_text("[tool.session-lint]\n", encoding="utf-8")
        if "ONE101" not in run(linter, "check", cwd=project, code=1):
            raise WrongError("the installed command does not find what it should")
        print(f"installed alone: {linter} finds ONE101")
        hooks(version, sdist, Path(place), project)


def hooks(version: str, sdist: Path, place: Path, project: Path) -> None:
    """Runs the hooks in a repository that names the release as its users do: by a tag. Raises WrongError."""
    with tarfile.open(sdist) as archive:
        archive.extractall(place, filter="data")
    source = place / sdist.name.removesuffix(".tar.gz")
    repository(source)
    run("git", "tag", f"v{version}", cwd=source)
    ids = "\n".join(f"      - id: {hook}" for hook in _HOOKS)
    config = f"repos:\n  - repo: {source}\n    rev: v{version}\n    hooks:\n{ids}\n"
    (project / ".pre-commit-config.yaml").write_text(config, encoding="utf-8")
    repository(project)
    for hook in _HOOKS:
        said = run(sys.executable, "-m", "pre_commit", "run", hook, "--all-files", "--hook-stage", "manual", cwd=project, code=1)
        if "ONE101 repeated-getter" not in said:
            raise WrongError(f"the hook {hook} does not find what it should:\n{said}")
        print(f"pre-commit, rev v{version}: {hook} finds ONE101")


def repository(place: Path) -> None:
    """Makes a repository of a directory, with everything in it committed."""
    who = ("-c", "user.name=release", "-c", "user.email=release@example.org", "-c", "commit.gpgsign=false")
    for command in (("init", "--quiet"), ("add", "--all", "--force"), (*who, "commit", "--quiet", "--message", "release")):
        run("git", *command, cwd=place)


def run(*command: str, cwd: Path, code: int = 0) -> str:
    """What a command prints. Raises WrongError when it ends with another code."""
    done = subprocess.run(command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode != code:
        raise WrongError(f"`{' '.join(command)}` ended with {done.returncode}:\n{done.stdout}")
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
