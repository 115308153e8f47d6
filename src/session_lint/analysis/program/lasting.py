"""Whether a function makes something that lasts: a row, or what a call into the unknown may make; not an item of a container."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from session_lint.analysis.getter_names import makes
from session_lint.analysis.program.keys import name_of, small
from session_lint.analysis.program.knowledge import Knowledge
from session_lint.analysis.program.substitution import substitute
from session_lint.analysis.program.values import ContainerValue, ElementsValue, OutsideValue, Value
from session_lint.analysis.program.walked import Walk
from session_lint.facts.effects import MAKES
from session_lint.facts.terms import Attr, Invoke, Param, Ref, Term, root, strip, walk

_CONTAINERS = {"set", "list", "dict", "deque", "defaultdict", "OrderedDict", "WeakSet", "WeakValueDictionary", "WeakKeyDictionary"}


def lasting(known: Knowledge, full: str, walked: Walk) -> tuple[bool, tuple[Term, ...]]:
    """Whether a function makes something that lasts, whoever calls it; and what it was handed to put something into, of which its
    callers know what it is."""
    if any(event.kind in MAKES for event in walked.events):
        return True, ()
    handed: dict[Term, None] = {}
    for holder in _unseen(known, full):
        if holder is not None and _is_memory(known, full, holder):
            continue
        if holder is None or not _is_handed(known, full, holder):
            return True, ()
        handed[holder] = None
    return False, tuple(handed)


def _unseen(known: Knowledge, full: str) -> Iterator[Term | None]:
    """What may make something that lasts, by what it is put into; None where that is not known or cannot be a container."""
    for site in known.facts[full].calls:
        resolved = known.resolver.resolve(full, site)
        for target in resolved.targets:
            summary = known.summary(target.full)
            if summary.writes:
                yield None
            elif summary.fills:
                values = known.resolver.bind(target, site).values
                yield from (held if small(held) else None for term in summary.fills for held in (substitute(term, values),))
        unseen = _third_party(site.func) if resolved.reason == "outside" else not resolved.targets
        if unseen and makes(name_of(site.func) or ""):
            yield strip(site.func.base) if isinstance(site.func, Attr) else None


def _is_handed(known: Knowledge, full: str, holder: Term) -> bool:
    """Whether it is a parameter, or a part of one; the object of a method is known by its class."""
    function, start = known.symbols.functions.get(full), root(holder)
    own = function is not None and function.owner is not None and function.kind != "static"
    return isinstance(start, Param) and not (own and function is not None and start.name == function.index.parameters[0].name)


def _is_memory(known: Knowledge, full: str, holder: Term) -> bool:
    """`self.names.add(x)`, `names.setdefault(key, set()).add(x)`: a container of the process, of which nothing lasts."""
    holder = strip(holder)
    if isinstance(holder, Invoke) and name_of(holder.func) == "setdefault":
        return True
    return any(_is_container(value) for value in known.resolver.inference.infer(holder, full))


def _third_party(func: Term) -> bool:
    for part in walk(func):
        if isinstance(part, Ref):
            top = part.name.split(".", 1)[0]
            return top != "builtins" and top not in sys.stdlib_module_names
    return False


def _is_container(value: Value) -> bool:
    if isinstance(value, OutsideValue):
        return value.full.removesuffix("()").rsplit(".", 1)[-1] in _CONTAINERS
    return isinstance(value, (ContainerValue, ElementsValue))
