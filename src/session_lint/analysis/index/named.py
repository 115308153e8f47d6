"""The names in the value of a variable or an attribute: what it may stand for."""

from __future__ import annotations

from session_lint.facts.terms import Attr, Invoke, Item, Mapping, Op, Param, Ref, Sequence, Term, dotted, root, walk


def holds_functions(term: Term) -> bool:
    """Whether a display may hold functions: names, or methods of the object, as they are."""
    items = [item for _, item in term.entries] if isinstance(term, Mapping) else term.items if isinstance(term, Sequence) else ()
    return any(isinstance(item, Ref) or (isinstance(item, Attr) and item.base == Param("self")) for item in items)


def made_in(term: Term) -> set[str]:
    """The full names that are called in a term, or stand in an annotation or a subscript: what they make is there already."""
    found: set[str] = set()
    for part in walk(term):
        match part:
            case Invoke(func):
                found.add(dotted(func) or "")
            case Op("annotation"):
                found |= named_in(part)[0]
            case Item(_, key):
                found |= {inner.name for inner in walk(key) if isinstance(inner, Ref)} - _handed_in(key)
    return found


def _handed_in(term: Term) -> set[str]:
    """The full names that are arguments of calls in a term: `Annotated[Service, Depends(get_service)]`."""
    calls = (part for part in walk(term) if isinstance(part, Invoke))
    return {
        inner.name for call in calls for arg in (*call.args, *(v for _, v in call.kwargs)) for inner in walk(arg) if isinstance(inner, Ref)
    }


def named_in(term: Term) -> tuple[set[str], set[str]]:
    """The full names in a term, and the attributes of anything else, written as in FunctionIndex.said."""
    refs: set[str] = set()
    attributes: set[str] = set()
    for part in walk(term):
        if isinstance(part, Ref):
            if not part.name.startswith("builtins."):
                refs.add(part.name)
        elif isinstance(part, Attr):
            name = dotted(part)
            if name is not None and isinstance(root(part), Ref):
                refs.add(name)
            else:
                attributes.add("." + part.name)
    return refs, attributes
