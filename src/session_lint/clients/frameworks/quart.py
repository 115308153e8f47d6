"""Quart: `before_request` functions before the views that they cover, and the methods of class-based views.

From Quart's documentation: its interface is that of Flask, with coroutines.
"""

from __future__ import annotations

from session_lint.clients.hooks import BlueprintFramework, Hooks


class Quart(BlueprintFramework):
    """Functions that run before each request of an application or blueprint of the project."""

    title = "Quart"
    hooks = Hooks(application="Quart", anywhere=("before_app_request",))
    changing = frozenset({"quart.g", "quart.request", "quart.session", "quart_auth.current_user"})
