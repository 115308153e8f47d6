"""Where frameworks enter a program: the one table of what marks a route, a task, a handler or a command.

`marked` judges a decorator, `registered` a call that hands a function over, `inherited` a method by the classes above it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from session_lint.facts.terms import Attr, Const, Invoke, Ref, Term, dotted, strip

ROUTE, TASK, HANDLER, COMMAND, SCRIPT, UNCALLED = "route", "task", "handler", "command", "script", "uncalled"


@dataclass(frozen=True, slots=True)
class Mark:
    """What makes a function an entry point: the kind, and how a person knows it ("POST /messages", "@app.task")."""

    kind: str
    label: str


_VERBS = frozenset({"get", "post", "put", "patch", "delete", "head", "options"})
_PATHS = _VERBS | {"route", "api_route", "websocket", "websocket_route", "view_config"}  # decorators that are given a path

# last name of a decorator -> kind of entry point
_DECORATORS: dict[str, str] = {
    **dict.fromkeys(("api_view", "action", "expose"), ROUTE),
    **dict.fromkeys(
        ("task", "shared_task", "periodic_task", "db_task", "db_periodic_task", "actor", "job", "scheduled_job", "cron", "background"), TASK
    ),
    **dict.fromkeys(
        (
            *("message", "edited_message", "callback_query", "inline_query", "chat_member", "my_chat_member", "message_handler"),
            *("callback_query_handler", "inline_handler", "on_message", "on_callback_query", "event", "listener", "on_event", "on"),
            *("hybrid_command", "slash_command", "user_command", "message_command", "app_command", "context_menu"),
            *("subscriber", "subscribe", "consumer", "receiver", "shortcut", "view_submission", "exception_handler", "before_request"),
            *("after_request", "middleware", "resolver", "mutation", "field", "tool"),
        ),
        HANDLER,
    ),
    **dict.fromkeys(("command", "group", "callback"), COMMAND),
}
_BARE = frozenset(  # `@x.message`, never `@message`
    {"field", "on", "message", "event", "background", "tool", "callback", "group", "action", "expose"}
)

# end of the name of a base class -> kind, and the methods that the framework calls
_HTTP = _VERBS | {"list", "create", "retrieve", "update", "partial_update", "destroy"}
_SOCKET = frozenset({"connect", "receive", "receive_json", "disconnect"})
_BASES: tuple[tuple[tuple[str, ...], str, frozenset[str]], ...] = (
    (("View", "APIView", "ViewSet", "ViewSetMixin", "Resource", "HTTPEndpoint", "RequestHandler"), ROUTE, _HTTP),
    (("BaseHTTPMiddleware",), HANDLER, frozenset({"dispatch"})),
    (("MiddlewareMixin",), HANDLER, frozenset({"process_request", "process_view", "process_response", "__call__"})),
    (("Mutation", "ClientIDMutation"), HANDLER, frozenset({"mutate", "mutate_and_get_payload", "perform_mutation"})),
    (
        ("WebsocketConsumer", "WebSocketEndpoint", "WebSocketHandler"),
        HANDLER,
        _SOCKET,
    ),
    (("Task",), TASK, frozenset({"run"})),
    (("BaseCommand", "LabelCommand", "AppCommand"), COMMAND, frozenset({"handle", "handle_label", "handle_app_config"})),
)

# last name of a call that is handed functions -> kind; any `...Handler(...)` of a bot besides
_REGISTRARS: dict[str, str] = {
    **dict.fromkeys(("path", "re_path", "url", "Route", "APIRoute", "WebSocketRoute"), ROUTE),
    **dict.fromkeys(("add_api_route", "add_route", "add_url_rule", "add_view", *(f"add_{verb}" for verb in _VERBS)), ROUTE),
    **dict.fromkeys(("add_job", "scheduled_job"), TASK),
    **dict.fromkeys(("add_handler", "add_event_handler", "add_listener", "register_message_handler", "connect", "subscribe"), HANDLER),
}
_HANDLERS = ("CommandHandler", "MessageHandler", "QueryHandler", "ReactionHandler", "MemberHandler")


def marked(decorator: Term) -> Mark | None:
    """What a decorator makes of its function."""
    call = decorator if isinstance(decorator, Invoke) else None
    name = dotted(call.func if call is not None else decorator) or ""
    last = name.rpartition(".")[2]
    path = _text(call)
    if last in _PATHS:
        if call is None or path is None or (last in _VERBS and not path.startswith(("/", "{")) and path != ""):
            return None
        return Mark(ROUTE, f"{last.upper()} {path or '/'}" if last in _VERBS else path or "/")
    kind = _DECORATORS.get(last)
    if kind is None or (last in _BARE and not isinstance(_callee(decorator), Attr) and "." not in name):
        return None
    return Mark(kind, f"@{_short(name)}({path!r})" if path else f"@{_short(name)}")


def registered(call: Invoke) -> Iterator[tuple[Term, Mark]]:
    """The functions that a call hands to a framework."""
    last = (dotted(call.func) or "").rpartition(".")[2]
    kind = HANDLER if last.endswith(_HANDLERS) else _REGISTRARS.get(last)
    if kind is None:
        return
    path = _text(call)
    for value in (*call.args, *(value for _, value in call.kwargs)):
        if isinstance(strip(value), (Ref, Attr)):
            yield strip(value), Mark(kind, path if kind == ROUTE and path else f"{last}({path!r})" if path else last)


def inherited(bases: tuple[str, ...], method: str) -> Mark | None:
    """What the names of the classes above a method make of it."""
    for ends, kind, methods in _BASES:
        if method in methods:
            for base in bases:
                if base.endswith(ends):
                    return Mark(kind, f"{base}.{method}")
    return None


def _callee(decorator: Term) -> Term:
    return strip(decorator.func if isinstance(decorator, Invoke) else decorator)


def _text(call: Invoke | None) -> str | None:
    """The text a call is given first, or as its path."""
    if call is None:
        return None
    for value in (*call.args[:1], *(value for name, value in call.kwargs if name in {"path", "rule", "name"})):
        if isinstance(value, Const) and isinstance(value.value, str):
            return value.value
    return None


def _short(name: str) -> str:
    return ".".join(name.split(".")[-2:])
