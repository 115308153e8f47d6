"""Supabase: each request is a transaction of its own, and a second row is an `APIError`."""

from __future__ import annotations

from session_lint.repair.answer import Answer, Refused
from session_lint.repair.rewrite.statements import imports
from session_lint.repair.rewrite.writes.race import Race


class Supabase(Answer):
    """Requests that are put together and executed."""

    def refused(self, race: Race) -> Refused:
        for module in ("postgrest", "postgrest.exceptions", "supabase"):
            known = imports.known(race.source, module, "APIError")
            if known:
                return Refused(known)
        error, edits = imports.ensure(race.source, "postgrest.exceptions", "APIError")
        return Refused(error, edits=edits)
