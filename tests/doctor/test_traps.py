"""Each trap of `doctor`: projects in which it is found, where, and near misses in which nothing is."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

import session_lint
from session_lint import api, registry
from session_lint.doctor import traps
from session_lint.errors import SessionLintError
from session_lint.facts.trap import Diagnosis

ROOT = Path(__file__).parents[2]
SETTINGS = "[tool.session-lint]\n"
HOOKS = """\
{above}repos:
  - repo: https://example.org/session-lint
    rev: {rev}
    hooks:
      - id: session-lint
      - id: session-lint-project{below}
"""
OURS = {"rev": f"v{session_lint.__version__}", "above": "default_install_hook_types: [pre-commit, pre-push]\n", "below": ""}
LOCAL = """\
repos:
  - repo: local
    hooks:
      - id: ours
        name: ours
        language: unsupported
        entry: session-lint check{entry}
{more}"""
WORKFLOW = """\
jobs:
  lint:
{matrix}    steps:
      - run: session-lint check --output-format sarif --output-file out.sarif
      - uses: github/codeql-action/upload-sarif@v3
        with:
          sarif_file: out.sarif
{category}"""
MATRIX = "    strategy:\n      matrix:\n        python: ['3.11', '3.12']\n"
FLAKE8 = "repos:\n- repo: https://example.org/flake8\n  hooks:\n  - id: flake8\n"
PRE_COMMIT, CI = ".pre-commit-config.yaml", ".github/workflows/ci.yml"

Files = dict[str, str]
# trap, files, [(file, row)], a part of what is to be changed
CAUGHT: list[tuple[str, Files, list[tuple[str, int]], str]] = [
    ("ruff-external", {"ruff.toml": '[lint]\nselect = ["E", "RUF"]\n'}, [("ruff.toml", 1)], '[lint]\nexternal = ["ONE"]'),
    ("ruff-external", {".ruff.toml": 'select = ["ALL"]\n'}, [(".ruff.toml", 0)], 'external = ["ONE"]'),
    (
        "ruff-external",
        {"pyproject.toml": SETTINGS + '[tool.ruff.lint]\nselect = ["RUF100"]\nexternal = ["V"]\n'},
        [("pyproject.toml", 4)],
        '[tool.ruff.lint]\nexternal = ["V", "ONE"]',
    ),
    ("ruff-external", {"ruff.toml": '[lint]\nselect = ["RUF"]\nexternal = ["ONE1"]\n'}, [("ruff.toml", 3)], '"ONE1", "ONE"'),
    ("ruff-external", {"pyproject.toml": SETTINGS + "[tool.ruff]\nline-length = 100\n"}, [("pyproject.toml", 2)], "[tool.ruff.lint]"),
    ("ruff-external", {"ruff.toml": "line-length = 100\n"}, [("ruff.toml", 0)], "external"),
    (
        "ruff-external",  # what a file replaces of the one that it extends is gone
        {"ruff.toml": 'extend = "base.toml"\n[lint]\nexternal = ["V"]\n', "base.toml": '[lint]\nselect = ["RUF"]\nexternal = ["ONE"]\n'},
        [("ruff.toml", 3)],
        '"V", "ONE"',
    ),
    ("ruff-external", {"ruff.toml": 'lint.external = ["ONE"]\n', "sub/ruff.toml": "", "sub/b.py": ""}, [("sub/ruff.toml", 0)], "external"),
    (
        "ruff-external",
        {PRE_COMMIT: "repos:\n- repo: https://example.org/ruff-pre-commit\n  hooks:\n  - id: ruff-check\n"},
        [(PRE_COMMIT, 4)],
        "[tool.ruff.lint]",
    ),
    ("flake8-selection", {".flake8": "[flake8]\nselect = E,F\n"}, [(".flake8", 2)], "extend-select = ONE"),
    ("flake8-selection", {"setup.cfg": "[flake8]\nmax-line-length = 100\nignore = E203,O\n"}, [("setup.cfg", 3)], "in place of `O`"),
    ("flake8-selection", {"tox.ini": "[tox]\n[flake8]\nextend_ignore =\n    E203\n    ON\n"}, [("tox.ini", 3)], "in place of `ON`"),
    ("flake8-selection", {".flake8": "[flake8]\nper-file-ignores =\n    a.py: E501\n    tests/*: O,F401\n"}, [(".flake8", 2)], "`O`"),
    ("flake8-selection", {".flake8": "[flake8]\nselect = O\nignore = ON\n"}, [(".flake8", 3)], "`ON`"),
    (
        "flake8-plugin",
        {
            ".flake8": "[flake8]\nextend-select = ONE\n",
            PRE_COMMIT: FLAKE8 + "    additional_dependencies: [flake8-bugbear]\n",
        },
        [(PRE_COMMIT, 4)],
        "additional_dependencies: [flake8-bugbear, session-lint]",
    ),
    ("noqa-file", {"a.py": "import os\n# flake8: noqa: ONE101, ONE2\n"}, [("a.py", 2)], '"a.py" = ["ONE101", "ONE2"]'),
    ("noqa-blanket", {"a.py": "x = 1\ny = 2  # noqa:ONE\n"}, [("a.py", 2)], "# noqa: ONE101"),
    ("noqa-blanket", {"a.py": "y = 2  # noqa: repeated-getter\nz = 3  # noqa : ONE201\n"}, [("a.py", 1), ("a.py", 2)], "# noqa: ONE"),
    ("dead-comment", {"a.py": "y = 2  #noqa: ONE101\n"}, [("a.py", 1)], "# noqa: ONE101"),
    ("dead-comment", {"a.py": "y = 2  # noqa: one101\n"}, [("a.py", 1)], "# noqa: ONE101"),
    ("dead-comment", {"a.py": "y = 2  # noqa: E501; ONE101\n"}, [("a.py", 1)], "# noqa: E501, ONE101"),
    ("dead-comment", {"a.py": "y = 2  # noqa: ONE999\n"}, [("a.py", 1)], "ONE101, ONE102"),
    ("dead-comment", {"a.py": "y = 2  # flake8: noqa: ONE101\n"}, [("a.py", 1)], "# noqa: ONE101"),
    ("dead-comment", {"a.py": "y = 2  # session-lint: ignore ONE101\n"}, [("a.py", 1)], "ignore[repeated-getter]"),
    ("dead-comment", {"a.py": "y = 2  # session-lint: ignore[repeated-geter]\n"}, [("a.py", 1)], "repeated-getter"),
    (
        "hook-stages",
        {PRE_COMMIT: HOOKS.format(**OURS).replace("      - id: session-lint-project\n", "")},
        [(PRE_COMMIT, 6)],
        "- id: session-lint-project",
    ),
    (
        "hook-stages",
        {PRE_COMMIT: HOOKS.format(**OURS | {"above": ""})},
        [(PRE_COMMIT, 6)],
        "default_install_hook_types: [pre-commit, pre-push]",
    ),
    (
        "hook-stages",
        {PRE_COMMIT: HOOKS.format(**OURS | {"below": "\n        pass_filenames: true"})},
        [(PRE_COMMIT, 7)],
        "pass_filenames: false",
    ),
    (
        "hook-files",
        {PRE_COMMIT: LOCAL.format(entry="", more="")},
        [(PRE_COMMIT, 4)] * 3,
        "e",
    ),
    (
        "hook-files",
        {PRE_COMMIT: LOCAL.format(entry=" --force-exclude", more="        types: [python]\n        require_serial: false\n")},
        [(PRE_COMMIT, 9)],
        "require_serial: true",
    ),
    ("hook-revision", {PRE_COMMIT: HOOKS.format(**OURS | {"rev": "main"})}, [(PRE_COMMIT, 4)], f"rev: v{session_lint.__version__}"),
    ("hook-revision", {PRE_COMMIT: HOOKS.format(**OURS | {"rev": "v99.0.0"})}, [(PRE_COMMIT, 4)], f"rev: v{session_lint.__version__}"),
    ("sarif-category", {CI: WORKFLOW.format(matrix="", category="")}, [(CI, 5)], "category: session-lint"),
    (
        "sarif-category",
        {CI: WORKFLOW.format(matrix=MATRIX, category="          category: lint\n")},
        [(CI, 11)],
        "category: lint/${{ matrix.python }}",
    ),
    ("getter-settings", {"pyproject.toml": SETTINGS + 'getters = ["load_conversatoin"]\n'}, [("pyproject.toml", 2)], '"load_conversation"'),
    (
        "getter-settings",
        {"pyproject.toml": SETTINGS + '\ngetters = [{ name = "service.load_conversation" }]\n'},
        [("pyproject.toml", 3)],
        'write "app.load_conversation" in place of "service.load_conversation"',
    ),
    ("path-settings", {"pyproject.toml": SETTINGS + 'source-roots = ["src", "."]\n'}, [("pyproject.toml", 2)], 'remove "src"'),
    ("path-settings", {"pyproject.toml": SETTINGS + 'baseline = "known.json"\n'}, [("pyproject.toml", 2)], "session-lint baseline write"),
    (
        "path-settings",
        {"pyproject.toml": SETTINGS + '[tool.session-lint.per-file-ignores]\n"legacy/" = ["ONE2"]\n'},
        [("pyproject.toml", 3)],
        'remove "legacy/"',
    ),
    ("project-root", {"pyproject.toml": "", "shop/setup.py": "", "shop/a.py": ""}, [("pyproject.toml", 0)], "\n[tool.session-lint]"),
]
QUIET: list[Files] = [
    {"pyproject.toml": "", "shop/pyproject.toml": "[tool.session-lint]\n", "shop/api/setup.py": "", "shop/api/a.py": ""},
    {"ruff.toml": '[lint]\nselect = ["E", "RUF"]\nexternal = ["O"]\n'},
    {"ruff.toml": '[lint]\nselect = ["E", "F"]\n'},
    {"ruff.toml": '[lint]\nselect = ["RUF"]\nignore = ["RUF10"]\n'},
    {"ruff.toml": '[lint]\nextend-select = ["B"]\nignore = ["RUF100"]\n'},
    {"ruff.toml": 'extend = "base.toml"\n', "base.toml": '[lint]\nselect = ["RUF"]\nexternal = ["ONE"]\n'},
    {"ruff.toml": 'external = ["ONE"]\n', "pyproject.toml": SETTINGS + "[tool.ruff]\n"},  # the second is not read
    {"pyproject.toml": SETTINGS + "[tool.ruff.lint]\nselect = ['ALL']\nexternal = ['ONE']\n"},
    {".flake8": "[flake8]\nmax-line-length = 100\nextend-ignore = E203, OWN\nper-file-ignores = a.py:F401 b.py:E501\n"},
    {".flake8": "[flake8]\nselect = E,F\nextend-select = ONE1\n"},
    {".flake8": "[flake8]\nselect = E,F,O\n"},
    {".flake8": "[flake8]\nextend-select = ONE\nignore = O\n"},
    {".flake8": "[flake8]\nignore = ONE103\n"},  # meant
    {"setup.cfg": "[flake8]\n", ".flake8": "[flake8]\nselect = E\n"},  # the second is not read
    {"tox.ini": "[testenv]\nselect = E,F\n"},
    {PRE_COMMIT: FLAKE8},  # nothing says that ours is wanted
    {
        ".flake8": "[flake8]\nextend-select = ONE\n",
        PRE_COMMIT: FLAKE8 + "    additional_dependencies: [session-lint==0.1.0]\n",
    },
    {"a.py": "x = 1  # noqa: ONE101\ny = 1  # noqa: E501, ONE1\nz = 1  # noqa:ONE101,ONE201\n"},
    {"a.py": "# flake8: noqa: E501\n"},  # no business of ours
    {"a.py": 'x = """\n# flake8: noqa: ONE101\n"""\ny = "# noqa:ONE"\nz = "#noqa: ONE101"\n'},  # no comments
    {"a.py": "x = 1  # noqa\ny = 2  # noqa:\n"},
    {"a.py": "x = 1  # what noqa: ONE101 is for\n# ruff: noqa: ONE101\n"},
    {"a.py": "x = 1  # session-lint: ignore[repeated-getter, ONE2] needs a fresh row\n# session-lint finds what ignore means\n"},
    {"a.py": "def broken(:  # noqa: ONE101\n"},
    {PRE_COMMIT: HOOKS.format(**OURS)},
    {PRE_COMMIT: HOOKS.format(**OURS | {"rev": "4f2c1a9"})},
    {PRE_COMMIT: HOOKS.format(**OURS | {"above": "", "below": "\n        stages: [pre-commit]"})},
    {PRE_COMMIT: HOOKS.format(**OURS | {"above": "", "below": "\n        stages: [manual]"})},
    {PRE_COMMIT: HOOKS.format(**OURS | {"above": "default_install_hook_types: [commit, push]\n", "below": "\n        stages: [push]"})},
    {
        PRE_COMMIT: HOOKS.format(**OURS).replace("      - id: session-lint-project\n", ""),
        ".gitlab-ci.yml": "lint:\n  script: session-lint check\n",
    },
    {PRE_COMMIT: LOCAL.format(entry=" --force-exclude", more="        types_or: [python]\n        require_serial: true\n")},
    {PRE_COMMIT: LOCAL.format(entry="", more="        pass_filenames: false\n")},
    {PRE_COMMIT: "repos: []\n"},
    {CI: WORKFLOW.format(matrix="", category="          category: lint\n")},
    {CI: WORKFLOW.format(matrix=MATRIX, category="          category: lint/${{ matrix.python }}\n")},
    {CI: WORKFLOW.format(matrix="", category="").replace("session-lint", "other-lint")},
    {"pyproject.toml": SETTINGS + 'getters = ["load_*", "app.load_conversation", "fetch_row", "lib.ensure_row"]\n'},
    {
        "pyproject.toml": SETTINGS + 'source-roots = ["."]\nper-file-ignores = { "tests/" = ["ONE1"], "!app.py" = ["ONE2"] }\n',
        "tests/a.py": "",
    },
    {"pyproject.toml": SETTINGS + 'baseline = "known.json"\n', "known.json": "{}"},
    {"pyproject.toml": SETTINGS, "shop/setup.py": "", "shop/a.py": ""},
    {"pyproject.toml": "", "shop/a.py": ""},
    {"pyproject.toml": "", "tests/fixtures/shop/setup.py": "", "tests/fixtures/shop/a.py": ""},
]
APP = """\
from lib import ensure_row


def load_conversation(user, client):
    return ensure_row(user), client.fetch_row(user)
"""


def make(root: Path, files: Files) -> Path:
    """A git work tree; without a pyproject.toml among the files it has one with nothing set."""
    subprocess.run(["git", "init", "--quiet", root], check=True)
    for name, text in ({"pyproject.toml": SETTINGS, "app.py": APP} | files).items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return root


def diagnose(root: Path, *ignore: str) -> Diagnosis:
    """Whether flake8 knows the plugin is a matter of how the tests were installed."""
    return api.diagnose(root, ignore=ignore)


@pytest.mark.parametrize(("trap", "files", "places", "change"), CAUGHT)
def test_a_trap(trap: str, files: Files, places: list[tuple[str, int]], change: str, tmp_path: Path) -> None:
    found = api.diagnose(make(tmp_path, files))
    caught = [one for one in found.caught if trap == "flake8-plugin" or one.trap != "flake8-plugin"]
    caught = [one for one in caught if one.message != "flake8 is installed beside session-lint, but does not know it"]
    assert [(one.trap, one.path, one.row) for one in caught] == [(trap, *place) for place in places]
    assert all(change in one.change and one.why and one.message for one in caught)
    assert found.notices == ()


@pytest.mark.parametrize("files", QUIET, ids=lambda files: "+".join(files))
def test_a_near_miss(files: Files, tmp_path: Path) -> None:
    found = api.diagnose(make(tmp_path, files))
    assert [one for one in found.caught if "does not know it" not in one.message] == []
    assert found.notices == ()


def test_every_trap_is_tried_and_documented() -> None:
    names = {trap.replace("_", "-") for trap in registry.stems(traps)}
    assert {trap for trap, *_ in CAUGHT} | {"cache-in-git"} == names
    page = (ROOT / "docs" / "doctor.md").read_text(encoding="utf-8")
    assert [name for name in sorted(names) if f"| `{name}` |" not in page] == []


def git(root: Path, *arguments: str) -> None:
    subprocess.run(["git", "-C", root, *arguments], check=True, capture_output=True)


def test_a_cache_that_git_would_take(tmp_path: Path) -> None:
    make(tmp_path, {})
    api.check_paths([tmp_path])
    assert (tmp_path / ".session_lint_cache").is_dir()
    assert api.diagnose(tmp_path).caught == ()  # it ignores itself
    (tmp_path / ".session_lint_cache" / ".gitignore").unlink()
    (caught,) = api.diagnose(tmp_path).caught
    assert (caught.trap, caught.path, caught.change) == ("cache-in-git", ".session_lint_cache", "# .gitignore\n/.session_lint_cache/")
    git(tmp_path, "add", "--all")
    (caught,) = api.diagnose(tmp_path).caught
    assert "git rm -r --cached .session_lint_cache" in caught.change
    (tmp_path / ".gitignore").write_text("/.session_lint_cache/\n", encoding="utf-8")
    (caught,) = api.diagnose(tmp_path).caught  # still tracked
    assert caught.message.startswith("git tracks the cache: .session_lint_cache/")
    git(tmp_path, "rm", "-r", "--quiet", "--cached", ".session_lint_cache")
    assert api.diagnose(tmp_path).caught == ()


def test_a_cache_in_a_directory_of_the_project(tmp_path: Path) -> None:
    make(tmp_path, {"pyproject.toml": SETTINGS + 'cache-dir = "var"\n', "var/notes.txt": ""})
    git(tmp_path, "add", "--all")
    (caught,) = api.diagnose(tmp_path).caught
    assert (caught.path, caught.row) == ("pyproject.toml", 2)


def test_without_git_nothing_is_said_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path, {PRE_COMMIT: HOOKS.format(**OURS | {"above": ""})})
    (tmp_path / ".session_lint_cache").mkdir()
    monkeypatch.setenv("PATH", os.devnull)
    assert [one.trap for one in api.diagnose(tmp_path).caught] == ["hook-stages"]


def test_a_hook_that_is_installed_is_enough(tmp_path: Path) -> None:
    make(tmp_path, {PRE_COMMIT: HOOKS.format(**OURS | {"above": ""}), ".git/hooks/pre-push": "# File generated by pre-commit\n"})
    assert api.diagnose(tmp_path).caught == ()


@pytest.mark.parametrize(
    ("file", "content", "message", "row"),
    [
        ("ruff.toml", b"[lint\n", "broken TOML", 1),
        ("ruff.toml", b"\xff\n", "is not UTF-8 at byte 0", 0),
        (".flake8", b"[flake8]\nselect\n  = E\n[flake8]\n", "broken settings", 4),
        (PRE_COMMIT, b"repos:\n  - repo: [\n", "broken YAML", 3),
        (PRE_COMMIT, b"repos: &a [*a]\n", "broken YAML: nested too deep", 1),
    ],
)
def test_what_cannot_be_read_is_named(file: str, content: bytes, message: str, row: int, tmp_path: Path) -> None:
    make(tmp_path, {"a.py": "x = 1  #noqa: ONE101\n"})
    (tmp_path / file).write_bytes(content)
    found = api.diagnose(tmp_path)
    (notice,) = found.notices
    assert (notice.path, notice.row) == (file, row)
    assert message in notice.message
    assert "dead-comment" in {one.trap for one in found.caught}  # the others are looked for


def test_traps_can_be_left_out(tmp_path: Path) -> None:
    make(tmp_path, {"a.py": "x = 1  #noqa: ONE101\ny = 1  # noqa:ONE\n"})
    assert [one.trap for one in api.diagnose(tmp_path, ignore=["dead-comment"]).caught] == ["noqa-blanket"]
    with pytest.raises(SessionLintError, match='unknown trap "dead"; known: cache-in-git, dead-comment'):
        api.diagnose(tmp_path, ignore=["dead"])
