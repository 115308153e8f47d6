"""Reads the table `[tool.session-lint]` into Settings, and says what each key means.

Whatever is wrong in the table is an error that names the file, the key and the nearest valid one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from session_lint.errors import ConfigError
from session_lint.facts.finding import Confidence
from session_lint.settings import required_version
from session_lint.settings.mistakes import Mistakes
from session_lint.settings.settings import (
    UNUSED,
    GetterSetting,
    Selectors,
    Settings,
    asks_for_unused,
    is_unused,
    matching_codes,
    resolve_selection,
)
from session_lint.version import __version__


@dataclass(frozen=True, slots=True)
class Key:
    """One key: what it takes and means, with an example value in TOML."""

    takes: str
    meaning: str
    example: str


@dataclass(frozen=True, slots=True)
class _Field(Key):
    """A key that becomes a field of Settings as `read` gives it."""

    read: Callable[[TableReader, str, object], object]


@dataclass(frozen=True)
class TableReader:
    """Turns one table into Settings. `where` opens every message."""

    where: str
    known_rules: tuple[tuple[str, str], ...]
    written: str = ""  # the text of the file, for the lines of what is wrong in it

    def load(self, root: Path, table: dict[str, Any], command_line: Selectors) -> Settings:
        fields, layer = self._read(table)
        asked = TableReader("command line:", self.known_rules)
        for option in _SELECTION_KEYS:
            asked.selectors(f"--{option}", list(getattr(command_line, option.replace("-", "_")) or ()), unused=True)
        self._check_getters(fields.get("getters", ()), fields.get("not_getters", ()))
        unused = asks_for_unused((layer, command_line))
        if unused is not None:
            fields["report_unused_suppressions"] = unused
        for name in ("baseline", "cache_dir"):
            if name in fields:
                fields[name] = root / fields[name]
        enabled = resolve_selection((layer, command_line), self.known_rules)
        return Settings(root=root, source=self.where, enabled=enabled, **fields)

    def _read(self, table: dict[str, Any]) -> tuple[dict[str, Any], Selectors]:
        """The fields of Settings, and the selectors of rules. Raises ConfigError for all that is wrong."""
        fields: dict[str, Any] = {}
        layer = Selectors()
        mistakes = Mistakes(self.where, self.written)
        for key, value in table.items():
            try:
                if key in _SELECTION_KEYS:
                    layer = replace(layer, **{key.replace("-", "_"): self.selectors(key, value, unused=True)})
                elif key == "required-version":
                    self._check_version(value)
                elif key in _FIELDS:
                    fields[key.replace("-", "_")] = _FIELDS[key].read(self, key, value)
                elif key != "extend":  # the loader has followed it
                    raise ConfigError(f'{self.where} unknown key "{key}"{_nearest(key, KEYS)}')
            except ConfigError as error:
                mistakes.note(key, error)
        mistakes.check()
        return fields, layer

    def _check_getters(self, getters: tuple[GetterSetting, ...], others: tuple[str, ...]) -> None:
        both = sorted({getter.name for getter in getters}.intersection(others))
        if both:
            raise ConfigError(f'{self.where} "{both[0]}" cannot be in "getters" and in "not-getters"')

    def wrong(self, key: str, wanted: str, value: object) -> ConfigError:
        return ConfigError(f'{self.where} "{key}" must be {wanted}, not {value!r}')

    def text(self, key: str, value: object) -> str:
        if not isinstance(value, str) or not value:
            raise self.wrong(key, "a non-empty string", value)
        return value

    def flag(self, key: str, value: object) -> bool:
        if not isinstance(value, bool):
            raise self.wrong(key, "true or false", value)
        return value

    def number(self, key: str, value: object) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise self.wrong(key, "a whole number, 0 or more", value)
        return value

    def path(self, key: str, value: object) -> Path:
        return Path(self.text(key, value))

    def texts(self, key: str, value: object) -> tuple[str, ...]:
        if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
            raise self.wrong(key, "a list of non-empty strings", value)
        return tuple(value)

    def roots(self, key: str, value: object) -> tuple[str, ...]:
        cleaned = (text.strip("/").removeprefix("./") for text in self.texts(key, value))
        return tuple("" if text == "." else text for text in cleaned)

    def selectors(self, key: str, value: object, *, unused: bool = False) -> tuple[str, ...]:
        """Selectors of rules; with `unused` also those of suppressions that suppress nothing."""
        texts = self.texts(key, value)
        unknown = [text for text in texts if not matching_codes(text, self.known_rules) and not (unused and is_unused(text))]
        if unknown:
            raise ConfigError("\n".join(f'{self.where} "{key}" names an unknown rule "{text}"{self._rule_like(text)}' for text in unknown))
        return texts

    def _rule_like(self, text: str) -> str:
        """What may have been meant. A code that is none is like no other code: the families of codes say more."""
        if not re.fullmatch(r"ONE\d{0,2}", text.upper()):
            return _nearest(text, [word for pair in self.known_rules for word in pair])
        families = sorted({f"{code[:4]} ({code[:4]}xx)" for code, _ in self.known_rules})
        return f"; known: {', '.join(families)}, {UNUSED}; `session-lint rule --all` lists the rules"

    def per_file(self, key: str, value: object) -> tuple[tuple[str, tuple[str, ...]], ...]:
        if not isinstance(value, dict):
            raise self.wrong(key, "a table of pattern = [rules]", value)
        result = []
        for pattern, selectors in value.items():
            names = self.selectors(f'{key}" of "{pattern}', selectors)
            codes = {code for name in names for code in matching_codes(name, self.known_rules)}
            result.append((pattern, tuple(sorted(codes))))
        return tuple(result)

    def getters(self, key: str, value: object) -> tuple[GetterSetting, ...]:
        if not isinstance(value, list):
            raise self.wrong(key, "a list of names or of tables {name=, key=, id=}", value)
        return tuple(self._getter(key, item) for item in value)

    def confidence(self, key: str, value: object) -> Confidence:
        try:
            return Confidence(value)
        except ValueError:
            known = [one.value for one in Confidence]
            hint = _nearest(value, known) if isinstance(value, str) and value else ""
            raise ConfigError(f'{self.where} "{key}" must be "likely" or "certain", not {value!r}{hint}') from None

    def _getter(self, key: str, item: object) -> GetterSetting:
        if not isinstance(item, dict):
            return GetterSetting(self.text(key, item))
        for word in item:
            if word not in ("name", "key", "id"):
                raise ConfigError(f'{self.where} "{key}" has an entry with the unknown key "{word}"{_nearest(word, ("name", "key", "id"))}')
        if "name" not in item:
            raise ConfigError(f'{self.where} "{key}" has an entry without "name": {item!r}')
        found = {word: self.text(f"{key}.{word}", text) for word, text in item.items()}
        return GetterSetting(found["name"], found.get("key"), found.get("id"))

    def _check_version(self, value: object) -> None:
        wanted = self.text("required-version", value)
        allowed = required_version.allows(wanted, __version__)
        if allowed is None:
            raise self.wrong("required-version", 'a version or comparisons such as ">=0.1,<1"', value)
        if not allowed:
            raise ConfigError(
                f'{self.where} "required-version" asks for {wanted}, this is session-lint {__version__}; install a matching version'
            )


def _nearest(word: str, known: Iterable[str]) -> str:
    import difflib  # only a mistake needs it

    close = difflib.get_close_matches(word, list(known), n=1, cutoff=0.5)
    return f'; did you mean "{close[0]}"?' if close else f"; known: {', '.join(known)}"


_PATTERNS, _NAMES, _RULES = "a list of path patterns", "a list of names", "a list of rules"
_FIELDS: dict[str, _Field] = {
    "getters": _Field(
        'a list of names, or of tables with "name", "key" and "id"',
        "Getters the analysis would not recognise. A name is a shell pattern over a function's name or its full dotted name; `key` is the "
        "argument that picks the record, `id` the attribute or item of the result that identifies it.",
        '["load_conversation", { name = "app.users.ensure_*", key = "email", id = "user_id" }]',
        TableReader.getters,
    ),
    "not-getters": _Field(
        _NAMES,
        "Functions that the analysis takes for getters and that are none: calling one again is fine. A name is a shell pattern over a "
        "function's name or its full dotted name.",
        '["load_settings", "app.caches.*"]',
        TableReader.texts,
    ),
    "include": _Field(
        _PATTERNS,
        "The `.py` files that are the project; without it all are. What is not among them is not read, also where calls lead there. "
        "A path that is passed counts all the same.",
        '["backend/", "worker/*.py"]',
        TableReader.texts,
    ),
    "exclude": _Field(
        _PATTERNS,
        "Files and directories that are no part of the project. Takes the place of the default list.",
        '[".venv", "node_modules"]',
        TableReader.texts,
    ),
    "extend-exclude": _Field(_PATTERNS, "Adds to `exclude`.", '["vendor/"]', TableReader.texts),
    "per-file-ignores": _Field(
        "a table of a path pattern and a list of rules",
        "Rules that are not reported in some files; a pattern that starts with `!` is about all other files.",
        '{ "scripts/" = ["ONE2"] }',
        TableReader.per_file,
    ),
    "source-roots": _Field(
        "a list of directories, relative to the project root",
        "Where absolute imports start. Without it they are detected.",
        '["src"]',
        TableReader.roots,
    ),
    "transparent-decorators": _Field(_NAMES, "Decorators that change nothing about a call.", '["traced"]', TableReader.texts),
    "memoizing-decorators": _Field(_NAMES, "Decorators that make a second call harmless.", '["per_request"]', TableReader.texts),
    "one-at-a-time": _Field(
        _PATTERNS,
        "Programs that are one process and do one thing at a time: a window, a daemon or a bot of one loop without `await` in between, a "
        "server of one worker. What only they lead to races with no second request (ONE203, ONE204).",
        '["bot/", "desktop.py"]',
        TableReader.texts,
    ),
    "test-paths": _Field(
        _PATTERNS,
        "Test, migration, seed and vendored code: analysed, but reported only where a path argument points at it. So are, wherever they "
        "lie, the migrations of Alembic and files whose head says that they are generated (`@generated`, `DO NOT EDIT`).",
        '["tests/", "migrations/"]',
        TableReader.texts,
    ),
    "min-confidence": _Field(
        '"likely" or "certain"',
        "What a finding has to be to be reported. `certain`: every link of its proof was shown. `likely`: one was assumed.",
        '"certain"',
        TableReader.confidence,
    ),
    "max-lookups-per-entry-point": _Field(
        "a whole number",
        "`session-lint cost` fails when an entry point obtains one kind of record more often on its worst path.",
        "1",
        TableReader.number,
    ),
    "respect-gitignore": _Field("true or false", "Whether files that git ignores are left out.", "true", TableReader.flag),
    "report-unused-suppressions": _Field(
        "true or false",
        "Whether `# noqa` and `# session-lint: ignore` comments that suppress no finding of this tool are reported, as `ONE901`.",
        "true",
        TableReader.flag,
    ),
    "baseline": _Field(
        "a file, relative to the project root",
        "The file of known findings, which are not reported. `session-lint baseline write` makes it.",
        '"session-lint-baseline.json"',
        TableReader.path,
    ),
    "cache-dir": _Field("a directory, relative to the project root", "Where the cache is kept.", '".session_lint_cache"', TableReader.path),
}
_SELECTION_KEYS: dict[str, Key] = {
    "select": Key(
        _RULES,
        'The rules to run: codes, prefixes of codes, names, or "ALL". Without it every rule runs; the more specific selector wins.',
        '["ONE1", "clear-then-insert"]',
    ),
    "extend-select": Key(_RULES, "Rules to run besides those of `select`.", '["ONE201"]'),
    "ignore": Key(_RULES, "Rules not to run.", '["ONE104"]'),
}
KEYS: dict[str, Key] = {
    **_FIELDS,
    **_SELECTION_KEYS,
    "extend": Key(
        "a file, relative to this one",
        "Settings to begin with: those of this file are laid over them, key by key. "
        "Paths in them are relative to the project root all the same.",
        '"../session-lint.toml"',
    ),
    "required-version": Key(
        "a version, or comparisons separated by commas", "The versions of session-lint that may read this table.", '">=0.1,<1"'
    ),
}
