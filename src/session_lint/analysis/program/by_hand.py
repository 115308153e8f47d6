"""Code that one person or the start of the program runs: commands, start-up hooks. No second request does the same beside it.

How commands are made is from the documentation of click, Typer, Flask (`app.cli`) and Django (`management/commands`). A `command` of a
bot's library is none: many people send those.
"""

from __future__ import annotations

from session_lint.analysis.entry_points import COMMAND, inherited, marked
from session_lint.analysis.program.symbols import FunctionSymbol, SymbolTable, VariableSymbol
from session_lint.facts.terms import Invoke, Term, dotted, strip

_COMMAND_LINES = frozenset({"click", "typer", "flask.cli", "rich_click", "asyncclick", "cloup", "cyclopts"})
_MAKERS = frozenset({"typer.Typer", "typer.main.Typer", "flask.cli.AppGroup", "click.Group", "cyclopts.App"})
_MIGRATING = {"pre_migrate", "post_migrate"}
_STARTING = {("AppConfig", "ready"), ("Plugin", "on_startup")}
_DJANGO = ".management.commands."
_DEPTH = 4  # groups inside groups


def starts_by_hand(symbols: SymbolTable, function: FunctionSymbol) -> bool:
    """Whether a function is a command of a command line, or runs when the program starts."""
    return _is_command(symbols, function) or _starts(symbols, function)


def _is_command(symbols: SymbolTable, function: FunctionSymbol) -> bool:
    if _DJANGO in f".{function.full}" or any(_makes_command(symbols, one, _DEPTH) for one in function.index.decorators):
        return True
    mark = inherited(_bases(symbols, function), "handle")
    return mark is not None and mark.kind == COMMAND


def _makes_command(symbols: SymbolTable, decorator: Term, depth: int) -> bool:
    """Whether a decorator makes a command, or an option of one: that of a library, or of a group that is one."""
    made, mark = strip(decorator), marked(decorator)
    group = (dotted(made.func if isinstance(made, Invoke) else made) or "").rpartition(".")[0]
    if group in _COMMAND_LINES:
        return True
    if mark is None or mark.kind != COMMAND or not depth:
        return False
    if group.endswith(".cli"):
        return True
    symbol = symbols.lookup(group) if group else None
    if isinstance(symbol, FunctionSymbol):
        return any(_makes_command(symbols, one, depth - 1) for one in symbol.index.decorators)
    value = strip(symbol.value) if isinstance(symbol, VariableSymbol) else None
    return isinstance(value, Invoke) and dotted(value.func) in _MAKERS


def is_of_migrations(name: str) -> bool:
    """Whether something of a signal is of those that `migrate` sends, which one process runs: `post_migrate.connect`."""
    return not _MIGRATING.isdisjoint(name.split("."))


def _starts(symbols: SymbolTable, function: FunctionSymbol) -> bool:
    """`AppConfig.ready`, `@app.on_event("startup")`, `@receiver(post_migrate)`."""
    calls = [call for one in function.index.decorators if isinstance(call := strip(one), Invoke) and call.args]
    if any(is_of_migrations(dotted(call.args[0]) or "") for call in calls):
        return True
    labels = [mark.label for one in function.index.decorators if (mark := marked(one)) is not None]
    if any("'startup'" in label for label in labels):
        return True
    return any(base.endswith(end) and function.index.name == name for base in _bases(symbols, function) for end, name in _STARTING)


def _bases(symbols: SymbolTable, function: FunctionSymbol) -> tuple[str, ...]:
    """The last names of the classes above the class of a method that are not of the project."""
    return (symbols.outside_base(function.owner).rpartition(".")[2],) if function.owner is not None else ()
