"""Parsing with libcst, with every way it can fail turned into one exception."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import libcst

_BRACKETS = 200
_BRACKET = re.compile(r"[()\[\]{}]")
_QUOTED = re.compile(
    r"\"\"\"(?:[^\\]|\\.)*?\"\"\"|\'\'\'(?:[^\\]|\\.)*?\'\'\'|\"(?:[^\"\\\n]|\\.)*\"|\'(?:[^\'\\\n]|\\.)*\'|#[^\n]*", re.DOTALL
)
_FRAMES = 10_000  # Python frames only: since 3.11 calls between Python functions take no C stack


class ExtractError(Exception):
    """A file that libcst cannot handle. `message` is fit for a Notice; `row` is 1-based, 0 when unknown."""

    def __init__(self, message: str, row: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.row = row


def parse(text: str) -> libcst.Module:
    """The tree of a text. Raises ExtractError when it is not Python, or nested too deeply."""
    if _depth(text) > _BRACKETS:
        raise ExtractError("nested too deeply to analyse")
    try:
        with _unchecked():
            return libcst.parse_module(text)
    except libcst.ParserSyntaxError as error:
        raise ExtractError(f"does not parse: {error.message}", error.raw_line) from error
    except RecursionError as error:
        raise ExtractError("nested too deeply to analyse") from error
    except (libcst.CSTValidationError, TypeError, ValueError) as error:
        raise ExtractError(f"does not parse: {error}") from error


@contextmanager
def _unchecked() -> Iterator[None]:
    """libcst checks every node that is made, which is a seventh of the time: those that its parser makes of a text need it not."""
    checked = libcst.CSTNode.__post_init__
    libcst.CSTNode.__post_init__ = _as_it_is  # type: ignore[method-assign, assignment]
    try:
        yield
    finally:
        libcst.CSTNode.__post_init__ = checked  # type: ignore[method-assign]


def _as_it_is(_node: libcst.CSTNode) -> None:
    pass


def _depth(text: str) -> int:
    """How deep the brackets of a text are nested. libcst's parser overflows the C stack where Python's gives up at 200."""
    brackets = _BRACKET.findall(text)
    if _deepest(brackets) <= _BRACKETS:
        return 0
    return _deepest(_BRACKET.findall(_QUOTED.sub("", text)))


def _deepest(brackets: list[str]) -> int:
    depth = deepest = 0
    for bracket in brackets:
        depth = depth + 1 if bracket in "([{" else max(depth - 1, 0)
        deepest = max(deepest, depth)
    return deepest


@contextmanager
def deep() -> Iterator[None]:
    """Room for the recursion of long chains of calls and of text: libcst takes several frames for each link.

    Raises ExtractError in place of RecursionError.
    """
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, _FRAMES))
    try:
        yield
    except RecursionError as error:
        raise ExtractError("nested too deeply to analyse") from error
    finally:
        sys.setrecursionlimit(limit)
