from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path

import pathspec
import pytest
from hypothesis import given, settings, strategies as st

from session_lint.errors import SessionLintError
from session_lint.project.discovery import discover, relative_path, select_reported
from session_lint.project.source_roots import module_aliases, module_name, source_roots
from session_lint.settings.patterns import Patterns
from session_lint.settings.settings import Settings


def tree(root: Path, *paths: str, **files: str) -> Path:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text("")
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return root


def found(root: Path, *explicit: Path, **changes: object) -> list[str]:
    return [file.path for file in discover(Settings(root=root, **changes), explicit).files]  # type: ignore[arg-type]


def test_python_files_sorted_with_their_paths(tmp_path: Path) -> None:
    tree(tmp_path, "b.py", "a/z.py", "a/é.py", "a.py", "types.pyi", "notes.txt", "build/lib.py", ".venv/lib/x.py", "a/node_modules/m.py")
    files = discover(Settings(root=tmp_path)).files
    assert [file.path for file in files] == ["a.py", "a/z.py", "a/é.py", "b.py"]
    assert all(file.absolute == tmp_path / file.path for file in files)


def test_files_of_statements_are_listed_apart(tmp_path: Path) -> None:
    tree(tmp_path, "a.py", "sql/b.sql", "sql/a.sql", "gen/c.sql", "node_modules/d.sql", "out/e.sql", **{".gitignore": "/out\n"})
    result = discover(Settings(root=tmp_path, extend_exclude=("gen",)), [tmp_path / "gen" / "c.sql"])
    assert [file.path for file in result.files] == ["a.py"]
    assert [file.path for file in result.statements] == ["gen/c.sql", "sql/a.sql", "sql/b.sql"]


def test_own_excludes_replace_or_extend(tmp_path: Path) -> None:
    tree(tmp_path, "build/a.py", "gen/a.py", "gen/keep.py", "src/gen/b.py", "c.py")
    assert found(tmp_path, exclude=("gen",)) == ["build/a.py", "c.py"]
    assert found(tmp_path, extend_exclude=("/gen/a.py",)) == ["c.py", "gen/keep.py", "src/gen/b.py"]


def test_only_what_is_included_is_the_project(tmp_path: Path) -> None:
    tree(tmp_path, "backend/a.py", "backend/build/b.py", "tools/c.py", "worker/d.py", "worker/sub/e.py", "f.py", "tools/q.sql")
    assert found(tmp_path, include=("backend/", "/worker/*.py")) == ["backend/a.py", "worker/d.py"]
    assert found(tmp_path, include=("backend/", "f.py"), extend_exclude=("a.py",)) == ["f.py"]
    assert found(tmp_path, include=("*.py", "!/tools/*.py")) == ["backend/a.py", "f.py", "worker/d.py", "worker/sub/e.py"]
    statements = discover(Settings(root=tmp_path, include=("backend/",))).statements
    assert [file.path for file in statements] == ["tools/q.sql"]  # read only where included files refer to it


def test_what_is_named_beats_what_is_included(tmp_path: Path) -> None:
    tree(tmp_path, "backend/a.py", "tools/c.py", "tools/sub/d.py", "other/e.py")
    assert found(tmp_path, tmp_path / "tools", include=("backend/",)) == ["backend/a.py", "tools/c.py", "tools/sub/d.py"]
    assert found(tmp_path, tmp_path / "tools" / "c.py", include=("backend/",)) == ["backend/a.py", "tools/c.py"]
    assert found(tmp_path, tmp_path, include=("backend/",)) == ["backend/a.py"]


def test_what_is_named_beats_the_excludes(tmp_path: Path) -> None:
    tree(tmp_path, "site-packages/pkg/a.py", "site-packages/pkg/build/b.py", "site-packages/other.py", "c.py")
    place = tmp_path / "site-packages"
    assert found(tmp_path, place / "pkg") == ["c.py", "site-packages/pkg/a.py"]
    assert found(tmp_path, place / "pkg", exclude=("site-*", "buil?")) == ["c.py", "site-packages/pkg/a.py"]
    assert found(tmp_path, place / "other.py", tmp_path) == ["c.py", "site-packages/other.py"]


def test_nested_gitignore_files_and_negations(tmp_path: Path) -> None:
    tree(tmp_path, "a.py", "gen/a.py", "pkg/local.py", "pkg/deep/local.py", "pkg/deep/other.py", "out/x.py")
    tree(
        tmp_path,
        **{".gitignore": "gen/\nlocal.py\n/out\n", "pkg/.gitignore": "!local.py\n/deep/other.py\n", "pkg/deep/.gitignore": "l*.py"},
    )
    assert found(tmp_path) == ["a.py", "pkg/local.py"]
    assert len(found(tmp_path, respect_gitignore=False)) == 6


def test_directories_taken_back_are_entered(tmp_path: Path) -> None:
    tree(tmp_path, "a.py", "pkg/a.py", "pkg/b.txt", "pkg/deep/c.py", **{".gitignore": "*\n!*/\n!*.py\n/pkg/deep/*.py\n"})
    assert found(tmp_path) == ["a.py", "pkg/a.py"]


def test_a_directory_that_was_asked_for_is_read_though_git_ignores_it(tmp_path: Path) -> None:
    repository = tree(tmp_path / "repo", "svc/out-1/a.py", "svc/out-1/gen_x.py", "svc/b.py")
    tree(repository, **{".git/info/exclude": "", ".gitignore": "out-?/\ngen_[a-z].py\n"})
    assert found(repository / "svc") == ["b.py"]
    assert found(repository / "svc", repository / "svc" / "out-1") == ["b.py", "out-1/a.py"]


def test_gitignore_files_above_the_root_count_up_to_the_repository(tmp_path: Path) -> None:
    tree(tmp_path, **{".gitignore": "b.py"})
    repository = tree(tmp_path / "repo", "svc/app/a.py", "svc/app/b.py", "svc/app/c.py", "svc/app/d.py")
    tree(repository, **{".git/info/exclude": "c.py", ".gitignore": "/svc/app/d.py", "svc/.gitignore": "app/a.py"})
    assert found(repository / "svc" / "app") == ["b.py"]
    assert found(repository) == ["svc/app/b.py"]


def test_links_to_directories_are_not_followed(tmp_path: Path) -> None:
    tree(tmp_path, "real/a.py")
    (tmp_path / "loop").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "link.py").symlink_to(tmp_path / "real" / "a.py")
    (tmp_path / "dangling.py").symlink_to(tmp_path / "absent.py")
    (tmp_path / "left.py").symlink_to(tmp_path / "right.py")
    (tmp_path / "right.py").symlink_to(tmp_path / "left.py")
    assert found(tmp_path) == ["link.py", "real/a.py"]


def test_a_directory_that_cannot_be_read_gives_a_notice(tmp_path: Path) -> None:
    root = tree(tmp_path / "p", "a.py")
    name = "d" * 200  # the path gets longer than the system takes: unreadable even for the superuser
    handle = os.open(root, os.O_RDONLY)
    for _ in range(25):
        os.mkdir(name, dir_fd=handle)
        below = os.open(name, os.O_RDONLY, dir_fd=handle)
        os.close(handle)
        handle = below
    os.close(handle)
    result = discover(Settings(root=root))
    assert [file.path for file in result.files] == ["a.py"]
    (notice,) = result.notices
    assert notice.message.startswith("directory cannot be read: ")


NAMES = st.sampled_from(["a", "b", "ab", "a.py", "b.py", "x.py"])
PATHS = st.lists(NAMES, min_size=1, max_size=4).map("/".join)
SEGMENT = st.sampled_from(
    [
        "[a-b]",
        "[^b]",
        "[!-a]b",
        "[[:alpha:]]b",
        "[]a]",
        "a",
        "b",
        "ab",
        "a.py",
        "*",
        "**",
        "?",
        "a*",
        "*.py",
        "?.py",
        "[ab]",
        "[!a]*",
        "x.py",
        r"\a",
    ]
)
PATTERN = st.builds(
    lambda lead, parts, tail: lead + "/".join(parts) + tail,
    st.sampled_from(["", "/"]),
    st.lists(SEGMENT, min_size=1, max_size=3),
    st.sampled_from(["", "/"]),
)


ANY_PATTERN = st.builds(str.__add__, st.sampled_from(["", "", "!"]), PATTERN.filter(lambda text: "[:" not in text))


def is_read_by_pathspec(line: str) -> bool:
    try:
        return bool(pathspec.GitIgnoreSpec.from_lines([line]).patterns)
    except ValueError:
        return False


SHORT = st.text(alphabet="ab*./!# ?", max_size=5).filter(is_read_by_pathspec)


@given(st.lists(ANY_PATTERN | SHORT, max_size=4), st.lists(PATHS, max_size=12), st.booleans())
def test_the_short_cut_for_plain_names_changes_nothing(lines: list[str], paths: list[str], is_directory: bool) -> None:
    ours, theirs = Patterns(lines), pathspec.GitIgnoreSpec.from_lines(lines)
    tail = "/" if is_directory else ""
    assert {path for path in paths if ours.matches(path, is_directory=is_directory)} == {p for p in paths if theirs.match_file(p + tail)}


@pytest.mark.parametrize("pattern", ["[a", "a\\", "[!", "[z-a]", "", "# a", "/"])
def test_a_pattern_that_says_nothing_matches_nothing(pattern: str) -> None:
    assert not any(Patterns([pattern]).matches(path) for path in ("a", "[a", "z", "a\\", "# a"))


# what pathspec reads otherwise than git does: `x/**/` also takes files, and `[[:alpha:]]` is no class
COMMON = PATTERN.filter(lambda text: not text.endswith("**/") and "[:" not in text)
TREE = st.sets(PATHS.map(lambda path: path.replace(".py/", "/")), max_size=14)
PLACES = st.sampled_from(["", "a", "b", "a/b"])


def found_and_listed_by_git(paths: set[str], ignores: dict[str, list[str]]) -> tuple[list[str], list[str]]:
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory)
        subprocess.run(["git", "init", "-q", root], check=True)
        for path in sorted(paths, key=len, reverse=True):
            if not (root / path).is_dir():
                tree(root, path if path.endswith(".py") else f"{path}/leaf.py")
        for place, lines in ignores.items():
            if (root / place).is_dir():
                (root / place / ".gitignore").write_text("\n".join(lines))
        quiet = ["-c", "core.quotepath=false", "-c", "core.excludesFile=/dev/null"]
        command = ["git", "-C", root, *quiet, "ls-files", "-o", "--exclude-standard"]
        listed = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
        return found(root, exclude=(".git",)), sorted(path for path in listed if path.endswith(".py"))


@settings(max_examples=40, deadline=None)
@given(TREE, st.dictionaries(PLACES, st.lists(COMMON, max_size=5)))
def test_gitignore_is_read_as_git_reads_it(paths: set[str], ignores: dict[str, list[str]]) -> None:
    ours, theirs = found_and_listed_by_git(paths, ignores)
    assert ours == theirs


@settings(max_examples=40, deadline=None)
@given(TREE, st.dictionaries(PLACES, st.lists(st.builds(str.__add__, st.sampled_from(["", "!"]), COMMON), max_size=5)))
def test_nothing_that_git_keeps_is_left_out(paths: set[str], ignores: dict[str, list[str]]) -> None:
    """`!kept` brings back more with pathspec than with git, where it speaks of the entry alone: a file too many, never one too few."""
    ours, theirs = found_and_listed_by_git(paths, ignores)
    assert set(theirs) <= set(ours)


def reported(root: Path, *arguments: str) -> list[str]:
    options = Settings(root=root)
    paths = [root / argument for argument in arguments]
    return sorted(select_reported(paths, discover(options, paths).files, options))


def test_arguments_filter_what_is_reported(tmp_path: Path) -> None:
    tree(tmp_path, "app/a.py", "app/b.py", "apple/c.py", "app/tests/t.py", "tests/fixtures/f.py", "test_x.py", "app/migrations/m.py")
    assert reported(tmp_path) == ["app/a.py", "app/b.py", "apple/c.py"]
    assert reported(tmp_path, ".") == ["app/a.py", "app/b.py", "apple/c.py"]
    assert reported(tmp_path, "app") == ["app/a.py", "app/b.py"]
    assert reported(tmp_path, "app/b.py", "apple") == ["app/b.py", "apple/c.py"]


def test_an_argument_that_points_into_a_test_path_is_reported(tmp_path: Path) -> None:
    tree(tmp_path, "app/a.py", "app/tests/t.py", "tests/fixtures/f.py", "test_x.py")
    assert reported(tmp_path, "tests/fixtures") == ["tests/fixtures/f.py"]
    assert reported(tmp_path, "tests", "app") == ["app/a.py", "tests/fixtures/f.py"]
    assert reported(tmp_path, "test_x.py") == ["test_x.py"]


def test_a_project_that_lies_in_a_directory_named_tests_is_no_test(tmp_path: Path) -> None:
    root = tree(tmp_path / "tests" / "fixtures" / "incident", "app.py")
    assert reported(root) == ["app.py"]


def test_a_path_that_is_missing_or_outside_is_an_error(tmp_path: Path) -> None:
    root = tree(tmp_path / "project", "a.py")
    options = Settings(root=root)
    with pytest.raises(SessionLintError, match=r"absent\.py: no such file or directory"):
        relative_path(root / "absent.py", options)
    with pytest.raises(SessionLintError, match="lies outside the project root"):
        discover(options, [tree(tmp_path, "other.py") / "other.py"])
    with pytest.raises(SessionLintError, match="no such file"):
        select_reported([root / "absent"], (), options)


def roots(root: Path, **changes: object) -> tuple[str, ...]:
    return source_roots(Settings(root=root, **changes), {path: (root / path).read_bytes() for path in found(root)})  # type: ignore[arg-type]


def test_a_package_is_named_from_the_directory_above_its_top(tmp_path: Path) -> None:
    tree(tmp_path, "backend/app/__init__.py", "backend/app/db/__init__.py", "backend/app/db/session.py", "setup.py")
    assert roots(tmp_path) == ("", "backend")
    assert module_name("backend/app/db/session.py", ("", "backend")) == ("app.db.session", False)
    assert module_name("backend/app/db/__init__.py", ("", "backend")) == ("app.db", True)
    assert module_aliases("backend/app/db/session.py", ("", "backend")) == ("backend.app.db.session",)
    assert module_name("setup.py", ("", "backend")) == ("setup", False)


def test_src_is_a_root_also_for_namespace_packages(tmp_path: Path) -> None:
    tree(tmp_path, "src/company/app/__init__.py", "src/other/util.py")
    assert roots(tmp_path) == ("", "src", "src/company")
    assert module_name("src/other/util.py", roots(tmp_path)) == ("other.util", False)


def test_src_that_is_imported_by_name_is_a_package(tmp_path: Path) -> None:
    tree(tmp_path, "src/services/session.py", **{"src/handlers/message.py": "def f():\n    from src.services.session import x\n"})
    assert roots(tmp_path) == ("",)
    assert module_name("src/services/session.py", roots(tmp_path)) == ("src.services.session", False)


def test_a_folder_of_scripts_that_import_each_other_is_a_root(tmp_path: Path) -> None:
    tree(
        tmp_path,
        "jobs/helpers.py",
        "plain/one.py",
        **{"jobs/run.py": "import os\nimport helpers\n", "api/main.py": "from routes.users import f"},
    )
    tree(tmp_path, "api/routes/users.py")
    assert roots(tmp_path) == ("", "api", "jobs")
    assert module_name("plain/one.py", roots(tmp_path)) == ("plain.one", False)
    assert module_name("api/routes/users.py", roots(tmp_path)) == ("routes.users", False)


def test_a_folder_without_init_inside_a_package_is_part_of_it(tmp_path: Path) -> None:
    tree(tmp_path, "shop/__init__.py", "shop/management/commands/__init__.py", "shop/management/commands/sync.py")
    assert roots(tmp_path) == ("",)
    assert module_name("shop/management/commands/sync.py", roots(tmp_path)) == ("shop.management.commands.sync", False)


def test_what_is_imported_from_inside_of_is_no_module(tmp_path: Path) -> None:
    """`apps.shop` cannot be in the `apps.py` that lies nearer."""
    files = {"apps/carts/management/commands/fill.py": "from apps.shop.models import Order\n"}
    tree(
        tmp_path,
        "apps/__init__.py",
        "apps/carts/__init__.py",
        "apps/carts/apps.py",
        "apps/shop/__init__.py",
        "apps/shop/models.py",
        **files,
    )
    assert roots(tmp_path) == ("",)


def test_a_package_that_nothing_names_holds_the_roots_of_its_modules(tmp_path: Path) -> None:
    files = {"apps/scripts/run.py": "import orders\n", "apps/orders/views.py": "from orders.models import Order\n"}
    tree(tmp_path, "apps/__init__.py", "apps/orders/__init__.py", "apps/orders/models.py", **files)
    assert roots(tmp_path) == ("", "apps")
    tree(tmp_path, **{"manage.py": "import apps.orders\n"})
    assert roots(tmp_path) == ("",)


def test_settings_decide_the_roots(tmp_path: Path) -> None:
    tree(tmp_path, "lib/app/__init__.py")
    assert roots(tmp_path, source_roots=("lib/app",)) == ("lib/app",)
    assert module_name("lib/app/__init__.py", ("lib/app",)) == ("", True)
