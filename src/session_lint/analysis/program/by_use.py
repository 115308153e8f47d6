"""What a value without a type shows to be by what is done with it: `db.query(Model)` of a parameter, `self.db.query(Model)` in another
method of the class."""

from __future__ import annotations

from collections.abc import Iterator

from session_lint.analysis.program.clients import Clients
from session_lint.analysis.program.resolution import Resolver
from session_lint.facts.module_facts import FunctionFacts
from session_lint.facts.terms import Attr, Param, Ref, Term, strip

_BELOW = 2  # functions that a value is handed to, one by another


class ByUse:
    """Finds the roles that values have by what the functions do that have them; each is looked for once."""

    def __init__(self, resolver: Resolver, clients: Clients) -> None:
        self._resolver = resolver
        self._symbols = resolver.symbols
        self._clients = clients
        self._roles: dict[tuple[Term, str, int], str] = {}
        self._known: dict[tuple[Term, str], str] = {}
        self._of_class: dict[str, dict[str, str]] = {}
        self._methods: dict[str, list[str]] | None = None

    def role(self, term: Term, full: str) -> str:
        """What a value of function `full` shows to be; "" where nothing tells."""
        if not isinstance(term, (Param, Attr)):
            return ""
        if (known := self._known.get((term, full))) is None:
            found = self._in(term, full, _BELOW)
            attribute = "" if found else self._of_self(term, full)
            known = self._known[term, full] = self._of_attribute(self._owner(full), attribute) if attribute else found
        return known

    def _in(self, term: Term, full: str, below: int) -> str:
        """What a function shows it to be, or those that it hands it to."""
        facts = self._resolver.facts.get(full)
        if facts is None:
            return ""
        used = (effect for site in facts.calls for effect in site.effects if effect.connection == term)
        found = next((role for effect in used if isinstance(effect.resource, Ref) and (role := self._clients.runs_on(effect.client))), "")
        if found or not below:
            return found
        key = (term, full, below)
        if key not in self._roles:
            self._roles[key] = next((role for role in self._in_callees(term, full, facts, below) if role), "")
        return self._roles[key]

    def _in_callees(self, term: Term, full: str, facts: FunctionFacts, below: int) -> Iterator[str]:
        for site in facts.calls:
            if not any(strip(arg) == term for arg in (*site.args, *(value for _, value in site.kwargs))):
                continue
            for target in self._resolver.resolve(full, site).targets:
                values = self._resolver.bind(target, site).values
                yield from (self._in(Param(name), target.full, below - 1) for name, value in values.items() if strip(value) == term)

    def _of_attribute(self, owner: str, name: str) -> str:
        """What the methods of a class show an attribute to be, and the functions inside them."""
        known = self._of_class.setdefault(owner, {})
        if name not in known:
            known[name] = ""  # asked for again below, it tells nothing
            found = (self._in(Attr(me, name), full, _BELOW) for full in self._methods_of(owner) for me in self._selves(full))
            known[name] = next((role for role in found if role), "")
        return known[name]

    def _methods_of(self, owner: str) -> list[str]:
        if self._methods is None:
            self._methods = {}
            for full in self._resolver.facts:
                if of := self._owner(full):
                    self._methods.setdefault(of, []).append(full)
        return self._methods.get(owner, [])

    def _owner(self, full: str) -> str:
        """The class of which a function is a method, or stands in one."""
        while full:
            function = self._symbols.functions.get(full)
            if function is not None and function.owner is not None:
                return function.owner
            full = full.rpartition(".")[0]
        return ""

    def _selves(self, full: str) -> tuple[Term, ...]:
        """How a method, or a function in one, names the object."""
        function = self._symbols.functions.get(full)
        inside = function is None or function.owner is None
        return (Ref(f"{full.rpartition('.')[0]}.self"),) if inside else (Param("self"),)

    def _of_self(self, term: Term, full: str) -> str:
        """The name of the attribute that a value is of the object whose method a function is; "" for anything else."""
        if not isinstance(term, Attr) or not self._owner(full):
            return ""
        return term.name if strip(term.base) in self._selves(full) else ""
