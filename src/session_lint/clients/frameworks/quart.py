"""Quart: `before_request` functions before the views that they cover, and the methods of class-based views.

From Quart's documentation: its interface is that of Flask, with coroutines.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from session_lint.clients.framework import Framework, Run, Wiring
from session_lint.clients.hooks import Hooks, registered

_NAMES = ("before_request", "before_app_request")
_HOOKS = Hooks(application="Quart", anywhere=("before_app_request",))


class Quart(Framework):
    """Functions that run before each request of an application or blueprint of the project."""

    title = "Quart"
    handlers = frozenset({"get", "post", "put", "patch", "delete", "head", "options"})
    changing = frozenset({"quart.g", "quart.request", "quart.session", "quart_auth.current_user"})
    classes: ClassVar[str] = """
class View:
    def respond(self, **kwargs):
        self.dispatch_request(**kwargs)

class MethodView(View):
    def dispatch_request(self, **kwargs):
        self.handler(**kwargs)
"""

    def runs(self, wiring: Wiring) -> Iterator[Run]:
        """Each view behind the functions that run before it."""
        return _HOOKS.runs(wiring, [(told, one) for told in wiring.told(*_NAMES) for one in registered(told, wiring, 0)])
