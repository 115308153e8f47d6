"""Getters written into a pyproject.toml: merged with what is there, everything else byte for byte as it was."""

from __future__ import annotations

import tomllib

import pytest

from session_lint.errors import ConfigError
from session_lint.facts.getters import Getter
from session_lint.facts.location import Place, Span
from session_lint.settings.getters_table import block, with_getters

_PLACE = Place("app.py", Span(1, 5, 1, 9))
ONE = Getter("app.load_user", _PLACE, "candidate", (), ("email",), "id", "", suggested=True)
TWO = Getter("app.load_talk", _PLACE, "candidate", (), ("user", "topic"), "", "", suggested=True)
_ITEM = '    { name = "app.load_user", key = "email", id = "id" },\n'

LAYOUTS = {
    "empty": ("", f"[tool.session-lint]\ngetters = [\n{_ITEM}]\n"),
    "no table": ("[project]\nname = 'x'  # mine\n", f"[project]\nname = 'x'  # mine\n\n[tool.session-lint]\ngetters = [\n{_ITEM}]\n"),
    "no line end": ("[project]\nname = 'x'", f"[project]\nname = 'x'\n\n[tool.session-lint]\ngetters = [\n{_ITEM}]\n"),
    "table without the key": (
        '[tool.session-lint]  # ours\nselect = ["ONE1"]\n\n[tool.ruff]\nline-length = 99\n',
        f'[tool.session-lint]  # ours\ngetters = [\n{_ITEM}]\nselect = ["ONE1"]\n\n[tool.ruff]\nline-length = 99\n',
    ),
    "one line": ('[tool.session-lint]\ngetters = ["a", "b"]  # two\n', f'[tool.session-lint]\ngetters = ["a", "b",\n{_ITEM}]  # two\n'),
    "an empty list": ("[tool.session-lint]\ngetters = []\n", f"[tool.session-lint]\ngetters = [\n{_ITEM}]\n"),
    "a comma at the end": ('[tool.session-lint]\ngetters = [\n    "a",\n]\n', f'[tool.session-lint]\ngetters = [\n    "a",\n{_ITEM}]\n'),
    "no comma, a comment": (
        '[tool.session-lint]\ngetters = [\n    "a", # first ]\n    { name = "b[]", key = \'k\' } # last\n]\n[other]\nx = 1\n',
        f'[tool.session-lint]\ngetters = [\n    "a", # first ]\n    {{ name = "b[]", key = \'k\' }}, # last\n{_ITEM}]\n[other]\nx = 1\n',
    ),
    "quoted": ('[tool."session-lint"]\n"getters" = [ "a" ]\n', f'[tool."session-lint"]\n"getters" = [ "a",\n{_ITEM}]\n'),
    "a table of the same key elsewhere": (
        '[tool.session-lint]\n[tool.other]\ngetters = ["x"]\n',
        f'[tool.session-lint]\ngetters = [\n{_ITEM}]\n[tool.other]\ngetters = ["x"]\n',
    ),
}


@pytest.mark.parametrize(("before", "after"), LAYOUTS.values(), ids=LAYOUTS)
def test_layouts(before: str, after: str) -> None:
    assert with_getters(before.encode(), [ONE], "pyproject.toml").decode() == after
    assert with_getters(after.encode(), [ONE], "pyproject.toml").decode() == after  # a second run has nothing to add


def test_line_ends_stay() -> None:
    before = b'[tool.session-lint]\r\ngetters = [\r\n    "a",\r\n]\r\n'
    after = with_getters(before, [ONE], "pyproject.toml")
    assert after.count(b"\n") == after.count(b"\r\n") == 5


def test_several_keys_and_names_that_are_there() -> None:
    before = b'[tool.session-lint]\ngetters = ["app.load_user"]\n'
    after = tomllib.loads(with_getters(before, [ONE, TWO], "pyproject.toml").decode())
    assert after["tool"]["session-lint"]["getters"] == ["app.load_user", "app.load_talk"]


def test_the_block_is_toml() -> None:
    assert tomllib.loads(block([ONE, TWO]))["tool"]["session-lint"]["getters"] == [
        {"name": "app.load_user", "key": "email", "id": "id"},
        "app.load_talk",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"[tool\n", "nothing was written"),
        (b"\xff", "not UTF-8"),
        (b'[tool.session-lint]\ngetters = "a"\n', "a list"),
        (b'[tool]\nsession-lint = { select = ["ONE1"] }\n', "by hand"),
        (b'[tool]\nsession-lint.select = ["ONE1"]\n', "by hand"),
        (b'[tool.session-lint]\nselect = ["ONE1"]\n[[tool.session-lint.getters]]\nname = "a"\n', "by hand"),
        (b'[project]\ndescription = """\n[tool.session-lint]\n"""\n', "by hand"),
    ],
)
def test_what_cannot_be_edited_is_refused(text: bytes, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        with_getters(text, [ONE], "pyproject.toml")
