"""aiogram: middleware of a router or dispatcher around the handlers of its events.

From aiogram's documentation: `router.message.middleware(M())` runs `M.__call__(handler, event, data)` for each message that a handler
of the router takes, one of the dispatcher for each router; `handler(event, data)` runs the handler with what it names out of `data`.
"""

from __future__ import annotations

from collections.abc import Iterator

from session_lint.clients.framework import Framework, Run, Told, Wiring
from session_lint.facts.terms import Attr, Invoke, Ref, Term, dotted, strip

_EVENTS = ("message", "edited_message", "callback_query", "inline_query", "channel_post", "my_chat_member", "chat_member", "poll_answer")
_MIDDLEWARE = ("middleware", "outer_middleware")


class Aiogram(Framework):
    """Handlers under `@router.message(...)` and the like, or handed to `router.message.register(...)`."""

    title = "aiogram"

    def runs(self, wiring: Wiring) -> Iterator[Run]:
        """Each handler, handed to the middleware that covers it."""
        around = [(*_place(told, wiring, 1), taker) for told in wiring.told(*_MIDDLEWARE) if (taker := _taker(told, wiring))]
        for full, router, event in _handlers(wiring) if around else ():
            covering = [
                one for one in around if one[1] in {event, "update"} and ((router and one[0] == router) or _is_whole(one[0], wiring))
            ]
            takers = [taker for _, _, taker in covering]
            if takers:
                names = wiring.parameters(full)
                given = ["event", *(f"{name}=data['{name}']" for name in names[1:])] if names else []
                yield Run(full, f"def run(event, data):\n    {full}({', '.join(given)})", tuple(dict.fromkeys(takers)))


def _place(told: Told, wiring: Wiring, after: int) -> tuple[str, str]:
    """The router and the event of `router.message`, which `after` names follow; "" for the router that a function around has made."""
    term = strip(told.call.func)
    for _ in range(after):
        term = strip(term.base) if isinstance(term, Attr) else term
    if not isinstance(term, (Attr, Ref)):
        return "", ""
    if isinstance(term, Attr) and isinstance(strip(term.base), Invoke):
        return "", term.name
    router, _, event = (dotted(term) or "").rpartition(".")
    return wiring.find(router) or router, event


def _is_whole(router: str, wiring: Wiring) -> bool:
    made = wiring.value(router)
    return isinstance(made, Invoke) and (dotted(made.func) or "").endswith("Dispatcher")


def _taker(told: Told, wiring: Wiring) -> tuple[str, str] | None:
    """The parameter that takes the handler."""
    if told.decorated:
        full, skipped = told.decorated, 0
    else:
        full, skipped = _called(told.call.args[0] if told.call.args else None, wiring)
    names = wiring.parameters(full)[skipped:]
    return (full, names[0]) if names else None


def _called(handed: Term | None, wiring: Wiring) -> tuple[str, int]:
    """What runs when a middleware is called, and how many parameters of it are its own."""
    term = strip(handed) if handed is not None else None
    found = wiring.find(dotted(term) or "") if term is not None and not isinstance(term, Invoke) else ""
    if wiring.is_function(found):
        return found, 0
    made = wiring.value(found) if found else term
    return (wiring.method(wiring.find(dotted(made.func) or ""), "__call__"), 1) if isinstance(made, Invoke) else ("", 0)


def _handlers(wiring: Wiring) -> Iterator[tuple[str, str, str]]:
    """The handlers, each with its router and event."""
    for told in wiring.decorated(*_EVENTS):
        if told.decorated:
            yield (told.decorated, *_place(told, wiring, 0))
    for told in wiring.told("register"):
        full = wiring.find(dotted(told.call.args[0]) or "") if told.call.args else ""
        if full:
            yield (full, *_place(told, wiring, 1))
