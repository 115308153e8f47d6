"""Redis: keys deleted and written again, pipelines, locks. The resource is the key itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from session_lint.clients.call_shapes import NOTHING, Step, last_name
from session_lint.clients.library_model import Evidence, FileContext, Handle, LibraryModel
from session_lint.clients.receivers import is_own
from session_lint.facts.effects import Advice, Effect, EffectKind, Scope, ScopeKind, Selection
from session_lint.facts.terms import Attr, Const, Invoke, Op, Term, strip

_DELETES = frozenset({"delete", "unlink"})
_SINGLE = frozenset({"set", "setex", "psetex", "hset", "incr"})
_WHOLE = frozenset({"set", "setex", "psetex"})  # they write all that the key holds
_SETS = frozenset({"hmset", "sadd", "rpush", "lpush", "zadd", "mset"})
_IF_MISSING = frozenset({"setnx", "hsetnx"})
_READS = frozenset({"get", "exists", "hgetall", "hget", "smembers", "lrange", "zrange"})
_PLAIN = frozenset({"set", "get", "exists", "delete"})  # names that other objects have too
_PACKAGES = ("redis", "aioredis", "redis_py_cluster", "rediscluster", "valkey", "fakeredis", "aredis", "coredis")
_CLIENTS = ("redis", "rds", "valkey")
_PIPELINES = ("pipe", "pipeline")


class Redis(LibraryModel):
    """A client is known by its name; where redis is imported also by method names that only Redis has."""

    advice = Advice(
        row="one `set` or `hset`, which overwrites",
        rows="`pipeline(transaction=True)` around both commands, or a temporary key and `rename`",
    )
    words = (
        *("redis", "valkey", "rds", "pipe", "unlink", "setex", "hset", "hmset", "sadd", "push(", "zadd", "mset", "setnx", "incr("),
        *("hget", "smembers", "lrange", "zrange", "delete(", ".set("),
    )
    methods = _DELETES | _SINGLE | _SETS | _IF_MISSING | _READS | {"execute", "multi"}
    evidence = tuple(
        Evidence(names, kind, packages, says=says, on_text="redis")
        for packages, says in (((), r"(?i)redis|valkey|(?<![a-z])rds|pipe|\bpl\b|multi_exec"), (_PACKAGES, ""))
        for names, kind in (
            (_DELETES, EffectKind.CLEAR),
            (_SINGLE | _SETS | _IF_MISSING, EffectKind.INSERT),
            (_READS, EffectKind.READ),
        )
    )

    handles = (  # what it is told is sent as one transaction, whatever it is called where it is handed on
        Handle(rf"(?:{'|'.join(_PACKAGES)})(?:\.\w+)*\(\)(?:\.\w+(?:\(\))?)*?\.(?:pipeline|multi_exec)\(\)", "pipeline", autocommit=False),
    )

    def effects(self, call: Invoke, context: FileContext) -> Iterator[Effect]:
        if not isinstance(call.func, Attr):
            return
        step = Step(call.func.name, strip(call.func.base), call)
        if not _is_client(step, context):
            return
        base = Effect(EffectKind.READ, self.stem, connection=step.base, autocommit=not _is_pipeline(step.base))
        if step.name in ("execute", "multi"):
            if not step.args and _is_pipeline(step.base):
                kind = EffectKind.COMMIT if step.name == "execute" else EffectKind.BEGIN
                yield replace(base, kind=kind, verb=f".{step.name}()")
            return
        keys = step.args if step.name in _DELETES else step.args[:1]
        for key in keys or tuple(value for name, value in step.kwargs if name == "name"):
            yield self._on_key(base, step, strip(key))

    def scope(self, term: Term, context: FileContext) -> Scope | None:
        if not isinstance(term, Invoke) or not isinstance(term.func, Attr):
            return None
        known = context.imports_any(*_PACKAGES) or _named(term.func.base, _CLIENTS)
        if term.func.name == "pipeline" and (known or not term.args) and term.kwarg("transaction") != Const(value=False):
            return Scope(ScopeKind.TRANSACTION, self.stem)
        return Scope(ScopeKind.LOCK, self.stem) if term.func.name == "lock" and known else None

    def _on_key(self, base: Effect, step: Step, key: Term) -> Effect:
        several = isinstance(key, Op) and key.kind == "starred"
        effect = replace(base, resource=key, columns=(("key", key),), verb=f".{step.name}()")
        if step.name in _DELETES:
            return replace(effect, kind=EffectKind.CLEAR, selection=Selection.MEMBERS if several else Selection.KEY)
        if step.name in _READS:
            return replace(effect, kind=EffectKind.READ, selection=Selection.KEY)
        if_missing = step.name in _IF_MISSING or step.is_set("nx")
        mapping = step.name == "hset" and (step.arg(-1, "mapping") is not None)
        many = step.name in _SETS or mapping
        # a single value is written over whatever is there: deleting it first is how a cache is made to forget, or, where it is
        # a constant is set when it is missing, how a lock is released
        value = step.arg(1, "value") if step.name in ("set", "setnx") else None
        lock = if_missing and value is not None and isinstance(strip(value), Const)
        kind = EffectKind.INSERT if many or (if_missing and not lock) else EffectKind.UPSERT
        return replace(
            effect, kind=kind, complete=step.name in _WHOLE and kind is EffectKind.UPSERT, many=many, ignores_conflicts=if_missing
        )


def _named(term: Term, words: tuple[str, ...]) -> bool:
    name = last_name(term).lower().strip("_")
    return any(word in name for word in words)


def _is_pipeline(term: Term) -> bool:
    return last_name(term).lower().strip("_").endswith(_PIPELINES) or last_name(term) in ("pl", "multi_exec")


def _is_client(step: Step, context: FileContext) -> bool:
    if "cache" in last_name(step.base).lower() or step.base == NOTHING:
        return False  # the cache of Django and the like
    if _named(step.base, _CLIENTS):
        return True
    imported = context.imports_any(*_PACKAGES)
    if _is_pipeline(step.base):
        return imported or step.name not in _PLAIN - {"delete"} | {"execute", "multi"}
    short = last_name(step.base).lower().strip("_") in ("r", "client", "conn", "connection", "db")
    plain = step.name in _PLAIN
    return imported and (not plain or (short and step.name in ("delete", "set")) or is_own(step.base, context, _PACKAGES))
