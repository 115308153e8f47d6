"""What a call does to stored state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from session_lint.facts.packed import Packed
from session_lint.facts.telling_names import names_class
from session_lint.facts.terms import Op, Term


class EffectKind(str, Enum):
    """The kinds of effect, as DESIGN section 2 names them."""

    OBTAIN = "obtain"  # return the one record for a key, making it if it is missing
    READ = "read"
    INSERT = "insert"
    UPSERT = "upsert"
    CLEAR = "clear"  # delete rows, or retire them with an update
    INVALIDATE = "invalidate"  # end or delete one obtained record
    BEGIN = "begin"
    COMMIT = "commit"
    ROLLBACK = "rollback"
    OPEN = "open"  # a caller decides what the call does


NEW_ROWS = frozenset({EffectKind.INSERT, EffectKind.UPSERT})
OF_MANAGERS = frozenset({".create_user()", ".create_superuser()"})  # verbs that do more than insert a row
WRITES = NEW_ROWS | {EffectKind.CLEAR}
MAKES = NEW_ROWS | {EffectKind.OBTAIN}  # there is a row afterwards
TELLING = WRITES | MAKES  # what a finding is made of


class Selection(str, Enum):
    """Which rows a clear or a read picks."""

    KEY = "key"  # equality on one or more columns: the rows of a key
    MEMBERS = "members"  # `column IN (...)`: the rows of several keys
    DIFFERENCE = "difference"  # exclude, NOT IN, a set difference: what is no longer wanted
    RANGE = "range"  # <, >, LIKE, age or count: eviction
    ALL = "all"  # no filter, or a disguised one (`.neq("id", "")`): a full refresh
    UNKNOWN = "unknown"


SPREAD = "**"  # the column of a `**mapping`, or of a condition such as `Q(a=x) | Q(b=y)`: two of them are one key only where they are equal
DATABASE = "database"  # the kind of what runs an effect where a call only says the name of the database: `.using("archive")`
PRESENT = Op("present", ())  # the value of a column of which a condition says only that it is not NULL


@dataclass(frozen=True, slots=True)
class OnConflict(Packed):
    """What an insert says of a row that is there already. `columns`: of which there must be a unique set of just these, or the statement
    fails; none: any set will do. `when`: the condition of a partial one that it names. `shown`: as the user wrote it, for messages.
    """

    shown: str
    columns: tuple[str, ...] = ()
    when: tuple[tuple[str, Term], ...] = ()
    partial: bool = False


@dataclass(frozen=True, slots=True)
class Effect(Packed):
    """One effect of one call.

    `resource` is the table, collection or record kind: a Const with the table name, a Ref to the mapped class, a Param
    when the caller decides, or None when it cannot be told. `columns` are the filter columns with their values (obtain,
    read, clear), or the columns of the new row as far as they can be seen (insert, upsert). A column that cannot be
    named is "". `complete` says that `columns` holds all of them.

    `besides`: of a get-or-create or an upsert of the client's own, the columns that a new row gets beside the key it goes by, which is
    `columns`; one that is `SPREAD`, where they are not told. None for every other effect.
    """

    kind: EffectKind
    client: str  # stem of the library model
    resource: Term | None = None
    columns: tuple[tuple[str, Term], ...] = ()
    complete: bool = True
    many: bool = False  # insert, upsert: several rows in one call (bulk, executemany, a list)
    selection: Selection = Selection.UNKNOWN  # clear, read
    connection: Term | None = None  # what runs it: the session, connection, cursor, client, pipeline
    autocommit: bool = True  # True: a transaction of its own unless a scope says otherwise; False: until commit()
    serial_writers: bool = False  # one transaction excludes all other writers (SQLite)
    ignores_conflicts: bool = False  # insert: a row that exists is left as it is (ON CONFLICT DO NOTHING)
    soft: bool = False  # a clear by update (`status="ended"`)
    tombstones: tuple[str, ...] = ()  # clear: the columns by which it picks rows that are out of use already (`deleted_at IS NOT NULL`)
    locks: bool = False  # read: until the transaction ends nobody else writes what it has locked
    verb: str = ""  # as the user wrote it, for messages: ".delete()", "DELETE FROM"
    origin: str = ""  # the file of statements in which it is written, "" when that is the code
    besides: tuple[tuple[str, Term], ...] | None = None
    conflict: OnConflict | None = None  # insert, upsert: None also where it is not understood
    folded: tuple[str, ...] = ()  # obtain, read: columns of which case makes no difference


class ScopeKind(str, Enum):
    """What a `with` block or decorator does to the statements inside it."""

    TRANSACTION = "transaction"
    LOCK = "lock"
    WITH = "with"  # no library model knows it: the program looks at what its context is


@dataclass(frozen=True, slots=True)
class Scope(Packed):
    """A `with` block, decorator or pipeline that makes its statements one unit.

    `ambient`: it covers whatever runs inside, on any connection, because the client keeps its transaction by thread or task.
    `nested`: always inside another one, as a savepoint is.
    """

    kind: ScopeKind
    client: str = ""
    connection: Term | None = None  # the name bound by `as`, or the session itself
    context: Term | None = None  # of a `with` block: the value of its context expression
    ambient: bool = True
    nested: bool = False


@dataclass(frozen=True, slots=True)
class Advice:
    """What to write instead, in the idiom of one client; `{table}` and `{columns}` stand for the finding's own; write a literal
    brace twice. In `row` and `missing`, `{keywords}` are the columns as keywords, `{pairs}` as keys of a mapping. `partial` is what
    to do where `missing` will not do, since the unique set is over the rows of a `{condition}` alone.

    `row`: one row per key. `missing`: a row that is inserted where there is none. `rows`: a set of rows. `relation`: a many-to-many
    relation. `taken`: the error of an insert of a row that is there already. `unique` says what `row` needs of the schema, and `caution`
    what else is said of it. `twice`: what the getter of the client does where there are two rows for its key.
    """

    row: str = "one upsert on {columns}"
    missing: str = "one insert that leaves a row with the same {columns} as it is, then read it"
    partial: str = ""
    taken: str = "the error of a row that is there already"
    rows: str = "one transaction around both statements"
    relation: str = "one transaction around both calls"
    unique: str = ""
    caution: str = ""
    twice: str = "every later call takes one of them, and not always the same one"


def written(form: str, table: str, columns: str, key: Sequence[str], condition: str = "") -> str:
    """A form of an advice about a table, said of the `key` of its rows; `columns` are they as text.

    What stands for a table may be the manager of a relation (`cart.lines`): it is written as it is, and the column by which it leads back
    to what it is of is no keyword. What is no name (`**fields`) can be no keyword either.
    """
    last = table.partition("(")[0].rpartition(".")[2]
    if not (last[:1].isupper() or names_class(last) or last == "get_model"):
        form = form.replace("{table}.objects.", "{table}.")
    names = [name for name in key if name.isidentifier() and "__" not in name and not table.startswith(f"{name}.")]
    spread = [name for name in key if name.startswith("**")]
    keywords, pairs = (", ".join([*(one.format(name) for name in names), *spread]) for one in ("{}=...", '"{}": ...'))
    return form.format(table=table, columns=columns, keywords=keywords or "...", pairs=pairs or "...", condition=condition)
