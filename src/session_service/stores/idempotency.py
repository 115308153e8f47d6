"""The statements on idempotency keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from session_service.dialect import Dialect
from session_service.tables import idempotency as keys

RUNNING, DONE = "running", "done"

_COLUMNS = (keys.c.scope, keys.c.key, keys.c.fingerprint, keys.c.state, keys.c.owner, keys.c.lease_until, keys.c.response)
_THIS = (keys.c.scope == bindparam("of"), keys.c.key == bindparam("named"))
_READ = select(*_COLUMNS).where(*_THIS)
_OWNED = update(keys).where(*_THIS, keys.c.state == RUNNING, keys.c.owner == bindparam("holder"))
_TAKE_OVER = _OWNED.where(keys.c.lease_until <= bindparam("now")).values(owner=bindparam("heir"), lease_until=bindparam("until"))
_FINISH = _OWNED.values(state=DONE, response=bindparam("answer"))
_RELEASE = _OWNED.values(lease_until=bindparam("now"))
_OLD = select(keys.c.scope, keys.c.key).where(keys.c.created_at < bindparam("before")).limit(bindparam("many"))


@cache
def _claim(dialect: Dialect) -> Any:
    return dialect.insert_or_nothing(keys, ["scope", "key"])


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """An idempotency key as stored. `owner` names the one run that may finish it, until `lease_until`; `response` once it is done."""

    scope: str
    key: str
    fingerprint: str
    state: str
    owner: str
    lease_until: datetime
    response: str | None


class IdempotencyStore:
    """Idempotency keys, on one connection."""

    def __init__(self, db: AsyncConnection, dialect: Dialect) -> None:
        self._db = db
        self._dialect = dialect

    async def insert(self, record: KeyRecord, now: datetime) -> bool:
        """Claims a key that nobody has used; False when somebody has: the primary key decides."""
        values: dict[str, Any] = {
            "scope": record.scope,
            "key": record.key,
            "fingerprint": record.fingerprint,
            "state": record.state,
            "owner": record.owner,
            "lease_until": record.lease_until,
            "response": record.response,
            "created_at": now,
        }
        return (await self._db.execute(_claim(self._dialect), values)).one_or_none() is not None

    async def read(self, scope: str, key: str) -> KeyRecord | None:
        """A key as stored; None when nobody has used it."""
        row = (await self._db.execute(_READ, {"of": scope, "named": key})).one_or_none()
        return None if row is None else KeyRecord(*row)

    async def take_over(self, found: KeyRecord, owner: str, now: datetime, until: datetime) -> bool:
        """Gives a key whose lease has run out to another owner; False when somebody else was faster, or it is done."""
        values = {"of": found.scope, "named": found.key, "holder": found.owner, "heir": owner, "now": now, "until": until}
        return (await self._db.execute(_TAKE_OVER, values)).rowcount == 1

    async def finish(self, scope: str, key: str, owner: str, response: str) -> bool:
        """Stores the answer of the owner; False when the key is not the owner's any more, or is done."""
        values = {"of": scope, "named": key, "holder": owner, "answer": response}
        return (await self._db.execute(_FINISH, values)).rowcount == 1

    async def release(self, scope: str, key: str, owner: str, now: datetime) -> None:
        """Ends the lease of the owner, whose work has failed: the next one need not wait."""
        await self._db.execute(_RELEASE, {"of": scope, "named": key, "holder": owner, "now": now})

    async def probe(self, now: datetime) -> None:
        """Writes one row that nobody reads: to know that it can be done."""
        row = {"scope": "ready", "key": "probe", "fingerprint": "", "state": DONE, "owner": str(UUID(int=0)), "response": None}
        statement = self._dialect.insert_or_replace(keys, ["scope", "key"], {"lease_until": now, "created_at": now})
        await self._db.execute(statement, row | {"lease_until": now, "created_at": now})

    async def old(self, before: datetime, many: int) -> tuple[tuple[str, str], ...]:
        """Scope and key of at most `many` that were first used before."""
        return tuple((row.scope, row.key) for row in await self._db.execute(_OLD, {"before": before, "many": many}))

    async def purge(self, old: Sequence[tuple[str, str]]) -> None:
        """Forgets keys. A run that is still at work then cannot finish."""
        await self._db.execute(delete(keys).where(*_THIS), [{"of": scope, "named": key} for scope, key in old])
