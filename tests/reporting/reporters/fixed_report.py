"""One fixed report with something of everything a reporter has to show."""

from __future__ import annotations

from dataclasses import replace

from session_lint.facts.finding import (
    Applicability,
    ChainStep,
    Confidence,
    Edit,
    Finding,
    Fix,
    Notice,
    Related,
    Report,
    RuleInfo,
    Unresolved,
)
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
    repository="/project",
    rules=(
        RuleInfo("ONE103", "unthreaded-session", "Obtained again.", "Obtained again.\n\n## Example\n\n```python\na < b\n```"),
        RuleInfo("ONE201", "clear-then-insert", "Cleared, then `insert`.", "Cleared.", url="https://example.org/ONE201"),
    ),
)

# Where it gets hard: a project below the repository's root, characters of two and four bytes before a column, a path with a blank,
# a repair in two files, one in two places, places after the path, and words that mean something to a format.
NAME = "𐐀é = 1; session = get(user)\nprint('é', get(user)); done()\n"
OTHER = "def call(user):\n    return use(user)\n"
_REPEATED = Finding(
    code="ONE101",
    name="repeated-getter",
    message="`get(user)` <again> for `data[0](1)`, 100% | sure: see",
    place=Place("a b/é.py", Span(2, 12, 2, 15)),
    confidence=Confidence.CERTAIN,
    related=(Related("obtained [here] first", Place("a b/é.py", Span(1, 19, 1, 22))),),
    chain=(ChainStep("a b.é.f", Place("a b/é.py", Span(2, 12, 2, 15))),),
    fix=Fix(
        Applicability.SAFE,
        "reuse `session`",
        (Edit("a b/é.py", "session", Span(2, 12, 2, 21)), Edit("a b/é.py", "ſ", Span(1, 9, 1, 16))),
    ),
)
_OMITTED = Finding(
    code="ONE102",
    name="omitted-session-argument",
    message="called without",
    place=Place("other.py", Span(2, 12, 2, 15)),
    confidence=Confidence.LIKELY,
    related=(Related("in hand", Place("other.py", Span(1, 1, 1, 4))), Related("again", Place("a b/é.py", Span(1, 19, 1, 22)))),
    chain=(ChainStep("other.call", Place("other.py", Span(2, 12, 2, 15))),),
    fix=Fix(Applicability.UNSAFE, "pass it", (Edit("other.py", "x, ", Span(2, 16, 2, 16)), Edit("a b/é.py", "y", Span(1, 10, 2, 1)))),
)
HARD = Report(
    findings=(_OMITTED, _REPEATED),
    notices=(Notice("broken.py", "cannot be parsed: \x1b", 3), Notice("broken.py", "again"), Notice("rule ONE101", "failed: boom")),
    sources=(("a b/é.py", NAME), ("other.py", OTHER)),
    root="/repo/service/api",
    repository="/repo",
)

CLEAN = replace(REPORT, findings=(), notices=(), unresolved=())
