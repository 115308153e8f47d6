"""The migrations on real databases: R11, the part of R17 that is theirs, and pitfall P20."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from hypothesis import HealthCheck, given, settings, strategies as st

from service.databases import execute, is_sqlite, ledger, new_database, rows, schema
from service.harness import create_schema
from session_service import migrator
from session_service.engine import connect
from session_service.errors import InvalidInput, MigrationNotApplied
from session_service.migrator import Moved, Patience
from session_service.tables import metadata

HEAD = migrator.revisions()[-1]
INDEX = "idx_unique_active_session_per_user"
TRAFFIC = Path(__file__).parent / "migration_traffic.py"
Upgrade = Callable[[str], object]


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database of this test alone, on each of both."""
    with new_database(request.param, request.getfixturevalue("postgres_server"), tmp_path) as made:
        yield made


@pytest.fixture
def postgres(postgres_server: str, tmp_path: Path) -> Iterator[str]:
    """An empty PostgreSQL database of this test alone."""
    with new_database("postgres", postgres_server, tmp_path) as made:
        yield made


def by_script(url: str) -> None:
    execute(url, migrator.script(url, start="010"))


BOTH_WAYS = pytest.mark.parametrize("upgrade", [migrator.upgrade, by_script], ids=["online", "script"])


def uid(number: int) -> str:
    """A small id, as text that both databases take and give back."""
    return f"{number:032x}"


def add_user(url: str, user: int) -> None:
    execute(url, f"INSERT INTO subcontractors (id, phone) VALUES ('{uid(user)}', '{user}')")


def add_session(url: str, session: int, user: int, last: str, *, status: str = "active", previous: int = 0, context: str = "") -> None:
    """A session begun at 12:00 and last active at `last` of the same day, with one message and its audit row."""
    day = "2026-01-17T"
    execute(
        url,
        f"""
        INSERT INTO conversation_sessions (id, subcontractor_id, status, context, started_at, last_activity_at, previous_id)
        VALUES ('{uid(session)}', '{uid(user)}', '{status}', {f"'{context}'" if context else "NULL"},
                '{day}12:00:00.000000', '{day}{last}:00.000000', {f"'{uid(previous)}'" if previous else "NULL"});
        INSERT INTO messages (id, session_id, direction, body, created_at)
        VALUES ('{uid(1000 + session)}', '{uid(session)}', 'inbound', 'm{session}', '{day}{last}:00.000000');
        INSERT INTO session_events (id, session_id, kind, at)
        VALUES ('{uid(2000 + session)}', '{uid(session)}', 'started', '{day}12:00:00.000000');
        """,
    )


def states(url: str) -> dict[str, tuple[str, str | None]]:
    return {row[0]: (row[1], row[2]) for row in rows(url, "SELECT id, status, end_reason FROM conversation_sessions ORDER BY id")}


def links(url: str) -> dict[str, str | None]:
    return dict(rows(url, "SELECT id, previous_id FROM conversation_sessions ORDER BY id"))


def everything(url: str) -> list[list[tuple[object, ...]]]:
    return [rows(url, f"SELECT * FROM {table} ORDER BY id") for table in ("conversation_sessions", "messages", "session_events")]


# the schema


def test_the_migrations_make_the_tables_of_the_service(url: str, tmp_path: Path, postgres_server: str) -> None:
    assert migrator.upgrade(url) == Moved(None, HEAD)
    assert asyncio.run(_differences(url)) == []
    with new_database("sqlite" if is_sqlite(url) else "postgres", postgres_server, tmp_path) as other:
        asyncio.run(create_schema(other))
        assert schema(url) == schema(other)


async def _differences(url: str) -> list[object]:
    database = connect(url, 1)
    options: dict[str, object] = {
        "compare_type": True,
        "compare_server_default": not is_sqlite(url),
    }  # an empty text is no default to it on SQLite
    if not is_sqlite(url):  # it does not know of indexes that only SQLite has
        options["include_name"] = lambda name, kind, _parents: kind != "index" or not str(name).startswith("idx_active_sessions_")
        options["include_object"] = lambda _item, name, kind, *_: kind != "index" or not str(name).startswith("idx_active_sessions_")
    try:
        async with database.engine.connect() as db:
            return await db.run_sync(lambda real: compare_metadata(MigrationContext.configure(real, opts=options), metadata))
    finally:
        await database.close()


def test_p20_the_index_is_partial_and_unique(url: str) -> None:
    migrator.upgrade(url)
    if is_sqlite(url):
        found = rows(url, f"SELECT sql FROM sqlite_master WHERE name = '{INDEX}'")
        assert found == [(f"CREATE UNIQUE INDEX {INDEX} ON conversation_sessions (subcontractor_id) WHERE status = 'active'",)]
    else:
        found = rows(url, f"SELECT pg_get_indexdef(indexrelid), indisvalid FROM pg_index WHERE indexrelid = '{INDEX}'::regclass")
        definition = (
            f"CREATE UNIQUE INDEX {INDEX} ON public.conversation_sessions USING btree (subcontractor_id) WHERE (status = 'active'::text)"
        )
        assert found == [(definition, True)]


def test_the_script_makes_what_the_upgrade_makes(url: str, tmp_path: Path, postgres_server: str) -> None:
    with new_database("sqlite" if is_sqlite(url) else "postgres", postgres_server, tmp_path) as online:
        for revision in migrator.revisions():
            migrator.upgrade(online, revision)
            before = ledger(url)[0] if revision != "010" else None
            execute(url, migrator.script(url, revision, before))
            assert (schema(url), ledger(url)) == (schema(online), ledger(online))
        migrator.downgrade(online, "010")
        execute(url, migrator.script(url, "010", HEAD))
        assert (schema(url), ledger(url)) == (schema(online), ledger(online))


def test_the_whole_script_at_once(url: str) -> None:
    execute(url, migrator.script(url))
    assert migrator.state(url).ready


def test_the_script_is_one_transaction_without_parameters(url: str) -> None:
    script = migrator.script(url).strip()
    assert script.startswith("BEGIN")
    assert script.endswith("COMMIT;")
    assert script.count("COMMIT;") == 1
    assert "%(" not in script
    assert "$1" not in script


@pytest.mark.parametrize("start", ["010", "011", None])
def test_a_script_for_another_revision_changes_nothing(url: str, start: str | None) -> None:
    migrator.upgrade(url, "011" if start == "010" else "010")
    add_user(url, 1)
    add_session(url, 1, 1, "13:00")
    before = everything(url), schema(url), ledger(url)
    with pytest.raises(Exception, match=r"at_revision|at revision|already exists"):
        execute(url, migrator.script(url, "010" if start == "011" else "011", start))
    assert (everything(url), schema(url), ledger(url)) == before


# dirty data


@BOTH_WAYS
def test_r11_the_latest_session_stays_and_its_children_come_to_it(url: str, upgrade: Upgrade) -> None:
    migrator.upgrade(url, "010")
    for user in (1, 2, 3):
        add_user(url, user)
    add_session(url, 1, 1, "13:00", context="older")
    add_session(url, 2, 1, "15:00")
    add_session(url, 3, 1, "14:00", context="newer")
    add_session(url, 4, 2, "13:00")
    add_session(url, 5, 2, "16:00", status="ended")
    add_session(url, 6, 3, "16:00", status="escalated")
    upgrade(url)
    merged = ("ended", "duplicate")
    assert states(url) == {
        uid(1): merged,
        uid(2): ("active", None),
        uid(3): merged,
        uid(4): ("active", None),
        uid(5): ("ended", None),
        uid(6): ("escalated", None),
    }
    assert dict(rows(url, "SELECT body, session_id FROM messages")) == {
        "m1": uid(2),
        "m2": uid(2),
        "m3": uid(2),
        "m4": uid(4),
        "m5": uid(5),
        "m6": uid(6),
    }
    assert rows(url, f"SELECT context FROM conversation_sessions WHERE id = '{uid(2)}'") == [("newer",)]


@BOTH_WAYS
def test_r17_each_merged_session_has_its_audit_row(url: str, upgrade: Upgrade) -> None:
    migrator.upgrade(url, "010")
    add_user(url, 1)
    for session, last in ((1, "13:00"), (2, "15:00"), (3, "14:00")):
        add_session(url, session, 1, last)
    upgrade(url)
    audited = rows(
        url,
        "SELECT e.session_id, e.kind, e.reason, e.at = s.ended_at, e.at > s.last_activity_at FROM session_events AS e "
        "JOIN conversation_sessions AS s ON s.id = e.session_id WHERE e.kind = 'ended' ORDER BY e.session_id",
    )
    assert audited == [(uid(1), "ended", "duplicate", True, True), (uid(3), "ended", "duplicate", True, True)]


@BOTH_WAYS
def test_r17_what_is_known_of_a_merged_session_stays_with_it_and_the_kept_one_says_what_came_to_it(url: str, upgrade: Upgrade) -> None:
    """R17: an audit row that moved would say that the kept session began three times, and the others never."""
    migrator.upgrade(url, "010")
    add_user(url, 1)
    for session, last in ((1, "13:00"), (2, "15:00"), (3, "14:00")):
        add_session(url, session, 1, last)
    upgrade(url)
    found = [(*row[:2], (row[2] or "").replace("-", "")) for row in rows(url, "SELECT session_id, kind, reason FROM session_events")]
    assert sorted(found) == [
        (uid(1), "ended", "duplicate"),
        (uid(1), "started", ""),
        (uid(2), "merged", uid(1)),
        (uid(2), "merged", uid(3)),
        (uid(2), "started", ""),
        (uid(3), "ended", "duplicate"),
        (uid(3), "started", ""),
    ]


def test_the_times_it_writes_are_those_the_service_reads(url: str) -> None:
    migrator.upgrade(url, "010")
    add_user(url, 1)
    add_session(url, 1, 1, "13:00")
    add_session(url, 2, 1, "14:00")
    migrator.upgrade(url)
    events = sorted(asyncio.run(_selected(url)), key=lambda event: str(event.session_id))
    assert [(event.session_id.replace("-", ""), event.kind) for event in events if event.at.year > 2020 and event.reason] == [
        (uid(1), "ended"),
        (uid(2), "merged"),
    ]


async def _selected(url: str) -> list[object]:
    database = connect(url, 1)
    try:
        async with database.reading.connect() as db:
            return list(await db.execute(metadata.tables["session_events"].select()))
    finally:
        await database.close()


@BOTH_WAYS
def test_r11_the_choice_is_deterministic(url: str, upgrade: Upgrade) -> None:
    migrator.upgrade(url, "010")
    add_user(url, 1)
    for session in (3, 1, 2):
        add_session(url, session, 1, "13:00")
    upgrade(url)
    assert [session for session, (status, _) in states(url).items() if status == "active"] == [uid(1)]


@BOTH_WAYS
def test_r11_links_lead_to_the_kept_session_and_never_in_a_circle(url: str, upgrade: Upgrade) -> None:
    migrator.upgrade(url, "010")
    add_user(url, 1)
    add_session(url, 1, 1, "12:01", status="ended")
    add_session(url, 2, 1, "13:00", previous=1)  # a duplicate
    add_session(url, 3, 1, "13:10", previous=2)  # a duplicate that follows it
    add_session(url, 4, 1, "13:20", status="ended", previous=3)
    add_session(url, 5, 1, "14:00", previous=4)  # the kept one comes after them all
    add_session(url, 6, 1, "13:30", status="ended", previous=3)  # not one of those before it
    upgrade(url)
    assert links(url) == {uid(1): None, uid(2): uid(1), uid(3): uid(1), uid(4): uid(1), uid(5): uid(4), uid(6): uid(5)}


@dataclass(frozen=True)
class Dirty:
    """A session before the migration; `previous` is the number of one before it, if any."""

    number: int
    user: int
    last: int
    active: bool
    previous: int


@st.composite
def dirty_sessions(draw: st.DrawFn) -> list[Dirty]:
    """Up to twelve sessions of two users, each of which may follow any earlier one of the same user."""
    made: list[Dirty] = []
    for number in range(1, draw(st.integers(1, 12)) + 1):
        user = draw(st.integers(1, 2))
        before = [0, *(each.number for each in made if each.user == user)]
        made.append(Dirty(number, user, draw(st.integers(0, 3)), draw(st.booleans()), draw(st.sampled_from(before))))
    return made


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sessions=dirty_sessions())
def test_r11_whatever_the_data(url: str, sessions: list[Dirty]) -> None:
    if migrator.state(url).current is None:
        migrator.upgrade(url, "010")
        add_user(url, 1)
        add_user(url, 2)
    else:
        migrator.downgrade(url, "010")
    fill(url, sessions)
    migrator.upgrade(url)
    latest = sorted((each for each in sessions if each.active), key=lambda each: (-each.last, each.number))
    kept = {each.user: each.number for each in reversed(latest)}  # the first one of a user is written last
    merged = {each.number for each in latest} - set(kept.values())
    homes = {each.number: kept[each.user] if each.number in merged else each.number for each in sessions}
    assert dict(rows(url, "SELECT body, session_id FROM messages")) == {f"m{number}": uid(home) for number, home in homes.items()}
    assert states(url) == {
        uid(each.number): ("ended", "duplicate") if each.number in merged else ("active" if each.active else "ended", None)
        for each in sessions
    }
    check_links(sessions, links(url), merged)


def check_links(sessions: list[Dirty], after: dict[str, str | None], merged: set[int]) -> None:
    """No link leads to a merged session, none to itself by any way, and those that led to others are as they were."""
    assert not set(after.values()) & {uid(number) for number in merged}
    for each in sessions:
        if each.previous not in merged:
            assert after[uid(each.number)] == (uid(each.previous) if each.previous else None)
        way, following = [uid(each.number)], after[uid(each.number)]
        while following is not None:
            assert following not in way
            way.append(following)
            following = after[following]


def fill(url: str, sessions: list[Dirty]) -> None:
    """The sessions, each with a message, and no others."""
    day = "2026-01-17T"
    script = ["DELETE FROM messages; DELETE FROM session_events;"]
    script.append("UPDATE conversation_sessions SET previous_id = NULL; DELETE FROM conversation_sessions;")
    for each in sessions:
        previous = f"'{uid(each.previous)}'" if each.previous else "NULL"
        script.append(
            "INSERT INTO conversation_sessions (id, subcontractor_id, status, started_at, last_activity_at, previous_id) VALUES "
            f"('{uid(each.number)}', '{uid(each.user)}', '{'active' if each.active else 'ended'}', '{day}12:00:00.000000', "
            f"'{day}13:0{each.last}:00.000000', {previous});"
            "INSERT INTO messages (id, session_id, direction, body, created_at) VALUES "
            f"('{uid(1000 + each.number)}', '{uid(each.number)}', 'inbound', 'm{each.number}', '{day}13:00:00.000000');"
        )
    execute(url, "".join(script))


def test_up_down_up(url: str) -> None:
    migrator.upgrade(url, "010")
    add_user(url, 1)
    add_session(url, 1, 1, "13:00")
    add_session(url, 2, 1, "14:00")
    assert migrator.upgrade(url) == Moved("010", HEAD)
    merged = everything(url)
    with pytest.raises(Exception, match=r"(?i)unique"):
        add_session(url, 3, 1, "15:00")
    assert migrator.upgrade(url) == Moved(HEAD, HEAD)
    assert migrator.downgrade(url, "010") == Moved(HEAD, "010")
    assert everything(url) == merged
    add_session(url, 3, 1, "15:00")
    assert migrator.upgrade(url) == Moved("010", HEAD)
    assert [session for session, (status, _) in states(url).items() if status == "active"] == [uid(3)]
    assert {row[0] for row in rows(url, "SELECT session_id FROM messages")} == {uid(3)}


def test_nothing_goes_below_the_first(url: str) -> None:
    migrator.upgrade(url)
    with pytest.raises(InvalidInput, match=r"'base'; there are 010, 011"):
        migrator.downgrade(url, "base")
    with pytest.raises(InvalidInput, match="--down 010"):
        migrator.upgrade(url, "010")
    migrator.downgrade(url, "010")
    with pytest.raises(InvalidInput, match="nothing to take back"):
        migrator.downgrade(url, "011_add_unique_active_session_constraint")


# under traffic


@contextmanager
def traffic(url: str, user: str, many: int = 4) -> Iterator[Callable[[], None]]:
    """Processes that insert duplicates; the callable waits for the end of all and checks that the index refused some."""
    running = [
        subprocess.Popen([sys.executable, TRAFFIC, url, user], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(many)
    ]

    def finish() -> None:
        for process in running:
            assert process.stdin is not None
            process.stdin.close()
        for process in running:
            assert process.stdout is not None
            out = process.stdout.read()
            process.wait(60)
            made, refused = out.split()[-2:]
            assert (process.returncode, int(made) > 0, int(refused) > 0) == (0, True, True)

    try:
        for process in running:
            assert process.stdout is not None
            assert process.stdout.readline() == "running\n"
        yield finish
    finally:
        for process in running:
            process.kill()
            process.wait()
            for stream in (process.stdin, process.stdout):
                if stream is not None:
                    stream.close()


def test_r11_succeeds_under_traffic_that_makes_duplicates(url: str) -> None:
    migrator.upgrade(url, "010")
    add_user(url, 1)
    with traffic(url, uid(1)) as finish:
        for _ in range(3):
            assert migrator.upgrade(url) == Moved("010", HEAD)
            assert migrator.downgrade(url, "010") == Moved(HEAD, "010")
        assert migrator.upgrade(url) == Moved("010", HEAD)
        finish()
    counted = rows(url, "SELECT status, end_reason, count(*) FROM conversation_sessions GROUP BY 1, 2 ORDER BY 1")
    assert counted[0] == ("active", None, 1)
    assert [row[:2] for row in counted[1:]] == [("ended", "duplicate")]
    assert counted[1][2] == rows(url, "SELECT count(*) FROM session_events WHERE reason = 'duplicate'")[0][0]
    active = "SELECT id FROM conversation_sessions WHERE status = 'active'"
    assert rows(url, f"SELECT count(*) FROM messages WHERE session_id NOT IN ({active})") == [(0,)]
    assert rows(url, "SELECT count(*) FROM messages") == [(counted[0][2] + counted[1][2],)]


def test_r11_a_message_on_its_way_to_a_duplicate_is_not_left_behind(postgres: str) -> None:
    migrator.upgrade(postgres, "010")
    add_user(postgres, 1)
    add_session(postgres, 1, 1, "13:00")
    add_session(postgres, 2, 1, "14:00")
    columns = "INSERT INTO messages (id, session_id, direction, body, created_at)"
    asyncio.run(_migrated_while(postgres, f"{columns} VALUES (gen_random_uuid(), '{uid(1)}', 'inbound', 'late', now())"))
    assert rows(postgres, "SELECT body, session_id FROM messages ORDER BY body") == [("late", uid(2)), ("m1", uid(2)), ("m2", uid(2))]


async def _migrated_while(url: str, statement: str, then: str = "SELECT 1") -> None:
    """The upgrade beside a transaction that has done a statement; when the upgrade waits for it, it does another, and commits."""
    db, watch = await asyncpg.connect(url), await asyncpg.connect(url)
    try:
        transaction = db.transaction()
        await transaction.start()
        await db.execute(statement)
        upgrade = asyncio.create_task(asyncio.to_thread(migrator.upgrade, url))
        blocked = "SELECT count(*) FROM pg_stat_activity WHERE $1 = ANY (pg_blocking_pids(pid))"
        while not await watch.fetchval(blocked, db.get_server_pid()):
            assert not upgrade.done()
            await asyncio.sleep(0.01)
        await db.execute(then)
        await transaction.commit()
        assert await upgrade == Moved("010", HEAD)
    finally:
        await db.close()
        await watch.close()


def test_r11_it_gives_way_to_a_transaction_that_waits_for_it(postgres: str) -> None:
    """The other one holds messages and wants sessions; the migration holds sessions and wants messages."""
    migrator.upgrade(postgres, "010")
    add_user(postgres, 1)
    add_session(postgres, 1, 1, "13:00")
    add_session(postgres, 2, 1, "14:00")
    message = f"UPDATE messages SET body = 'kept' WHERE session_id = '{uid(1)}'"
    asyncio.run(_migrated_while(postgres, message, f"UPDATE conversation_sessions SET context = 'kept' WHERE id = '{uid(2)}'"))
    assert rows(postgres, "SELECT body, session_id FROM messages ORDER BY body") == [("kept", uid(2)), ("m2", uid(2))]
    assert rows(postgres, "SELECT context FROM conversation_sessions WHERE status = 'active'") == [("kept",)]


# when it cannot


def test_r11_verification_stops_a_cleanup_that_had_no_effect(url: str) -> None:
    migrator.upgrade(url, "010")
    add_user(url, 1)
    add_session(url, 1, 1, "13:00")
    add_session(url, 2, 1, "14:00")
    if is_sqlite(url):
        execute(url, "CREATE TRIGGER stays BEFORE UPDATE OF status ON conversation_sessions BEGIN SELECT RAISE(IGNORE); END")
    else:
        execute(
            url,
            "CREATE FUNCTION stays() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.status := OLD.status; RETURN NEW; END';"
            "CREATE TRIGGER stays BEFORE UPDATE ON conversation_sessions FOR EACH ROW EXECUTE FUNCTION stays()",
        )
    before = everything(url), schema(url)
    with pytest.raises(MigrationNotApplied, match=r"left.with.two.active.sessions.*Nothing was changed"):
        migrator.upgrade(url)
    assert (everything(url), schema(url), ledger(url)) == (*before, ["010"])


def test_an_index_made_by_hand_is_accepted_only_when_it_is_the_one(postgres: str) -> None:
    migrator.upgrade(postgres, "010")
    execute(postgres, f"CREATE UNIQUE INDEX {INDEX} ON conversation_sessions (subcontractor_id) WHERE status = 'ended'")
    with pytest.raises(MigrationNotApplied, match="not the unique index on active sessions"):
        migrator.upgrade(postgres)
    execute(
        postgres, f"DROP INDEX {INDEX}; CREATE UNIQUE INDEX {INDEX} ON conversation_sessions (subcontractor_id) WHERE status = 'active'"
    )
    assert migrator.upgrade(postgres) == Moved("010", HEAD)


def test_r11_a_ledger_that_lies_is_noticed(url: str) -> None:
    migrator.upgrade(url)
    execute(url, f"DROP INDEX {INDEX}")
    assert not migrator.state(url).ready
    with pytest.raises(MigrationNotApplied, match=f"{INDEX} is not there"):
        migrator.ensure(url)


def test_a_schema_of_a_newer_release_is_left_alone(url: str) -> None:
    migrator.upgrade(url)
    execute(url, "UPDATE alembic_version SET version_num = '999'")
    for call in (migrator.state, migrator.upgrade, migrator.ensure, lambda url: migrator.downgrade(url, "010")):
        with pytest.raises(MigrationNotApplied, match="'999', which this release does not know"):
            call(url)


def test_tables_without_a_ledger_are_not_touched(url: str) -> None:
    asyncio.run(create_schema(url))
    with pytest.raises(MigrationNotApplied, match="tables that no ledger knows"):
        migrator.upgrade(url)


def test_r11_a_table_that_stays_locked(postgres: str) -> None:
    migrator.upgrade(postgres, "010")
    add_user(postgres, 1)
    add_session(postgres, 1, 1, "13:00")
    before = everything(postgres), schema(postgres)
    asyncio.run(_refused_while_locked(postgres))
    assert (everything(postgres), schema(postgres), ledger(postgres)) == (*before, ["010"])
    assert migrator.upgrade(postgres) == Moved("010", HEAD)


async def _refused_while_locked(url: str) -> None:
    db = await asyncpg.connect(url)
    try:
        async with db.transaction():
            await db.execute("UPDATE conversation_sessions SET context = context")
            with pytest.raises(MigrationNotApplied, match=r"lock timeout.*Nothing was changed.*--lock-timeout"):
                await asyncio.to_thread(migrator.upgrade, url, None, Patience(lock=0.02, total=0.2))
    finally:
        await db.close()


def test_a_database_in_memory_is_refused() -> None:
    with pytest.raises(MigrationNotApplied, match="name a file"):
        migrator.ensure("sqlite://")


# at the start of a server


def test_sqlite_needs_no_set_up_and_postgres_is_migrated_only_when_told(url: str) -> None:
    if not is_sqlite(url):
        with pytest.raises(MigrationNotApplied, match=rf"at no revision, this release needs {HEAD}. Run `session-service migrate`"):
            migrator.ensure(url)
        assert migrator.ensure(url, migrate=True) == Moved(None, HEAD)
    else:
        assert migrator.ensure(url) == Moved(None, HEAD)
    assert migrator.ensure(url) == Moved(HEAD, HEAD)
    assert migrator.state(url).ready


def test_threads_at_once(url: str) -> None:
    moved: list[Moved] = []
    threads = [threading.Thread(target=lambda: moved.append(migrator.ensure(url, migrate=True))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(str(each) for each in moved) == sorted(str(each) for each in [Moved(None, HEAD), *[Moved(HEAD, HEAD)] * 3])
