"""What a run looked at, in words: how much its silence is worth, and where it is worth little."""

from __future__ import annotations

from collections.abc import Iterator

from session_lint.facts.finding import Report
from session_lint.facts.seen import Seen
from session_lint.reporting.reporter import closing, printable


def scope(report: Report) -> str:
    """What was read and what was seen in it, on one line; "" of a project in memory, or where the analysis was not run."""
    seen = report.seen
    if seen is None or not report.root:
        return ""
    said = f"In {report.root}: {_count(seen.files, 'file')} with {_count(seen.functions, 'function')} read; "
    if not seen.analysed:
        return said + "none of them can take part in a finding, by the names they use."
    unsettled = f", {seen.unsettled:,} of them by a key of which the schema does not tell whether it is unique" if seen.unsettled else ""
    return (
        said
        + f"{seen.analysed:,} can take part in a finding: {_count(seen.getters, 'getter')} and {_count(seen.calls, 'database call')} there"
        + f"{unsettled}."
    )


def closing_lines(report: Report) -> list[str]:
    """The last lines for people: how many findings there are, and what they were looked for in."""
    said = scope(report)
    return [closing(report), *([printable(said)] if said else [])]


def doubts(report: Report, *, getters: bool = True) -> Iterator[str]:
    """Why finding nothing may mean little, a sentence each. `getters`: whether a rule about getters was run."""
    seen = report.seen
    if seen is None:
        return
    if seen.above is not None:
        which, verb = ("", "resolves") if seen.above.count == 1 else ("such as ", "resolve")
        yield (
            f"{_count(seen.above.count, 'import')} ({which}`{seen.above.example}`) {verb} only above the project root, in "
            f"{seen.above.directory}: what is called there was not read; run session-lint from that directory"
        )
    for package, files in seen.silent:
        yield (
            f"{_count(files, 'file')} {'imports' if files == 1 else 'import'} `{package}`, and no call of it was recognised: "
            "`session-lint check --explain FILE:LINE` tells why one is not"
        )
    if getters and _without_getter(seen):
        yield (
            "no getter was recognised, so the rules ONE1xx had nothing to look at: `session-lint discover` lists what may be one, "
            "and the setting `getters` names it"
        )


def _without_getter(seen: Seen) -> bool:
    """Whether nothing is known to get or create a record in a project that uses a database."""
    return bool(seen.clients) and not (seen.getters or seen.obtains or seen.possible)


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
