"""Keys that another service gives to what this run has made there: nobody else has been told them yet.

A client says by the name of a call that it makes something, and what the answer names it by is part of that answer. Both are asked for,
since a look-up gives the same key to everyone, a call that makes something only where it is missing does too, and an answer also tells of
things that were there before.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from session_lint.analysis.program.getters import alternatives
from session_lint.analysis.program.keys import name_of, unconverted
from session_lint.analysis.program.link import Linker
from session_lint.analysis.program.symbols import FunctionSymbol
from session_lint.facts.effects import EffectKind
from session_lint.facts.telling_names import names_making
from session_lint.facts.terms import Attr, Const, Invoke, Item, Mapping, Op, Phi, Ref, Sequence, Template, Term, dotted, root, strip

_DEEP = 4  # functions of the project that each hand on what the next one gives
_POSTING = re.compile(r"_*(?:async_)?(?:post|request|send|call|execute|create\w*)$", re.IGNORECASE)
_LOOKING = re.compile(r"find|search|look|get_or|_or_|query|filter|exists|select|first$", re.IGNORECASE)
_REPEATED = re.compile(r"idempot|(?:client|request)_?token|dedup", re.IGNORECASE)  # a second call is given the answer of the first
_NAMED = re.compile(r"[A-Z]\w*Name$")  # AWS gives what has the name, where there is one
_IDENTITY = re.compile(r"(?P<of>.*?)_?(?:id|pk|key|uuid|guid|number|iid|sid|arn|href|link|ur[il])$", re.IGNORECASE)
_AS_IT_IS = {"", "html", "web", "self", "full", "absolute", "public", "canonical", "perma", "node", "external", "global", "unique"}
_AROUND = {"json", "data", "result", "response", "body", "attribute", "payload", "content", "answer", "object", "field", "execute"}
_VERBS = {"create", "acreate", "send", "asend", "submit"}
_JOINING = {"urljoin", "join", "format"}
_WORD = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])")


def is_given(linker: Linker, full: str, value: Term) -> bool:
    """Whether a value of function `full` is such a key, or text with one in it: `f"{base}/issues/{issue.id}"`."""
    return _given(linker, full, value, _DEEP, said=False)


def _given(linker: Linker, full: str, value: Term, depth: int, *, said: bool) -> bool:
    """The same. `said`: the function only hands the value on, and says by its name that something is made."""
    match unconverted(value):
        case Phi(options):
            told = [option for option in options if strip(option) != Const(None)]
            return bool(told) and all(_given(linker, full, option, depth, said=said) for option in told)
        case inner if parts := joined(inner):
            return any(_given(linker, full, part, depth, said=said) for part in parts)
        case inner:
            part = _is_part(linker, full, inner, depth, said=said)
            return part or (isinstance(inner, Invoke) and _gives_key(linker, full, inner, depth))


def joined(value: Term) -> tuple[Term, ...]:
    """What a text is put together from: where one part is like no other, so is the text."""
    match unconverted(value):
        case Template(parts) | Op("+", parts):
            return parts
        case Invoke(func, args, _) if name_of(func) in _JOINING:
            return args
    return ()


def _gives_key(linker: Linker, full: str, call: Invoke, depth: int) -> bool:
    """Whether a call is of a function of the project that returns such a key; one that was not read, and makes something, does."""
    called = _called(linker, full, call) if depth else []
    return bool(called) and all(_returns_key(linker, one, depth - 1) for one in called)


def _returns_key(linker: Linker, function: FunctionSymbol, depth: int) -> bool:
    returned = _returned(linker, function)
    if returned is None:
        return _says_so(function, said=False)
    said = names_making(function.index.name)
    return bool(returned) and all(_given(linker, function.full, term, depth, said=said) for term in returned)


def _returned(linker: Linker, function: FunctionSymbol) -> tuple[Term, ...] | None:
    """What a function of the project returns; None where it was not read and does more than that."""
    facts, result = linker.facts.get(function.full), function.index.result
    return facts.returns if facts is not None else (result,) if result is not None else None


def _says_so(function: FunctionSymbol, *, said: bool) -> bool:
    """Whether a function that was not read makes something and looks for nothing, by its name and what it says."""
    calls, named = function.index.calls, said or names_making(function.index.name)
    posts = any(map(_POSTING.match, calls)) and not any(map(_LOOKING.search, calls))
    return bool(named) and posts and function.index.returns_value and not _fetches(function)


def _is_part(linker: Linker, full: str, value: Term, depth: int, *, said: bool) -> bool:
    """Whether a value is what names the thing that a call has made, in the answer of that call."""
    names, made = _parts(value)
    if made is None or not names:
        return False
    own = _own_words(linker, full, made, depth, said=said)
    key = _IDENTITY.fullmatch(names[0])
    if own is None or key is None or names[0] in _handed(made):
        return False
    return _words(key["of"]) <= own | _AS_IT_IS and all(_words(name) <= own | _AROUND for name in names[1:])


def _parts(value: Term) -> tuple[list[str], Invoke | None]:
    """The names by which a value is picked out of the answer of a call, the last one first, and that call."""
    names: list[str] = []
    while True:
        match value := strip(value):
            case Invoke(func) if names_making(name_of(func) or ""):
                return names, value
            case Attr(base, name) | Item(base, Const(str(name))) | Invoke(Attr(base, "get"), (Const(str(name)), *_)):
                names.append(name)
                value = base
            case Invoke(Attr(base, name), (), ()) if name in _AROUND or name.startswith("get_"):
                names.append(name.removeprefix("get_"))
                value = base
            case Item(base, Const(0)):
                value = base
            case other:
                return names, other if isinstance(other, Invoke) else None


def _own_words(linker: Linker, full: str, call: Invoke, depth: int, *, said: bool) -> set[str] | None:
    """The words by which a call says what it makes; None where it makes nothing, or not always something. `said`: a function above that
    only hands its answer on says that something is made."""
    if _posts(linker, call) and _is_client(linker, full, said=said):
        return _words(full.rpartition(".")[2]) - _VERBS
    called = _called(linker, full, call)
    if called:
        found = [_words_of(linker, one, depth - 1, said=said or names_making(one.index.name)) for one in called] if depth else []
        words = [one for one in found if one is not None]
        return set().union(*words, _thing(call.func)) if found and len(words) == len(found) else None
    makes = names_making(name_of(call.func) or "") and isinstance(call.func, Attr) and not is_repeated(call)
    return _thing(call.func) if makes and not _is_of_database(linker, full, call) else None


def _is_client(linker: Linker, full: str, *, said: bool) -> bool:
    """Whether a function says by its name that it makes something, and asks no database itself: what it makes is elsewhere. `said`:
    a function above says so."""
    walked = linker.walks.get(full)
    asks = walked is not None and any(event.effect is not None for event in walked.events)
    return (said or names_making(full.rpartition(".")[2])) and not asks


def _words_of(linker: Linker, function: FunctionSymbol, depth: int, *, said: bool) -> set[str] | None:
    """The same of a function of the project, by what it returns; of one that was not read, by what it says."""
    returned = _returned(linker, function)
    if returned is None:
        return set() if _says_so(function, said=said) else None
    found: set[str] = set()
    for term in (one for whole in returned for one in alternatives(whole) if one != Const(None)):
        names, made = _parts(term)
        own = _own_words(linker, function.full, made, depth, said=said) if made is not None else None
        if own is None or not all(_words(name) <= _AROUND for name in names):
            return None
        found |= own
    return found if returned else None


def _fetches(function: FunctionSymbol) -> bool:
    """Whether a function says that it asks a service for something: `session.get(`; `.get(` of an answer asks nobody."""
    return any(form.endswith(".get(") and not form.startswith(".") and "json" not in form for form in function.index.said)


def _posts(linker: Linker, call: Invoke) -> bool:
    """Whether a call is a POST of HTTP."""
    given = _items((*call.args, *(value for _, value in call.kwargs)))
    told = map(linker.readings.constant, map(strip, given))
    return name_of(call.func) == "post" or any(isinstance(one, Const) and str(one.value).upper() == "POST" for one in told)


def _items(given: tuple[Term, ...]) -> Iterator[Term]:
    """The arguments of a call, those that a display unpacks too: `request(*("POST", path))`."""
    for one in given:
        match one:
            case Op("starred", (Sequence(_, items),)):
                yield from items
            case _:
                yield one


def _called(linker: Linker, full: str, call: Invoke) -> list[FunctionSymbol]:
    """The functions of the project that a call enters."""
    facts = linker.facts.get(full)
    if facts is None or not 0 <= call.site < len(facts.calls):
        entered = linker.resolver.enter(full, call)
        return [linker.symbols.functions[entered[0].full]] if entered is not None else []
    return [linker.symbols.functions[target.full] for target in linker.resolver.resolve(full, facts.calls[call.site]).targets]


def _is_of_database(linker: Linker, full: str, call: Invoke) -> bool:
    """Whether a call is known to be one of a database, of which others tell what it makes; `create()` on what is handed in need not
    be."""
    facts = linker.facts.get(full)
    effects = facts.calls[call.site].effects if facts is not None and 0 <= call.site < len(facts.calls) else ()
    start = root(call.func)
    of_class = isinstance(start, Ref) and dotted(call.func) is not None and start.name.rpartition(".")[0] not in linker.symbols.functions
    return any(one.kind is not EffectKind.INSERT or of_class for one in effects if one.kind is not EffectKind.OPEN)


def is_repeated(call: Invoke) -> bool:
    """Whether two calls with the same arguments may be about one thing."""
    return any(_REPEATED.search(name) or _NAMED.match(name) for name in _handed(call))


def _handed(call: Invoke) -> set[str]:
    """The names of what a call is given: what it answers under one of them was known before."""
    mappings = [strip(one) for one in (*call.args, *(value for _, value in call.kwargs))]
    keys = (key for one in mappings if isinstance(one, Mapping) for key, _ in one.entries)
    return {name for name, _ in call.kwargs}.union(str(key.value) for key in keys if isinstance(key, Const))


def _thing(func: Term) -> set[str]:
    """The words for what a call makes: `create_issue` makes an issue, and so does `project.issues.create`."""
    named = _words(name_of(func) or "") - _VERBS
    inner = strip(func)
    owner = strip(inner.base) if isinstance(inner, Attr) else inner
    return named or _words(name_of(owner.func if isinstance(owner, Invoke) else owner) or "")


def _words(name: str) -> set[str]:
    """The words of a name, each as of one thing: `issues` is `issue`."""
    return {word.lower().removesuffix("s") for word in _WORD.findall(name)}
