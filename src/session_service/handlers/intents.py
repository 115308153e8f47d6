"""What a message wants, read off its words and its button."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from session_service.errors import InvalidInput


class Action(StrEnum):
    """What the bot can do."""

    OPEN_PROJECT = "open_project"
    LIST_TASKS = "list_tasks"
    START_UPDATE = "start_update"
    ADD_IMAGE = "add_image"
    ADD_COMMENT = "add_comment"
    FINISH_TASK = "finish_task"
    END_UPDATE = "end_update"
    GREETING = "greeting"


class Intent(StrEnum):
    """What words can ask for."""

    LIST_TASKS = "list_tasks"
    REPORT_PROBLEM = "report_problem"
    END_UPDATE = "end_update"
    GREETING = "greeting"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Press:
    """A button that was pressed: an action with what it is about."""

    action: Action
    argument: str = ""


_BUTTONS = {  # what stands before the colon: the action, and whether something must follow
    "project": (Action.OPEN_PROJECT, True),
    "task": (Action.START_UPDATE, True),
    "tasks": (Action.LIST_TASKS, False),
    "photo": (Action.ADD_IMAGE, False),
    "done": (Action.FINISH_TASK, False),
    "end": (Action.END_UPDATE, False),
    "menu": (Action.GREETING, False),
}
_WORDS = (  # the first that matches counts
    (re.compile(r"\b(problem|broken|accident)\b"), Intent.REPORT_PROBLEM),
    (re.compile(r"\btasks?\b"), Intent.LIST_TASKS),
    (re.compile(r"^(finished|that is all|that's all|end)\W*$"), Intent.END_UPDATE),
    (re.compile(r"^(hi|hello|menu|bonjour)\W*$"), Intent.GREETING),
)


def pressed(button: str) -> Press:
    """What a button stands for. Raises InvalidInput that names the buttons there are."""
    kind, _, argument = button.partition(":")
    action, about = _BUTTONS.get(kind, (None, False))
    if action is None or bool(argument) is not about:
        forms = ", ".join(f"{name}:..." if needs else name for name, (_, needs) in _BUTTONS.items())
        raise InvalidInput(f"there is no such button; it may be {forms}")
    return Press(action, argument)


def classify(body: str) -> Intent:
    """What the words ask for."""
    words = body.strip().lower()
    return next((intent for pattern, intent in _WORDS if pattern.search(words)), Intent.UNKNOWN)
