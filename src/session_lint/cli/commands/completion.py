"""`session-lint completion`."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from session_lint.cli.command import emit
from session_lint.errors import ExitCode


@click.command("completion", short_help="Print the completion script of a shell.")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(*, shell: str) -> int:
    """Print what makes a shell complete commands, options, rules and formats.

    bash: eval "$(session-lint completion bash)" in ~/.bashrc. zsh: the same with zsh in ~/.zshrc. fish: session-lint completion fish >
    ~/.config/fish/completions/session-lint.fish.
    """
    root = click.get_current_context().find_root()
    made = get_completion_class(shell)
    if made is None:  # click knows these three; a later one might not
        raise click.UsageError(f"this version of click cannot complete in {shell}.")
    script = made(root.command, {}, "session-lint", "_SESSION_LINT_COMPLETE")
    emit(script.source_template % script.source_vars() + "\n")  # source() would start the shell to ask for its version
    return ExitCode.CLEAN
