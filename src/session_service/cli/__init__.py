"""The command line `session-service`: one file a command, imported only when it is run or helped with.

A command is a file of this folder that holds a click command as `command`. Its callback returns an exit code (None for 0), raises
ServiceError for what the operator can mend, and prints with click.echo. Exit codes: 0 done; 1 the answer is no (a schema that is
behind, numbers that are not healthy); 2 it could not be done.
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import NoReturn

import click

from session_service import settings
from session_service.errors import ServiceError
from session_service.settings import Settings
from session_service.urls import database_url

DONE, NO, FAILED = 0, 1, 2
_INTERRUPTED = 130  # 128 + SIGINT, as shells count

database_option = click.option(
    "--database", metavar="URL", help=f"The database; {settings.PREFIX}DATABASE_URL without it, {settings.DEFAULT_URL} without both."
)


class _Room(click.Group):
    """A group whose commands are the files of this folder."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx  # the room is the same in every context
        files = (info.name for info in pkgutil.iter_modules(__path__))
        return sorted(stem.replace("_", "-") for stem in files if not stem.startswith("_"))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        command: click.Command = importlib.import_module(f"{__name__}.{cmd_name.replace('-', '_')}").command
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            raise click.UsageError(f"{error.message} Choose from: {', '.join(self.list_commands(ctx))}.", ctx) from None


@click.group(cls=_Room, no_args_is_help=False, context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """One active conversation session per user, decided by the database."""


def configured(database: str | None = None) -> Settings:
    """The settings of the environment, with the database of the command line when it names one. Raises InvalidInput."""
    found = settings.read()
    return found if database is None else replace(found, database_url=database_url(database))


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run one command and leave the process with its exit code."""
    sys.exit(_outcome(arguments))


def _outcome(arguments: Sequence[str] | None) -> int:
    try:
        return int(cli.main(args=arguments, prog_name="session-service", standalone_mode=False) or DONE)
    except click.ClickException as error:
        error.show()
    except (click.Abort, KeyboardInterrupt):
        return _INTERRUPTED
    except ServiceError as error:
        click.echo(f"error: {error}", err=True)
    return FAILED
