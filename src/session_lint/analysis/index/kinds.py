"""What the names in a function let it do to stored state, as bits: coarse, and on the safe side.

A method counts where the evidence that its library model asks for is in the function and its file. One of a model that asks
for none counts by its last name alone, and may do anything unless it is in one of the sets below.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

OBTAIN, INSERT, CLEAR, READ, UPSERT, MAKE = 1, 2, 4, 8, 16, 32  # MAKE: a name that says that something is made
ANSWER = 64  # an insert that says what becomes of a row that is there already
ANYTHING = OBTAIN | INSERT | CLEAR | READ | UPSERT
WRITES = OBTAIN | INSERT | CLEAR
MEETING = (OBTAIN, CLEAR, INSERT, READ)  # what two mentions in a function can make a defect of

ANY = "*"  # the hint of an effect that may be on anything
Own = dict[int, set[str]]  # kind of effect -> hints


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
_CLEARS = _names(
    """
    aclear adelete clear delete delete_instance delete_item delete_many delete_one flushall flushdb hdel lrem remove srem unlink zrem
    """
)
_INSERTS = _names("abulk_create acreate add add_all bulk_create create insert_many insert_one lpush rpush sadd")
_NOTHING = _names("commit rollback begin")

#: Names that open a transaction around calls, whatever the client.
SCOPE_NAMES = _names(
    "aatomic atomic atomic_transaction begin begin_nested db_transaction in_transaction pipeline start_transaction transaction"
)


class Fitting(Protocol):
    """What select needs of a condition that a library model states."""

    @property
    def methods(self) -> frozenset[str]:
        """The names of the calls it is about."""

    @property
    def bits(self) -> int:
        """What they may do."""

    @property
    def says(self) -> str:
        """A regular expression for the names said in the function; "" asks for none."""

    @property
    def words(self) -> tuple[str, ...]:
        """One of these prefilter words is in the text; none when empty."""

    @property
    def on_class(self) -> str:
        """A regular expression whose group is the class the effect is on."""

    @property
    def foreign(self) -> bool:
        """Whether relations of self, cls and names of the module do not count."""

    @property
    def on_text(self) -> str:
        """A word for the tables or keys of a client that names them by text."""

    @property
    def on_attribute(self) -> str:
        """A regular expression whose group is the relation the effect is on."""

    @property
    def asks(self) -> tuple[tuple[str, ...], ...]:
        """What it asks of a file: equal for those that ask the same."""

    def fits(self, imports: frozenset[str]) -> bool:
        """Whether a file with these imports has what is asked of it."""


@dataclass(frozen=True, slots=True)
class ModelNames:
    """What select needs of one library model: its prefilter words, the method names it looks at, its evidence, the names that open
    a connection, and its name with the packages by which it is known that a project uses it."""

    words: frozenset[str]
    methods: frozenset[str]
    evidence: tuple[Fitting, ...] = ()
    openers: frozenset[str] = frozenset()
    name: str = ""
    packages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Seeds:
    """What makes a function a seed. `is_getter` judges a name by the settings and the built-in shapes, `tells` whether such a
    name is enough where its function is not known."""

    models: tuple[ModelNames, ...]
    is_getter: Callable[[str], bool]
    tells: Callable[[str], bool] = lambda name: "or_create" in name  # of a getter that nothing else is known of
    trusted: Callable[[str], bool] = lambda _name: False  # the settings may say so: then nothing need be seen to be made
    texts: Mapping[str, frozenset[str]] = field(default_factory=dict)  # path -> how the statements start in files that it refers to
    named: Mapping[str, frozenset[str]] = field(default_factory=dict)  # of a statement that a library makes a method of: how it starts


_VAGUE = _names("all connection count cursor data database db first get last one query raw run select sql value values")


def bit_of(method: str) -> int:
    """What a call of a method that a library model wants to see may do."""
    for names, bit in ((_READS, READ), (_CLEARS, CLEAR), (_INSERTS, INSERT), (_NOTHING, 0)):
        if method in names:
            return bit
    return ANYTHING


def meets_replacing(bits: int) -> bool:
    """Whether a function that may do all this can clear and then insert."""
    return bool(bits & CLEAR and bits & INSERT)
