"""Where the schema of a database stands."""

from __future__ import annotations

from dataclasses import dataclass

NEEDED = "011"  # the getter names its index; what came later makes the sweep faster, and a newer release adds and takes nothing
GUARDED = "conversation_sessions", "idx_unique_active_session_per_user"


@dataclass(frozen=True, slots=True)
class State:
    """What the ledger says, and what is true. `guarded`: the unique index on active sessions stands."""

    current: str | None
    head: str
    guarded: bool

    @property
    def serves(self) -> bool:
        """Whether a running service can go on with it."""
        return self.guarded and self.current is not None and self.current.isdigit() and int(self.current) >= int(NEEDED)

    @property
    def ready(self) -> bool:
        """Whether the service can run on it."""
        return self.current == self.head and self.guarded


@dataclass(frozen=True, slots=True)
class Moved:
    """The revisions before and after; None for an empty database."""

    before: str | None
    after: str | None


def explain(found: State) -> str:
    """A state in a sentence."""
    if found.current != found.head:
        return f"The schema is at {found.current or 'no revision'}, this release needs {found.head}."
    if not found.guarded:
        return f"The schema says it is at {found.head}, but the index {GUARDED[1]} is not there: users can have two active sessions."
    return f"The schema is at {found.head}, the newest."
