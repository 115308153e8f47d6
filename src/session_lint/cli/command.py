"""The contract of a command, and what commands share: options, input, output.

A command is one file of `cli/` that holds a click command as `command`. Its callback returns an ExitCode, raises
SessionLintError for what the user can mend, and prints only through `emit` and `say`.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterable
from dataclasses import fields
from functools import wraps
from pathlib import Path
from typing import TypeVar

import click

from session_lint.errors import SessionLintError
from session_lint.facts.finding import Report
from session_lint.reporting.reporter import Style, shown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

Callback = Callable[..., int]
Decorator = Callable[[Callback], Callback]
Completer = Callable[[click.Context, click.Parameter, str], "list[str]"]
T = TypeVar("T")


def _files(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    from click.shell_completion import CompletionItem

    return [CompletionItem(incomplete, type="file")]


paths_argument: Decorator = click.argument("paths", nargs=-1, metavar="[PATH]...", shell_complete=_files)


def completed(words: Callable[[], Iterable[str]]) -> Completer:
    """What completes the last word of a comma-separated list in a shell. `words` are asked for only then."""

    def complete(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
        before, comma, last = incomplete.rpartition(",")
        return [f"{before}{comma}{word}" for word in words() if word.startswith(last)]

    return complete


def names(*declarations: str, help: str, complete: Completer | None = None) -> Decorator:  # noqa: A002 - click's word
    """An option that takes a comma-separated list and may be repeated; None when it is not given."""

    def split(_context: click.Context, _option: click.Parameter, value: tuple[str, ...]) -> tuple[str, ...] | None:
        return tuple(part.strip() for text in value for part in text.split(",") if part.strip()) if value else None

    return click.option(*declarations, multiple=True, callback=split, metavar="A,B,…", help=help, shell_complete=complete)


def bundle(name: str, record: type[T], *options: Decorator) -> Decorator:
    """The options as one argument `name` of the callback: a `record`, whose fields are named as the options are."""
    # A click callback takes an argument per option; twenty of them say less than three records.

    def decorate(callback: Callback) -> Callback:
        @wraps(callback)
        def gather(**values: object) -> int:
            own = {field.name: values.pop(field.name) for field in fields(record)}  # type: ignore[arg-type]  # a dataclass by contract
            return callback(**{name: record(**own)}, **values)

        call: Callback = gather
        for option in reversed(options):
            call = option(call)
        return call

    return decorate


def read_stdin() -> bytes:
    """The source on standard input. Raises SessionLintError when it cannot be decoded as Python decodes a source file."""
    import io
    from tokenize import detect_encoding

    if sys.stdin is None:
        raise SessionLintError("standard input is closed")
    data = sys.stdin.buffer.read()
    try:
        encoding, _ = detect_encoding(io.BytesIO(data).readline)
        data.decode(encoding)
    except (SyntaxError, UnicodeDecodeError, LookupError) as error:
        raise SessionLintError(f"standard input cannot be decoded: {error}") from None
    return data


def emit(text: str | bytes, output_file: Path | None = None) -> None:
    """Write the result to the file, all or nothing, or to standard output; bytes as they are. A reader that went away is no error."""
    try:
        if output_file is None:
            _print(text)
        else:
            _replace(output_file, text)
    except OSError as error:
        where = "standard output" if output_file is None else str(output_file)
        raise SessionLintError(f"cannot write to {where}: {error.strerror or error}") from None


def say(line: str) -> None:
    """One line on standard error."""
    with contextlib.suppress(OSError):
        click.echo(line, err=True)


def warn(report: Report, look: Style) -> None:
    """What could not be analysed, on standard error, a line each."""
    for notice in report.notices:
        say(f"warning: {shown(report, notice.path, look)}{f':{notice.row}' if notice.row else ''}: {notice.message}")


def style(color: str, *, output_file: Path | None, quiet: bool) -> Style:
    """How to render: colours and the width of the terminal only where one will show them, unless asked for."""
    terminal = output_file is None and sys.stdout is not None and sys.stdout.isatty()
    return Style(color=_colors(color, terminal=terminal), width=_width() if terminal else 0, base=str(Path.cwd()), summary=not quiet)


def _colors(choice: str, *, terminal: bool) -> bool:
    if choice != "auto":
        return choice == "always"
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR", "0") not in ("", "0"):
        return True
    return terminal and os.environ.get("TERM") != "dumb"


def _width() -> int:
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns
    except (OSError, ValueError):
        return 0


def _print(text: str | bytes) -> None:
    try:
        if isinstance(text, bytes):
            sys.stdout.flush()
            sys.stdout.buffer.write(text)
        else:
            sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        # what is still buffered would fail again, aloud, when the interpreter ends
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _replace(path: Path, text: str | bytes) -> None:
    target = path.resolve()
    data = text if isinstance(text, bytes) else text.encode("utf-8", "backslashreplace")
    if target.exists() and not target.is_file():  # a device or a pipe has no other name to swap with
        target.write_bytes(data)
        return
    partial = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        partial.write_bytes(data)
        if target.exists():
            partial.chmod(target.stat().st_mode & 0o7777)
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
