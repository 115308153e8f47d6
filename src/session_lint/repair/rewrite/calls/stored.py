"""Whether an attribute of that name holds the record: some function of the project puts there what the getter gave it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from session_lint.repair.rewrite.calls.chains import Step
from session_lint.repair.rewrite.file import names
from session_lint.repair.rewrite.file.source import CannotRepair, Source, Sources, called_name
from session_lint.repair.rewrite.records import kept_part, records


def require(sources: Sources, last: Step, attribute: str, form: str) -> None:
    """Raises CannotRepair unless a function stores that part of the record, as the getter call of `last` gives it, in such an attribute.

    A name proves nothing: `event.room` may be all the rooms of an event, or the one that was open last week.
    """
    getter = _name(last.source, last.call)
    stores, asks = (sources.where(sign) for sign in (rf"\b{re.escape(attribute)}\b[^=\n]*=[^=]", rf"\b{re.escape(getter)}\("))
    for path in (path for path in stores if path in asks and path.endswith(".py")):
        try:
            source = sources[path]
        except CannotRepair:  # it must not be edited, or cannot be read
            continue
        if any(form == found for call in _calls(source, getter) for found in _kept_as(source, call, attribute)):
            return
    raise CannotRepair(f"nothing in the project shows that `{attribute}` is what `{getter}()` gives: the name alone proves nothing")


def _name(source: Source, call: cst.Call) -> str:
    return source.code(called_name(call))


def _calls(source: Source, getter: str) -> Iterator[cst.Call]:
    for name in source.named.get(getter, ()):
        above = source.parent(name)
        call = source.parent(above) if isinstance(above, cst.Attribute) else above
        if isinstance(call, cst.Call) and called_name(call) is name:
            yield call


def _kept_as(source: Source, call: cst.Call, attribute: str) -> Iterator[str]:
    """The parts of its record that the function of a call keeps in such an attribute, or makes an object with."""
    function = source.function_around(call)
    try:
        holding = records.held(source, call)
    except CannotRepair:
        return
    full = holding.pick + holding.form
    if holding.name.endswith(f".{attribute}") or _goes_to(source, holding.whole, attribute):
        yield full
    elif holding.local and function is not None:
        for use in names.uses(source, function, holding.name):
            part, value = kept_part.part_of(source, use)
            if _goes_to(source, value, attribute):
                yield full + part


def _goes_to(source: Source, value: cst.BaseExpression, attribute: str) -> bool:
    """`x.attribute = value`, `Context(attribute=value)`."""
    above = source.parent(value)
    match above:
        case cst.Assign(targets=[cst.AssignTarget(target=cst.Attribute(attr=cst.Name(name)))]):
            return bool(name == attribute)
        case cst.Arg(keyword=cst.Name(name)):
            return bool(name == attribute)
    return False
