from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from session_lint.errors import ConfigError
from session_lint.facts.finding import Confidence
from session_lint.settings.loader import load_settings, start_directory
from session_lint.settings.patterns import Patterns
from session_lint.settings.settings import DEFAULT_EXCLUDE, GetterSetting, Selectors, Settings
from session_lint.settings.table import KEYS

RULES = [("ONE101", "repeated-getter"), ("ONE102", "omitted-session-argument"), ("ONE201", "clear-then-insert")]
ALL = ("ONE101", "ONE102", "ONE201")

Load = Callable[..., Settings]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    def run(table: str, command_line: Selectors | None = None) -> Settings:
        (tmp_path / "pyproject.toml").write_text(f"[tool.session-lint]\n{table}\n")
        return load_settings(tmp_path, RULES, command_line=command_line)

    return run


def test_every_key_is_read(load: Load, tmp_path: Path) -> None:
    settings = load(
        """
        getters = ["get_session", {name = "app.*.ensure_user", key = "email", id = "user_id"}]
        not-getters = ["load_config", "app.caches.*"]
        min-confidence = "certain"
        exclude = ["vendor"]
        extend-exclude = ["gen/*.py"]
        select = ["ONE1"]
        extend-select = ["clear-then-insert"]
        ignore = ["ONE102"]
        source-roots = ["./lib/", "."]
        transparent-decorators = ["traced"]
        memoizing-decorators = ["cached"]
        one-at-a-time = ["bot/"]
        test-paths = ["spec/"]
        respect-gitignore = false
        cache-dir = "var/cache"
        required-version = ">=0.1,<99"
        [tool.session-lint.per-file-ignores]
        "scripts/*" = ["ONE1"]
        "!src/" = ["clear-then-insert"]
        """
    )
    assert settings.root == tmp_path
    assert settings.getters == (GetterSetting("get_session"), GetterSetting("app.*.ensure_user", "email", "user_id"))
    assert settings.not_getters == ("load_config", "app.caches.*")
    assert [settings.shows(one) for one in Confidence] == [True, False]
    assert settings.all_excludes == ("vendor", "gen/*.py")
    assert settings.enabled == ("ONE101", "ONE201")
    assert settings.source_roots == ("lib", "")
    assert (settings.transparent_decorators, settings.memoizing_decorators) == (("traced",), ("cached",))
    assert settings.one_at_a_time == ("bot/",)
    assert settings.test_paths == ("spec/",)
    assert settings.respect_gitignore is False
    assert settings.cache_directory == tmp_path / "var/cache"
    assert settings.ignored_codes("scripts/a.py") == {"ONE101", "ONE102", "ONE201"}
    assert settings.ignored_codes("src/a.py") == frozenset()


def test_defaults(load: Load, tmp_path: Path) -> None:
    settings = load("")
    assert settings.enabled == ALL
    assert settings.exclude == DEFAULT_EXCLUDE
    assert settings.cache_directory == tmp_path / ".session_lint_cache"
    assert Settings(root=tmp_path).selects("ONE101")
    assert [settings.shows(one) for one in Confidence] == [True, True]


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ('selct = ["ONE101"]', 'pyproject.toml:2: [tool.session-lint] unknown key "selct"; did you mean "select"?'),
        ('exclude = "vendor"', "[tool.session-lint] \"exclude\" must be a list of non-empty strings, not 'vendor'"),
        ('respect-gitignore = "yes"', "\"respect-gitignore\" must be true or false, not 'yes'"),
        ('select = ["ONE191"]', '"select" names an unknown rule "ONE191"; did you mean "ONE101"?'),
        ('ignore = ["repeated-gettr"]', '"ignore" names an unknown rule "repeated-gettr"; did you mean "repeated-getter"?'),
        ('extend-select = [""]', '"extend-select" must be a list of non-empty strings'),
        ('getters = [{name = "f", ky = "id"}]', '"getters" has an entry with the unknown key "ky"; did you mean "key"?'),
        ('getters = [{key = "id"}]', '"getters" has an entry without "name"'),
        ("getters = [3]", '"getters" must be a non-empty string, not 3'),
        ('getters = "f"', '"getters" must be a list of names or of tables'),
        ('not-getters = "f"', '"not-getters" must be a list of non-empty strings'),
        ('getters = ["f"]\nnot-getters = ["g", "f"]', '"f" cannot be in "getters" and in "not-getters"'),
        ('min-confidence = "certan"', '"min-confidence" must be "likely" or "certain", not \'certan\'; did you mean "certain"?'),
        ("min-confidence = 1", '"min-confidence" must be "likely" or "certain", not 1'),
        ("per-file-ignores = []", '"per-file-ignores" must be a table'),
        ('per-file-ignores = {"a.py" = ["ONE9"]}', '"per-file-ignores" of "a.py" names an unknown rule "ONE9"'),
        ('required-version = ">=99"', '"required-version" asks for >=99, this is session-lint 0.2.0'),
        ('required-version = "new"', '"required-version" must be a version or comparisons'),
        ("xyzzy = 1", 'unknown key "xyzzy"; known: getters, not-getters'),
    ],
)
def test_a_mistake_names_the_file_the_key_and_the_nearest_valid_one(load: Load, table: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(table)
    assert message in str(caught.value)
    assert re.match(r"pyproject\.toml(:\d+)?: \[tool\.session-lint\] ", str(caught.value))


@pytest.mark.parametrize("key", KEYS)
def test_a_typo_in_any_key_is_answered_with_that_key(load: Load, key: str) -> None:
    with pytest.raises(ConfigError, match=f'did you mean "{key}"'):
        load(f"{key.replace('e', 'ee', 1)} = 1")


def test_broken_toml_names_the_file_and_the_line(load: Load, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load("\nselect = [")
    assert f"{tmp_path / 'pyproject.toml'}:" in str(caught.value)
    (tmp_path / "pyproject.toml").write_text('[tool.session-lint]\nselect = ["ONE101"\nignore = []\n')
    with pytest.raises(ConfigError, match=r"pyproject\.toml:3: broken TOML"):
        load_settings(tmp_path, RULES)


def test_a_config_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"absent\.toml: cannot be read"):
        load_settings(tmp_path, RULES, config=tmp_path / "absent.toml")


def test_the_nearest_table_upward_wins_and_is_the_root(tmp_path: Path) -> None:
    inner = tmp_path / "service" / "src"
    inner.mkdir(parents=True)
    (tmp_path / "pyproject.toml").write_text("[tool.session-lint]\nselect = ['ONE2']\n")
    (tmp_path / "service" / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    outer = load_settings(inner, RULES)
    assert (outer.root, outer.enabled) == (tmp_path, ("ONE201",))
    (tmp_path / "service" / "pyproject.toml").write_text("[tool.session-lint]\n")
    near = load_settings(inner, RULES)
    assert (near.root, near.enabled) == (tmp_path / "service", ALL)


def test_without_a_table_the_root_is_the_nearest_project(tmp_path: Path) -> None:
    inner = tmp_path / "project" / "pkg"
    inner.mkdir(parents=True)
    (tmp_path / "project" / "setup.cfg").write_text("")
    assert load_settings(inner, RULES).root == tmp_path / "project"


def test_isolated_reads_nothing(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.session-lint]\nnonsense = 1\n")
    assert load_settings(tmp_path, RULES, isolated=True).enabled == ALL


def test_a_config_file_has_its_keys_at_the_top_or_in_the_table(tmp_path: Path) -> None:
    own = tmp_path / "session-lint.toml"
    own.write_text('select = ["ONE2"]\n')
    assert load_settings(tmp_path, RULES, config=own).enabled == ("ONE201",)
    shared = tmp_path / "shared.toml"
    shared.write_text('[tool.session-lint]\nselect = ["ONE101"]\n')
    assert load_settings(tmp_path, RULES, config=shared).enabled == ("ONE101",)
    own.write_text('selct = ["ONE2"]\n')
    with pytest.raises(ConfigError, match=r'^session-lint\.toml:1: unknown key "selct"; did you mean "select"'):
        load_settings(tmp_path, RULES, config=own)


@pytest.mark.parametrize(
    ("table", "command_line", "enabled"),
    [
        ("ignore = ['ONE1']\nselect = ['ONE101']", Selectors(), ("ONE101",)),
        ("ignore = ['ONE101']\nselect = ['ONE1']", Selectors(), ("ONE102",)),
        ("ignore = ['repeated-getter']\nselect = ['ONE101']", Selectors(), ()),
        ("ignore = ['ONE']", Selectors(), ()),
        ("ignore = ['ALL']\nselect = ['ONE2']", Selectors(), ("ONE201",)),
        ("ignore = ['ONE101']", Selectors(select=("ONE1",)), ("ONE101", "ONE102")),
        ("select = ['ONE101']", Selectors(ignore=("ONE1",)), ()),
        ("select = ['ONE101']", Selectors(extend_select=("ONE2",)), ("ONE101", "ONE201")),
        ("ignore = ['ONE2']", Selectors(extend_select=("clear-then-insert",)), ALL),
    ],
)
def test_selection_is_that_of_ruff(load: Load, table: str, command_line: Selectors, enabled: tuple[str, ...]) -> None:
    settings = load(table, command_line)
    assert settings.enabled == enabled
    assert [settings.selects(code) for code in ALL] == [code in enabled for code in ALL]


def test_an_unknown_rule_on_the_command_line(load: Load) -> None:
    with pytest.raises(ConfigError, match='command line: "--ignore" names an unknown rule "ONE301"'):
        load("", Selectors(ignore=("ONE301",)))


def test_getter_names_match_the_whole_name_or_its_last_part() -> None:
    assert GetterSetting("get_*").matches("app.db.get_session")
    assert GetterSetting("app.*.get_session").matches("app.db.get_session")
    assert not GetterSetting("session").matches("app.db.get_session")


def test_the_digest_tells_what_changes_the_analysis(tmp_path: Path) -> None:
    base = Settings(root=tmp_path)
    same = replace(base, root=tmp_path / "x", enabled=("ONE101",), test_paths=(), cache_dir=tmp_path)
    assert same.digest() == base.digest()
    changed = [
        replace(base, getters=(GetterSetting("f"),)),
        replace(base, getters=(GetterSetting("f", key="a"),)),
        replace(base, getters=(GetterSetting("f", result="a"),)),
        replace(base, transparent_decorators=("d",)),
        replace(base, memoizing_decorators=("d",)),
        replace(base, source_roots=("lib",)),
        replace(base, one_at_a_time=("bot/",)),
    ]
    assert len({settings.digest() for settings in (base, *changed)}) == len(changed) + 1


def test_the_search_starts_where_all_paths_meet(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "one.py").write_text("")
    assert start_directory([], tmp_path) == tmp_path
    assert start_directory([Path("a/one.py")], tmp_path) == tmp_path / "a"
    assert start_directory([Path("a/one.py"), Path("a/b")], tmp_path) == tmp_path / "a"
    assert start_directory([Path("a/b"), tmp_path.parent], tmp_path) == tmp_path.parent


@pytest.mark.parametrize(
    "path",
    ["app/migration/versions/0a1b.py", "scripts/seeds_load.py", "seed.py", "app/seeders/users.py", "load_seeds.py"],
)
def test_code_that_is_run_once_is_not_reported_by_default(path: str) -> None:
    assert Patterns(Settings(root=Path()).test_paths).matches(path)


@pytest.mark.parametrize("path", ["app/proceeds.py", "app/seeding_rate.py", "app/migrate.py", "versions/api.py"])
def test_an_application_module_whose_name_only_contains_such_a_word_is(path: str) -> None:
    assert not Patterns(Settings(root=Path()).test_paths).matches(path)


def test_all_mistakes_are_told_at_once_each_with_its_line(load: Load) -> None:
    select = 'select = [\n  "ONE3",\n  "ONE7",\n]\n'
    rest = '[tool.session-lint.per-file-ignores]\n"a.py" = ["x"]'
    with pytest.raises(ConfigError) as caught:
        load(f'{select}ignor = ["ONE2"]\nmin-confidence = "sure"\n{rest}')
    assert [line.partition(" [tool")[0] for line in str(caught.value).splitlines()] == [
        "pyproject.toml:2:",
        "pyproject.toml:2:",
        "pyproject.toml:6:",
        "pyproject.toml:7:",
        "pyproject.toml:8:",
    ]


@pytest.mark.parametrize("name", ["session_lint", "sessionlint", "Session-Lint", "session-linter"])
def test_a_table_of_nearly_that_name_is_not_ignored_in_silence(tmp_path: Path, name: str) -> None:
    (tmp_path / "pyproject.toml").write_text(f'[project]\nname = "x"\n\n[tool.{name}]\nselect = ["ONE1"]\n')
    with pytest.raises(ConfigError, match=rf"pyproject\.toml:4: \[tool\.{name}\] is not read; write \[tool\.session-lint\]"):
        load_settings(tmp_path, RULES)


def test_settings_are_laid_over_those_that_they_extend(tmp_path: Path) -> None:
    below = tmp_path / "below"
    below.mkdir()
    (tmp_path / "all.toml").write_text('select = ["ONE1"]\nsource-roots = ["lib"]\n')
    (tmp_path / "shared.toml").write_text('extend = "all.toml"\nsource-roots = ["src"]\n')
    (below / "pyproject.toml").write_text('[tool.session-lint]\nignore = ["ONE102"]\n extend = "../shared.toml"\n')
    found = load_settings(below, RULES)
    assert (found.root, found.enabled, found.source_roots) == (below, ("ONE101",), ("src",))


@pytest.mark.parametrize(
    ("above", "said"), [("'none.toml'", "where there is no file"), ("3", "must be a file"), ("'pyproject.toml'", "leads back")]
)
def test_what_cannot_be_extended_is_named(tmp_path: Path, above: str, said: str) -> None:
    (tmp_path / "pyproject.toml").write_text(f"[tool.session-lint]\nextend = {above}\n")
    with pytest.raises(ConfigError, match=rf"pyproject\.toml:2: .*{said}"):
        load_settings(tmp_path, RULES)


def test_suppressions_that_suppress_nothing_are_selected_as_rules_are(load: Load) -> None:
    assert load("").report_unused_suppressions is False
    assert load('extend-select = ["ONE9"]').report_unused_suppressions is True
    assert load('select = ["ONE901"]').enabled == ()
    assert load('extend-select = ["unused-suppression"]', Selectors(ignore=("ONE901",))).report_unused_suppressions is False
