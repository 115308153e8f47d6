"""What a run is told: frozen settings with their defaults. Read from files by `settings_loader`."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

from session_lint.facts.finding import Confidence
from session_lint.settings.patterns import Patterns

DEFAULT_EXCLUDE = (
    ".bzr",
    ".direnv",
    ".eggs",
    ".git",
    ".git-rewrite",
    ".hg",
    ".hypothesis",
    ".ipynb_checkpoints",
    ".mypy_cache",
    ".nox",
    ".pants.d",
    ".pyenv",
    ".pytest_cache",
    ".pytype",
    ".ruff_cache",
    ".session_lint_cache",
    ".svn",
    ".tox",
    ".venv",
    ".vscode",
    "__pycache__",
    "__pypackages__",
    "_build",
    "buck-out",
    "build",
    "dist",
    "node_modules",
    "site-packages",
    "venv",
)

DEFAULT_TEST_PATHS = (
    "tests/",
    "test/",
    "test.py",
    "tests.py",
    "test[0-9]*.py",
    "test_*.py",
    "tests_*.py",
    "*_test.py",
    "*_tests.py",
    "conftest.py",
    "testing/",
    "migration/",
    "migrations/",
    "db_migrations/",
    "upgrades/",
    "**/alembic/versions/",
    "seed/",
    "seeds/",
    "seeders/",
    "seed.py",
    "seeds.py",
    "seeder.py",
    "seed_*.py",
    "seeds_*.py",
    "*_seed.py",
    "*_seeds.py",
    "*_seeder.py",
    "populate.py",
    "populate_db*.py",
    "populate_database*.py",
    "*_populate.py",
    "*_sample_data.py",
    "*_demo_data.py",
    "*_dummy_data.py",
    "*_fake_data.py",
    "*_test_data.py",
    "initial_data.py",
    "sample_data.py",
    "demo_data.py",
    "fixtures/",
    "fixtures.py",
    "*_fixtures.py",
    "third_party/",
    "third-party/",
    "thirdparty/",
    "_vendor/",
    "_vendored/",
    "vendor/",
    "vendored/",
    "bower_components/",
    "js/",
)

DEFAULT_CACHE_DIR = ".session_lint_cache"


@dataclass(frozen=True, slots=True)
class GetterSetting:
    """A getter the project names itself.

    `name` is a shell pattern over the full dotted name or its last component. `key` is the argument that picks the
    record, `result` the attribute or item of the returned value that is the record's id; None leaves it to the analysis.
    """

    name: str
    key: str | None = None
    result: str | None = None

    def matches(self, dotted: str) -> bool:
        """Whether a function with this full dotted name is meant."""
        return _means(self.name, dotted)


def _means(pattern: str, dotted: str) -> bool:
    """Whether a shell pattern is about a full dotted name, or its last component."""
    return fnmatchcase(dotted, pattern) or fnmatchcase(dotted.rsplit(".", 1)[-1], pattern)


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one run. `enabled` holds the codes of the selected rules; None means every rule."""

    root: Path
    getters: tuple[GetterSetting, ...] = ()
    not_getters: tuple[str, ...] = ()  # shell patterns, as the names of getters are
    include: tuple[str, ...] = ()  # patterns of `.py` files; empty: all of them
    exclude: tuple[str, ...] = DEFAULT_EXCLUDE
    extend_exclude: tuple[str, ...] = ()
    enabled: tuple[str, ...] | None = None
    per_file_ignores: tuple[tuple[str, tuple[str, ...]], ...] = ()  # pattern -> codes
    source_roots: tuple[str, ...] = ()  # relative to root; empty: detected
    transparent_decorators: tuple[str, ...] = ()
    memoizing_decorators: tuple[str, ...] = ()
    one_at_a_time: tuple[str, ...] = ()  # patterns of files
    test_paths: tuple[str, ...] = DEFAULT_TEST_PATHS
    respect_gitignore: bool = True
    respect_noqa: bool = True  # False: noqa comments are left to a caller that reads them itself
    report_unused_suppressions: bool = False
    min_confidence: Confidence = Confidence.LIKELY
    baseline: Path | None = None  # the file of findings that are known
    max_lookups_per_entry_point: int | None = None  # of one kind of record; None: any number
    cache_dir: Path | None = None  # None: DEFAULT_CACHE_DIR under root
    source: str = ""  # the file the settings came from, "" for defaults
    _ignores: tuple[tuple[bool, Patterns, frozenset[str]], ...] = field(init=False, repr=False, compare=False, default=())

    def __post_init__(self) -> None:
        compiled = tuple((p.startswith("!"), Patterns((p.removeprefix("!"),)), frozenset(codes)) for p, codes in self.per_file_ignores)
        object.__setattr__(self, "_ignores", compiled)

    @property
    def cache_directory(self) -> Path:
        """Where the cache lives."""
        return self.cache_dir if self.cache_dir is not None else self.root / DEFAULT_CACHE_DIR

    @property
    def all_excludes(self) -> tuple[str, ...]:
        """`exclude` and `extend-exclude` together."""
        return self.exclude + self.extend_exclude

    def selects(self, code: str) -> bool:
        """Whether the rule of this code is to run."""
        return self.enabled is None or code in self.enabled

    def ignored_codes(self, path: str) -> frozenset[str]:
        """The codes `per-file-ignores` switches off for a file; a pattern that starts with `!` is about all other files."""
        found: frozenset[str] = frozenset()
        for inverted, patterns, codes in self._ignores:
            if patterns.matches(path) != inverted:
                found |= codes
        return found

    def shows(self, confidence: Confidence) -> bool:
        """Whether findings of this confidence are reported."""
        return confidence is Confidence.CERTAIN or self.min_confidence is Confidence.LIKELY

    def denies(self, dotted: str) -> bool:
        """Whether the settings say that the function with this full dotted name is no getter."""
        return any(_means(pattern, dotted) for pattern in self.not_getters)

    def may_name(self, name: str) -> bool:
        """Whether a getter of the settings may be a function of this bare name."""
        return any(fnmatchcase(name, getter.name.rpartition(".")[2]) for getter in self.getters)

    def digest(self) -> str:
        """A hash of everything that can change what the analysis finds in a file; the choice of rules and files is not in it."""
        getters = sorted((g.name, g.key or "", g.result or "") for g in self.getters)
        values = (
            getters,
            sorted(self.not_getters),
            sorted(self.transparent_decorators),
            sorted(self.memoizing_decorators),
            self.one_at_a_time,
            self.source_roots,
        )
        return hashlib.blake2b(repr(values).encode(), digest_size=16).hexdigest()


@dataclass(frozen=True, slots=True)
class Selectors:
    """One layer of rule selection, a settings file or the command line: `None` for `select` leaves the layer below as it is.

    A selector is a rule code, a prefix of codes, a rule name, or "ALL".
    """

    select: tuple[str, ...] | None = None
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()


UNUSED = "ONE901"  # the code of a suppression that suppresses nothing, which is no rule of the analysis


def is_unused(selector: str) -> bool:
    """Whether a selector stands for suppressions that suppress nothing, and for no rule."""
    return selector == "unused-suppression" or (selector.startswith("ONE9") and UNUSED.startswith(selector))


def asks_for_unused(layers: tuple[Selectors, ...]) -> bool | None:
    """Whether they are to be reported, by the selectors of all layers; None when none of them says so."""
    asked: bool | None = None
    for layer in layers:
        if any(map(is_unused, (layer.select or ()) + layer.extend_select)):
            asked = True
        if any(map(is_unused, layer.ignore)):
            asked = False
    return asked


def matching_codes(selector: str, known_rules: tuple[tuple[str, str], ...]) -> tuple[str, ...]:
    """The codes a selector stands for; none when it names nothing."""
    if selector == "ALL":
        return tuple(code for code, _ in known_rules)
    return tuple(code for code, name in known_rules if name == selector or (selector and code.startswith(selector)))


def resolve_selection(layers: tuple[Selectors, ...], known_rules: tuple[tuple[str, str], ...]) -> tuple[str, ...]:
    """The enabled codes after all layers, in ruff's way: in a layer the more specific selector wins, ignore wins a tie, and a
    layer with `select` starts afresh."""
    enabled = {code for code, _ in known_rules}
    for layer in layers:
        if layer.select is not None:
            enabled = set()
        chosen = (layer.select or ()) + layer.extend_select
        steps = [(_specificity(s, known_rules), False, s) for s in chosen] + [(_specificity(s, known_rules), True, s) for s in layer.ignore]
        for _, ignore, selector in sorted(steps):
            codes = matching_codes(selector, known_rules)
            enabled = enabled.difference(codes) if ignore else enabled.union(codes)
    return tuple(sorted(enabled))


def _specificity(selector: str, known_rules: tuple[tuple[str, str], ...]) -> int:
    if selector == "ALL":
        return 0
    return next((len(code) for code, name in known_rules if name == selector), len(selector))
