"""Flask: `before_request` functions before the views that they cover, and the methods of class-based views.

From Flask's documentation: functions of `@app.before_request` and `@bp.before_app_request` run before each view, those of
`@bp.before_request` before the views of the blueprint; a `MethodView` calls the method of the request's verb.
"""

from __future__ import annotations

from session_lint.clients.hooks import BlueprintFramework, Hooks


class Flask(BlueprintFramework):
    """Functions that run before each request of an application or blueprint of the project."""

    title = "Flask"
    hooks = Hooks(application="Flask", anywhere=("before_app_request",))
    changing = frozenset({"flask.g", "flask.request", "flask.session", "flask_login.current_user"})
