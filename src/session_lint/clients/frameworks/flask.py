"""Flask: `before_request` functions before the views that they cover, and the methods of class-based views.

From Flask's documentation: functions of `@app.before_request` and `@bp.before_app_request` run before each view, those of
`@bp.before_request` before the views of the blueprint; a `MethodView` calls the method of the request's verb.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from session_lint.clients.framework import Framework, Run, Wiring
from session_lint.clients.hooks import Hooks, registered

_NAMES = ("before_request", "before_app_request")
_HOOKS = Hooks(application="Flask", anywhere=("before_app_request",))


class Flask(Framework):
    """Functions that run before each request of an application or blueprint of the project."""

    title = "Flask"
    handlers = frozenset({"get", "post", "put", "patch", "delete", "head", "options"})
    changing = frozenset({"flask.g", "flask.request", "flask.session", "flask_login.current_user"})
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
