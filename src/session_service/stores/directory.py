"""The statements on users, projects and tasks."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from sqlalchemy import Row, Select, bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from session_service.dialect import Dialect
from session_service.domain import Task, User
from session_service.tables import projects, tasks, users

_USER = select(users.c.id, users.c.phone, users.c.time_zone)
_BY_PHONE = _USER.where(users.c.phone == bindparam("number"))
_BY_ID = _USER.where(users.c.id == bindparam("user_id"))
_ZONE = update(users).where(users.c.id == bindparam("user_id")).values(time_zone=bindparam("zone"))
_PROJECT = select(projects.c.id).where(projects.c.name == bindparam("called"))
_TASK_COLUMNS = (tasks.c.id, tasks.c.subcontractor_id, projects.c.name, tasks.c.title, tasks.c.done)
_TASKS: Select[Any] = select(*_TASK_COLUMNS).select_from(tasks.join(projects)).where(tasks.c.subcontractor_id == bindparam("user_id"))
_TASKS_IN = _TASKS.where(projects.c.name == bindparam("called")).order_by(tasks.c.title, tasks.c.id)
_TASK = _TASKS.where(tasks.c.id == bindparam("task_id"))
_DONE = update(tasks).where(tasks.c.id == bindparam("task_id"), tasks.c.subcontractor_id == bindparam("user_id")).values(done=True)
_PROJECTS_OF = (
    select(projects.c.name)
    .select_from(tasks.join(projects))
    .where(tasks.c.subcontractor_id == bindparam("user_id"))
    .distinct()
    .order_by(projects.c.name)
)


class DirectoryStore:
    """Who works where on what, on one connection. Every question about tasks is asked for one user."""

    def __init__(self, db: AsyncConnection, dialect: Dialect) -> None:
        self._db = db
        self._dialect = dialect

    async def user_by_phone(self, number: str) -> User | None:
        """The user with that number; None when there is none."""
        row = (await self._db.execute(_BY_PHONE, {"number": number})).one_or_none()
        return None if row is None else User(*row)

    async def user(self, user_id: str) -> User | None:
        """The user by that id; None when there is none."""
        row = (await self._db.execute(_BY_ID, {"user_id": user_id})).one_or_none()
        return None if row is None else User(*row)

    async def register(self, number: str, zone: str) -> bool:
        """Makes a user of the number; False when there is one: the unique number decides."""
        statement = self._dialect.insert_or_nothing(users, ["phone"])
        made = await self._db.execute(statement, {"id": str(uuid4()), "phone": number, "name": "", "time_zone": zone})
        return made.one_or_none() is not None

    async def set_time_zone(self, user_id: str, zone: str) -> None:
        """The time zone of a user from now on."""
        await self._db.execute(_ZONE, {"user_id": user_id, "zone": zone})

    async def add_project(self, name: str) -> str:
        """The id of the project of that name, which is made when there is none."""
        statement = self._dialect.insert_or_nothing(projects, ["name"])
        made = (await self._db.execute(statement, {"id": str(uuid4()), "name": name})).one_or_none()
        return str((await self._db.execute(_PROJECT, {"called": name})).scalar_one()) if made is None else str(made.id)

    async def add_task(self, task_id: str, user_id: str, project_id: str, title: str) -> None:
        """A task of a user; nothing when there is one by that id."""
        statement = self._dialect.insert_or_nothing(tasks, ["id"])
        values = {"id": task_id, "subcontractor_id": user_id, "project_id": project_id, "title": title, "done": False}
        await self._db.execute(statement, values)

    async def projects_of(self, user_id: str) -> tuple[str, ...]:
        """The names of the projects in which the user has tasks."""
        return tuple((await self._db.execute(_PROJECTS_OF, {"user_id": user_id})).scalars())

    async def tasks_in(self, user_id: str, project: str) -> tuple[Task, ...]:
        """The tasks of a user in the project of that name."""
        return tuple(_task_of(row) for row in await self._db.execute(_TASKS_IN, {"user_id": user_id, "called": project}))

    async def task(self, task_id: str, user_id: str) -> Task | None:
        """A task of the user; None for a task of another one too."""
        row = (await self._db.execute(_TASK, {"task_id": task_id, "user_id": user_id})).one_or_none()
        return None if row is None else _task_of(row)

    async def finish_task(self, task_id: str, user_id: str) -> None:
        """Notes that a task of the user is done."""
        await self._db.execute(_DONE, {"task_id": task_id, "user_id": user_id})


def _task_of(row: Row[Any]) -> Task:
    return Task(row.id, row.subcontractor_id, row.name, row.title, row.done)
