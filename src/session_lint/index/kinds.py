"""What the names in a function let it do to stored state, as bits: coarse, and on the safe side.

A called name is judged by its last component alone. A name that some library model wants to see and that is in none of the
sets below may do anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

OBTAIN, INSERT, CLEAR, READ, SCOPE = 1, 2, 4, 8, 16
ANYTHING = OBTAIN | INSERT | CLEAR | READ
WRITES = OBTAIN | INSERT | CLEAR


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Each set holds method names that have this one effect in every client, whatever their arguments.
_READS = _names(
    """
    afirst aget aget_or_none all count exclude exists fetch fetchall fetchmany fetchone fetchrow fetchval filter filter_by find
    find_one first first_or_404 get get_item get_object_or_404 get_or_404 get_or_none hexists hget hgetall hmget latest lindex llen
    lrange mget none one one_or_404 one_or_none order_by prefetch_related scalar scalar_one scalar_one_or_none scalars scan_iter
    select select_for_update select_related sismember smembers ttl values values_list where zrange zscore
    """
)
_SCOPES = _names(
    """
    aatomic acquire atomic autobegin begin begin_nested commit flush in_transaction lock multi pipeline refresh release rollback
    savepoint start_session start_transaction transaction watch
    """
)
_CLEARS = _names(
    """
    aclear adelete clear delete delete_instance delete_item delete_many delete_one flushall flushdb hdel lrem remove srem unlink zrem
    """
)
_INSERTS = _names(
    """
    abulk_create acreate add add_all bulk_create create insert_many insert_one lpush rpush sadd
    """
)

#: Names that open a transaction around calls, whatever the client.
SCOPE_NAMES = _names(
    "aatomic atomic atomic_transaction begin begin_nested db_transaction in_transaction pipeline start_transaction transaction"
)


_SQL_WRITES = frozenset({"insert", "insert into", "insert or", "replace into", "merge into", "delete from", "update ", "update"})


@dataclass(frozen=True, slots=True)
class ModelNames:
    """What select needs of one library model: its prefilter words and the method names it looks at."""

    words: frozenset[str]
    methods: frozenset[str]


@dataclass(frozen=True, slots=True)
class Seeds:
    """What makes a function a seed. `is_getter` judges a name by the settings and the built-in shapes."""

    models: tuple[ModelNames, ...]
    is_getter: Callable[[str], bool]


def bit_of(method: str) -> int:
    """What a call of a method that a library model wants to see may do."""
    for names, bit in ((_READS, READ), (_SCOPES, SCOPE), (_CLEARS, CLEAR), (_INSERTS, INSERT)):
        if method in names:
            return bit
    return ANYTHING


def own_bits(seeds: Seeds, name_bits: dict[str, int], calls: Iterable[str], words: frozenset[str]) -> dict[str, int]:
    """The names among `calls` that have an effect of their own, with its bits.

    A library method counts only where a word of its model is in the same function, a getter by its name alone.
    """
    names = frozenset(calls)
    found: dict[str, int] = {}
    writes_sql = not words.isdisjoint(_SQL_WRITES)  # then a method that fetches may run INSERT ... RETURNING
    for model in seeds.models:
        if not words.isdisjoint(model.words):
            for name in names & model.methods:
                bit = bit_of(name)
                found[name] = ANYTHING if writes_sql and bit == READ else bit
    for name in names & name_bits.keys():
        found[name] = name_bits[name]
    return found


def meets(slots: Iterable[tuple[int, bool]]) -> bool:
    """Whether two of the mentions together can be a defect. Each slot is (bits, whether it can happen twice).

    Two that obtain; one that clears and one that inserts or obtains; one that reads and one that inserts.
    """
    slots = [slot for slot in slots if slot[0] & ~SCOPE]
    return (
        _pair(slots, OBTAIN, OBTAIN)  # repeated getter
        or _pair(slots, CLEAR, INSERT | OBTAIN)  # clear-then-insert
        or _pair(slots, READ, INSERT)  # check-then-insert
    )


def meets_replacing(bits: int) -> bool:
    """Whether a function that may do all this can clear and then insert."""
    return bool(bits & CLEAR and bits & (INSERT | OBTAIN))


def _pair(slots: list[tuple[int, bool]], left: int, right: int) -> bool:
    """Whether two different slots, or one that happens twice, have the bits."""
    lefts = [i for i, (bits, _) in enumerate(slots) if bits & left]
    rights = [i for i, (bits, _) in enumerate(slots) if bits & right]
    if not lefts or not rights:
        return False
    if len(set(lefts) | set(rights)) > 1:
        return True
    return slots[lefts[0]][1]
