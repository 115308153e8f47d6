"""What the bot does for each action. All of it is part of one transaction, on the session that is handed in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from uuid import UUID

from session_service.domain import Session, Task
from session_service.errors import SessionStale
from session_service.handlers.intents import Action, Intent
from session_service.handlers.request_session import RequestSession
from session_service.progress import ProgressSteps
from session_service.stores import Stores


@dataclass(frozen=True, slots=True)
class Turn:
    """One message on its way to an answer. `held` is the session as it is now; it stays so until the turn is over."""

    handle: RequestSession
    held: Session
    stores: Stores
    progress: ProgressSteps


@dataclass(frozen=True, slots=True)
class Reply:
    """What to send back. `buttons`: what the user may press next. `contextless`: the session knows no talk to go on with."""

    text: str
    buttons: tuple[str, ...] = ()
    contextless: bool = False


Handler = Callable[[Turn, str], Awaitable[Reply]]


async def handle_direct_action(turn: Turn, action: Action, argument: str = "") -> Reply:
    """Runs an action on the session of the turn. Raises SessionStale when the session has ended."""
    return await _ACTIONS[action](turn, argument)


async def execute_direct_handler(turn: Turn, intent: Intent, body: str) -> Reply | None:
    """Answers a message whose intent is clear; None when it is not. Raises SessionStale when the session has ended."""
    handler = _INTENTS.get(intent)
    return None if handler is None else await handler(turn, body)


async def _open_project(turn: Turn, name: str) -> Reply:
    if name not in await turn.stores.directory.projects_of(turn.handle.user_id):
        return await _which_project(turn, f"You have no project {name}.")
    await _talk_about(turn, name)
    return await handle_direct_action(turn, Action.LIST_TASKS, name)


async def _list_tasks(turn: Turn, project: str) -> Reply:
    """`project`: "" for the one that the talk is about."""
    about = project or turn.held.context
    if about is None:
        return replace(await handle_direct_action(turn, Action.GREETING), contextless=True)
    tasks = await turn.stores.directory.tasks_in(turn.handle.user_id, about)
    if not tasks:
        return Reply(f"No tasks in {about}.", ("menu",))
    return Reply("\n".join((f"{about}:", *map(_line, tasks))), tuple(f"task:{task.id}" for task in tasks))


async def _start_update(turn: Turn, task_id: str) -> Reply:
    task = await turn.stores.directory.task(task_id, turn.handle.user_id) if _is_id(task_id) else None
    if task is None:
        reply = await handle_direct_action(turn, Action.LIST_TASKS)
        return replace(reply, text=f"There is no such task.\n{reply.text}")
    if turn.held.context != task.project:  # a button of an earlier answer: the talk goes back to its project
        await _talk_about(turn, task.project)
    await turn.progress.start(turn.handle.user_id, task.id)
    return Reply(f"{task.title}: send a photo or a comment.", ("photo", "done", "end"), turn.held.context is None)


async def _add_image(turn: Turn, _argument: str) -> Reply:
    update = await turn.progress.current(turn.handle.user_id)
    if update is None:
        return await _which_task(turn)
    update = await turn.progress.add_image(update)
    return Reply(f"Photo {update.images_uploaded} kept.", ("photo", "done", "end"))


async def _add_comment(turn: Turn, _body: str) -> Reply:
    update = await turn.progress.current(turn.handle.user_id)
    if update is None:
        return await _which_task(turn)
    update = await turn.progress.add_comment(update)
    return Reply(f"Comment {update.comments_added} kept.", ("photo", "done", "end"))


async def _finish_task(turn: Turn, _argument: str) -> Reply:
    update = await turn.progress.current(turn.handle.user_id)
    if update is None:
        return await _which_task(turn)
    await turn.stores.directory.finish_task(update.task_id, turn.handle.user_id)
    await turn.progress.change_status(update)
    return Reply("The task is done. A photo or a comment to go with it?", ("photo", "end"))


async def _end_update(turn: Turn, _argument: str) -> Reply:
    update = await turn.progress.current(turn.handle.user_id)
    if update is None:
        return await _which_task(turn)
    await turn.progress.end(update)
    kept = f"{update.images_uploaded} photos, {update.comments_added} comments"
    return Reply(f"Thank you: {kept}.", ("tasks", "menu"))


async def _report_problem(_turn: Turn, _body: str) -> Reply:
    return Reply("Thank you, the office has been told.", ("tasks", "menu"))  # the message is kept with the others of the session


async def _greet(turn: Turn, _argument: str) -> Reply:
    about = turn.held.context
    if about is None:
        return await _which_project(turn, "Hello!")
    return Reply(f"Still on {about}?", ("tasks", *await _project_buttons(turn)))


async def _which_task(turn: Turn) -> Reply:
    reply = await handle_direct_action(turn, Action.LIST_TASKS)
    return replace(reply, text=f"Which task?\n{reply.text}")


async def _which_project(turn: Turn, before: str) -> Reply:
    return Reply(f"{before} Which project?", await _project_buttons(turn))


async def _project_buttons(turn: Turn) -> tuple[str, ...]:
    return tuple(f"project:{name}" for name in await turn.stores.directory.projects_of(turn.handle.user_id))


async def _talk_about(turn: Turn, project: str) -> None:
    if not await turn.stores.messages.set_context(turn.handle.session_id, turn.handle.epoch, project):
        raise SessionStale("the session has ended")


def _line(task: Task) -> str:
    return f"- {task.title}{' (done)' if task.done else ''}"


def _is_id(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False


_ACTIONS: dict[Action, Handler] = {
    Action.OPEN_PROJECT: _open_project,
    Action.LIST_TASKS: _list_tasks,
    Action.START_UPDATE: _start_update,
    Action.ADD_IMAGE: _add_image,
    Action.ADD_COMMENT: _add_comment,
    Action.FINISH_TASK: _finish_task,
    Action.END_UPDATE: _end_update,
    Action.GREETING: _greet,
}
_INTENTS: dict[Intent, Handler] = {
    Intent.LIST_TASKS: lambda turn, _body: handle_direct_action(turn, Action.LIST_TASKS),
    Intent.REPORT_PROBLEM: _report_problem,
    Intent.END_UPDATE: lambda turn, _body: handle_direct_action(turn, Action.END_UPDATE),
    Intent.GREETING: lambda turn, _body: handle_direct_action(turn, Action.GREETING),
}
