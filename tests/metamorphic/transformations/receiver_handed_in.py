"""A query set or a builder, handed in."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from metamorphic.code import code, outside_scopes
from metamorphic.handing import Handing


class ReceiverHandedIn(Handing):
    """`Model.objects.filter(...).delete()` becomes a function that deletes what it is handed."""

    fits = "statements that call a method on the result of a call, or on an attribute of a name"

    def parts(self, value: cst.BaseExpression) -> Sequence[cst.BaseExpression]:
        call = value.expression if isinstance(value, cst.Await) else value
        if not isinstance(call, cst.Call) or not isinstance(call.func, cst.Attribute):
            return ()
        receiver = call.func.value
        if not isinstance(receiver, cst.Call | cst.Attribute) or "#" in code(receiver):
            return ()
        return () if any(isinstance(node, cst.Await) for node in outside_scopes(receiver)) else (receiver,)
