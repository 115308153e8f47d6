"""Parsing with libcst, with every way it can fail turned into one exception."""

from __future__ import annotations

import libcst


class ExtractError(Exception):
    """A file that libcst cannot handle. `message` is fit for a Notice; `row` is 1-based, 0 when unknown."""

    def __init__(self, message: str, row: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.row = row


def parse(text: str) -> libcst.Module:
    """The tree of a text. Raises ExtractError when it is not Python, or nested too deeply."""
    try:
        return libcst.parse_module(text)
    except libcst.ParserSyntaxError as error:
        raise ExtractError(f"does not parse: {error.message}", error.raw_line) from error
    except RecursionError as error:
        raise ExtractError("nested too deeply to analyse") from error
    except (libcst.CSTValidationError, TypeError, ValueError) as error:
        raise ExtractError(f"does not parse: {error}") from error
