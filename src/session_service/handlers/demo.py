"""Something to talk about for users who register themselves, so that the embedded default answers with no set-up."""

from __future__ import annotations

from uuid import UUID, uuid5

from session_service.stores import Stores

PROJECTS = {"Champigny": ("Hang the doors", "Paint the hall"), "Ivry": ("Lay the tiles",)}


async def seed(stores: Stores, user_id: str) -> None:
    """Gives a user the projects and tasks of the demonstration. Doing it twice changes nothing."""
    for project, titles in PROJECTS.items():
        project_id = await stores.directory.add_project(project)
        for title in titles:
            await stores.directory.add_task(str(uuid5(UUID(user_id), title)), user_id, project_id, title)
