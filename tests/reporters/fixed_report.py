"""One fixed report with something of everything a reporter has to show."""

from __future__ import annotations

from dataclasses import replace

from session_lint.facts.finding import Applicability, ChainStep, Confidence, Edit, Finding, Fix, Notice, Related, Report, Unresolved
from session_lint.facts.location import Place, Span

PIPELINE = """\
class MessagePipeline:
    async def process(self, user_id, text):
        session = await get_or_create_session(user_id)

        await execute_direct_handler(user_id, text)
        return session
"""

MESSAGE = """\
async def execute_direct_handler(user_id, text):
\tname = "会話", await get_or_create_session(user_id)  # \x1b[31m
\treturn name
"""

CLEAR = """\
def save(user_id):
    db.table("state").delete().eq("user_id", user_id).execute()
    db.table("state").insert(
        {"user_id": user_id},
    ).execute()"""


def _place(path: str, row: int, column: int, end_column: int, end_row: int | None = None) -> Place:
    return Place(path, Span(row, column, row if end_row is None else end_row, end_column))


FIRST = _place("src/handlers/pipeline.py", 3, 25, 46)
AGAIN = _place("src/handlers/message.py", 2, 21, 42)

UNTHREADED = Finding(
    code="ONE103",
    name="unthreaded-session",
    message="session for `user_id` is obtained again; src/handlers/pipeline.py:3 has it",
    place=AGAIN,
    confidence=Confidence.CERTAIN,
    related=(Related("obtained first", FIRST),),
    chain=(
        ChainStep("src.handlers.pipeline.MessagePipeline.process", _place("src/handlers/pipeline.py", 5, 15, 37)),
        ChainStep("src.handlers.message.execute_direct_handler", AGAIN, "obtained again"),
    ),
    fix=Fix(
        Applicability.UNSAFE,
        "add a parameter `session` to execute_direct_handler and pass it",
        (Edit("src/handlers/message.py", "session", Span(2, 15, 2, 51)),),
    ),
)

CLEARED = Finding(
    code="ONE201",
    name="clear-then-insert",
    message="rows of `state` for `user_id` are cleared at src/state.py:2, then one is inserted",
    place=_place("src/state.py", 3, 5, 14, end_row=5),
    confidence=Confidence.LIKELY,
    related=(Related("cleared here", _place("src/state.py", 2, 5, 64)),),
)

REPORT = Report(
    findings=(CLEARED, UNTHREADED),  # not in order: a reporter sorts
    notices=(Notice("src/broken.py", "does not parse", 7),),
    files=("src/broken.py", "src/handlers/message.py", "src/handlers/pipeline.py", "src/state.py"),
    resolved_calls=12,
    external_calls=3,
    unresolved=(
        Unresolved("unknown receiver", _place("src/state.py", 2, 5, 13), "db.table"),
        Unresolved("dynamic call", _place("src/handlers/message.py", 1, 1, 5), "HANDLERS[kind]"),
        Unresolved("unknown receiver", _place("src/handlers/pipeline.py", 4, 5, 13), "thing.do"),
    ),
    sources=(("src/handlers/message.py", MESSAGE), ("src/handlers/pipeline.py", PIPELINE), ("src/state.py", CLEAR)),
    root="/project",
)

CLEAN = replace(REPORT, findings=(), notices=(), unresolved=())
