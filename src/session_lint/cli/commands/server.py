"""`session-lint server`."""

from __future__ import annotations

import gc
import importlib.util

import click

from session_lint.errors import ExitCode, SessionLintError


@click.command("server", short_help="Run the language server for editors, on standard input and output.")
@click.option("--no-cache", "-n", is_flag=True, help="Neither read nor write the cache.")
def command(*, no_cache: bool) -> int:
    """Run the language server, for an editor to start: it speaks the Language Server Protocol over standard input and output.

    The project stays in memory. What is typed is looked at before it is saved; findings come as diagnostics; repairs, `noqa` comments and
    entries of the baseline as code actions. Settings are those of the project.
    """
    if importlib.util.find_spec("pygls") is None:
        raise SessionLintError("the language server needs pygls: python -m pip install 'session-lint[server]'")
    from session_lint.editor.features import made  # for this alone

    gc.enable()  # a single run does without; a server runs for days
    made(use_cache=not no_cache).start_io()
    return ExitCode.CLEAN
