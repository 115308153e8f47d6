"""Scripts, commands and what starts the program: what they alone lead to, by the names that are called, nobody else runs beside them."""

from __future__ import annotations

from collections.abc import Callable, Mapping as Map, Set
from functools import cached_property
from itertools import accumulate

from session_lint.analysis.program.by_hand import is_of_migrations, starts_by_hand
from session_lint.analysis.program.symbols import FunctionSymbol, SymbolTable
from session_lint.facts.terms import Mapping, Ref, Sequence, children, strip

_WIRING = frozenset({"connect", "add_event_handler"})  # what registers a function that is called for each signal: Django, Telethon
_RUNNING = frozenset({"run", "main", "start", "run_until_complete", "map", "submit"})  # what a module hands a function to that runs it
# What a server or a bot is handed functions by, of which many run at one time: of aiohttp, Starlette, Flask, Falcon, bots, brokers.
_SERVING = frozenset(
    """
    CallbackQueryHandler CommandHandler MessageHandler Route WebSocketRoute add_api_route add_delete add_get add_handler add_head
    add_options add_patch add_post add_put add_resource add_route add_routes add_url_rule add_view add_websocket_route
    add_consumer basic_consume consume create_server register_message_handler start_server subscribe
    """.split()  # noqa: SIM905
)


class Scripts:
    """Who leads to the functions of a program. `may_call` tells of a function that says the name of another one whether it may mean it."""

    def __init__(self, symbols: SymbolTable, may_call: Callable[[str, str], bool], alone: frozenset[str] = frozenset()) -> None:
        """`alone`: the files of programs that do one thing at a time."""
        self._symbols = symbols
        self._may_call = may_call
        self._alone = frozenset(full for full, one in symbols.functions.items() if one.path in alone) if alone else frozenset()
        self._known: dict[tuple[str, int], bool] = {}

    def is_script(self, full: str) -> bool:
        """Whether only the code of modules leads to a function: a script, of which one runs at a time."""
        return self._led_to(full, frozenset())

    def is_run_by_hand(self, full: str) -> bool:
        """Whether only scripts, commands and the start of the program lead to a function."""
        return self._led_to(full, self._by_hand)

    def is_run_alone(self, full: str) -> bool:
        """The same, or programs that do one thing at a time: no second request does beside it what it does."""
        return self._led_to(full, self._by_hand | self._alone) if self._alone else self.is_run_by_hand(full)

    def is_called(self, full: str) -> bool:
        """Whether anything of the project calls a function by its name: what nobody calls, a framework may."""
        return full.rpartition(".")[2] in self._called

    def tables_with(self, full: str) -> tuple[str, ...]:
        """The variables of modules that hold a function in a list or mapping."""
        return self._tables.get(full, ())

    @cached_property
    def _by_hand(self) -> frozenset[str]:
        return frozenset(full for full, one in self._symbols.functions.items() if starts_by_hand(self._symbols, one))

    def _led_to(self, full: str, by_hand: Set[str]) -> bool:
        key = (full, len(by_hand))  # each of these sets is a part of the next larger one
        if key not in self._known:
            self._known[key] = self._is_led_to(full, by_hand)
        return self._known[key]

    def _is_led_to(self, full: str, by_hand: Set[str]) -> bool:
        seen, front = {full}, {full}
        started, own = False, self._alone & by_hand  # who else is handed one of them is of the same program
        while front:
            if any((one not in by_hand and not self._is_said(one)) or (one not in own and self._is_given_away(one)) for one in front):
                return False
            above = {one: self._above(one) for one in front}
            if any(not callers and one not in by_hand and not self._is_called_by_modules(one) for one, callers in above.items()):
                return False  # its name is said, and another one of that name is meant
            started = started or any(map(self._is_called_by_modules, front)) or not front.isdisjoint(by_hand)
            front = {caller for callers in above.values() for caller in callers if caller not in seen}
            seen |= front
        return started

    def _is_given_away(self, full: str) -> bool:
        """Whether a module puts a function into a table, or hands it to something that does not run it at once: others call it then."""
        shelves = self._shelves(full)
        if shelves:  # who says the table may call it
            return any(name in self._handed_on or name not in self._sayers for name in shelves)
        name = full.rpartition(".")[2]
        return name in self._handed_on - self._called_by_modules or name in self._wired

    def _is_said(self, full: str) -> bool:
        """Whether anything of the project says a function by its name, or by that of a table that holds it."""
        return self.is_called(full) or any(map(self._called.__contains__, self._shelves(full)))

    def _shelves(self, full: str) -> list[str]:
        """The bare names of the tables that hold a function."""
        return [table.rpartition(".")[2] for table in self.tables_with(full)]

    def _above(self, full: str) -> tuple[str, ...]:
        """The functions that may call a function, by its name and by what is known of their calls, or that say a table which holds it. One
        of a module that nobody imports is called there, or in a class above its own; a command, which nobody hands on, also by who imports
        that module."""
        sayers = self._sayers.get(full.rpartition(".")[2], ())
        function = self._symbols.functions.get(full)
        if function is not None and (function.module not in self._importers or full in self._by_hand):
            above = self._symbols.mro(function.owner) if function.owner is not None else ()
            near = {*self._importing(function.module), *(self._symbols.classes[name].module for name in above)}
            sayers = tuple(one for one in sayers if (known := self._symbols.functions.get(one)) is None or known.module in near)
        by_name = (one for one in sayers if self._may_call(one, full))
        return (*by_name, *(one for name in self._shelves(full) for one in self._sayers.get(name, ())))

    def _importing(self, module: str) -> set[str]:
        """A module and those that import it, directly or through others."""
        found, work = {module}, [module]
        while work:
            one = work.pop()
            fresh = self._importers.get(one, frozenset()) - found
            found |= fresh
            work += fresh
        return found

    @cached_property
    def _importers(self) -> Map[str, frozenset[str]]:
        """By what is imported, with the packages around it: the modules that do."""
        found: dict[str, set[str]] = {}
        for module, index in self._symbols.modules.items():
            for target in index.targets:
                for name in accumulate(target.split("."), "{}.{}".format):
                    found.setdefault(name, set()).add(module)
        return {name: frozenset(modules) for name, modules in found.items()}

    def _is_called_by_modules(self, full: str) -> bool:
        return full.rpartition(".")[2] in self._called_by_modules

    @cached_property
    def _sayers(self) -> Map[str, tuple[str, ...]]:
        """The functions that call something by a name."""
        found: dict[str, list[str]] = {}
        for module, index in self._symbols.modules.items():
            for function in index.functions:
                for name in function.calls:
                    found.setdefault(name, []).append(f"{module}.{function.qualname}")
        return {name: tuple(callers) for name, callers in found.items()}

    @cached_property
    def _called_by_modules(self) -> frozenset[str]:
        """The names that code of modules calls, or hands on where it says that something is run."""
        found: set[str] = set()
        for index in self._symbols.modules.values():
            called = {form[:-1].rpartition(".")[2] for form in index.said if form[-1] == "("}
            found |= index.calls if not _RUNNING.isdisjoint(called) else called
        return frozenset(found)

    @cached_property
    def _handed_on(self) -> frozenset[str]:
        """The names that code of modules calls or hands on."""
        return frozenset(name for index in self._symbols.modules.values() for name in index.calls)

    @cached_property
    def _wired(self) -> frozenset[str]:
        """The names that a function hands to what calls them later, and does not call: `post_save.connect(handler)`, routes."""
        found: set[str] = set()
        for function in (function for index in self._symbols.modules.values() for function in index.functions):
            called = {form[:-1] for form in function.said if form[-1] == "("}
            names = {form.rpartition(".")[2] for form in called}
            signals = {form for form in called if form.rpartition(".")[2] in _WIRING}
            signalled = signals and not all(map(is_of_migrations, signals)) and _RUNNING.isdisjoint(names)
            if signalled or not _SERVING.isdisjoint(names):
                found |= function.calls - names
        return frozenset(found)

    @cached_property
    def _called(self) -> frozenset[str]:
        """The names that anything of the project calls."""
        functions = (function for index in self._symbols.modules.values() for function in index.functions)
        return self._handed_on.union(*(function.calls for function in functions))

    @cached_property
    def _tables(self) -> Map[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        for name, variable in self._symbols.variables.items():
            table = strip(variable.value)
            for part in children(table) if isinstance(table, (Mapping, Sequence)) else ():
                symbol = self._symbols.lookup(part.name) if isinstance(part, Ref) else None
                if isinstance(symbol, FunctionSymbol):
                    found[symbol.full] = (*found.get(symbol.full, ()), name)
        return found
