"""Code that one person or the start of the program runs: commands, start-up hooks. No second request does the same beside it."""

from __future__ import annotations

from session_lint.analysis.entry_points import COMMAND, inherited, marked
from session_lint.analysis.program.link import Linker
from session_lint.analysis.program.symbols import FunctionSymbol

_COMMAND_LINES = ("click", "typer", "flask.cli", "rich_click", "asyncclick", "cyclopts")
_STARTING = {("AppConfig", "ready"), ("Plugin", "on_startup")}


def is_by_hand(linker: Linker, full: str) -> bool:
    """Whether a function is a command of a command line, or runs when the program starts, or only code of modules leads to it."""
    function = linker.symbols.functions.get(full)
    if function is None:
        return linker.is_script(full)
    return _is_command(linker, function) or _starts(linker, function) or linker.is_script(full)


def _is_command(linker: Linker, function: FunctionSymbol) -> bool:
    """`@click.command()`, also of a group that stands elsewhere; a method of Django's commands. A bot's commands are for its users."""
    marks = [mark for one in function.index.decorators if (mark := marked(one)) is not None]
    if any(mark.kind == COMMAND for mark in marks):
        module = linker.symbols.modules[function.module]
        return any(f"{name}.".startswith(tuple(f"{one}." for one in _COMMAND_LINES)) for name in module.targets)
    bases = _bases(linker, function)
    mark = inherited(bases, "handle")
    return mark is not None and mark.kind == COMMAND


def _starts(linker: Linker, function: FunctionSymbol) -> bool:
    """`AppConfig.ready`, `@app.on_event("startup")`."""
    labels = [mark.label for one in function.index.decorators if (mark := marked(one)) is not None]
    if any("'startup'" in label for label in labels):
        return True
    return any(base.endswith(end) and function.index.name == name for base in _bases(linker, function) for end, name in _STARTING)


def _bases(linker: Linker, function: FunctionSymbol) -> tuple[str, ...]:
    """The last names of the classes above the class of a method that are not of the project."""
    return (linker.symbols.outside_base(function.owner).rpartition(".")[2],) if function.owner is not None else ()
