"""The command line: the group of commands, and how the process ends. A command is imported only when it is run or helped with.

What a command does is asked of `api.py`; nothing here analyses, repairs or formats.
"""

from __future__ import annotations

import gc
import importlib
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

import click

from session_lint import registry
from session_lint.cli import commands
from session_lint.cli.command import say
from session_lint.errors import ExitCode, SessionLintError
from session_lint.version import __version__

_INTERRUPTED = 130  # 128 + SIGINT, as shells count


class _Room(click.Group):
    """A group whose commands are the files of `commands/`; each holds its click command as `command`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx  # the room is the same in every context
        return [stem.replace("_", "-") for stem in registry.stems(commands)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        module = importlib.import_module(f"{commands.__name__}.{cmd_name.replace('-', '_')}")
        command: click.Command = module.command
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            known = self.list_commands(ctx)
            raise click.UsageError(f"{error.message} Choose from: {', '.join(known)}.", ctx) from None


@click.group(cls=_Room, no_args_is_help=False, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, "--version", "-V", message="session-lint %(version)s")
def cli() -> None:
    """Find what must happen once, atomically, but is spread over a call chain."""


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run one command and leave the process with its exit code: 0 clean, 1 findings, 2 could not do the job."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a path or a name may not fit the terminal's encoding; that must not stop a report
            stream.reconfigure(errors="backslashreplace")
    gc.disable()  # a run ends before a collection would pay, and what it holds has few cycles
    code = _outcome(arguments)
    if arguments is None:
        _leave(code)
    sys.exit(code)


def _leave(code: int) -> None:
    """End the process without taking its memory apart, which takes a second after a large project. Returns when output is stuck."""
    try:
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()
    except (OSError, ValueError):  # let the interpreter say so
        return
    os._exit(code)


def _outcome(arguments: Sequence[str] | None) -> int:
    try:
        code = cli.main(args=arguments, prog_name="session-lint", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return ExitCode.FAILED
    except (click.Abort, KeyboardInterrupt):
        return _INTERRUPTED
    except SessionLintError as error:
        say(f"error: {error}")
        return ExitCode.FAILED
    except Exception as error:
        if os.environ.get("SESSION_LINT_DEBUG"):
            raise
        say(f"error: internal error: {type(error).__name__}: {error}")
        say("This is a defect of session-lint. Please report it with the traceback that SESSION_LINT_DEBUG=1 shows.")
        return ExitCode.FAILED
    return int(code or ExitCode.CLEAN)
