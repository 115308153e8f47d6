"""What the proof of a finding takes for granted beside its keys, in plain words: a finding with any of it is not certain."""

from __future__ import annotations

from collections.abc import Iterator

from session_lint.analysis.program.events import Event
from session_lint.analysis.program.keys import Match, column, compare, normalise
from session_lint.analysis.program.link import Linker
from session_lint.analysis.program.wording import condition_words, listed, resource_words
from session_lint.facts.effects import Selection
from session_lint.facts.flow import is_flow, written
from session_lint.facts.module_facts import Condition
from session_lint.facts.terms import Attr, Const, Invoke, Param, Ref, Term, strip, walk


def of_rows(clear: Event, insert: Event) -> Iterator[str]:
    """Of a clear and an insert: the columns by which rows are cleared of which nothing is known in the new row."""
    if clear.effect is None or clear.effect.selection is Selection.ALL or isinstance(insert.resource, Attr):
        return
    new = {column(name): value for name, value in insert.columns if name}
    if not new or any(not name for name, _ in insert.columns):
        return
    named = [(name, value) for name, value in clear.columns if name and not name.endswith("**") and "->" not in name]
    left_out = [name for name, value in named if column(name) not in new and not (clear.effect.soft and isinstance(strip(value), Const))]
    for name, value in clear.columns:
        by = next((other for other, known in new.items() if name in left_out and compare(value, known) is Match.SAME), "")
        if by:
            yield f"that `{by}` of the new row is its `{name}`"
            left_out.remove(name)
    if left_out:
        yield f"that the new row has the {listed([f'`{name}`' for name in left_out], 'and')} of those cleared"


def of_run(first: Event, second: Event) -> Iterator[str]:
    """Of two halves that happen under tests of their own which look at the same: that both tests can hold in one run."""
    own = [c for c in first.conditions if c not in second.conditions]
    other = [c for c in second.conditions if c not in first.conditions]
    for one in own:
        shared = next((two for two in other if _subjects(one) & _subjects(two)), None)
        if shared is None or _told(one.term) == _told(shared.term):
            continue
        words = [condition_words([one]), condition_words([shared])]
        if all(words):
            yield f"that one run can have both: the first only where {words[0]}, the second only where {words[1]}"
            return


def _told(term: Term) -> Term:
    return normalise(strip(term))


def _subjects(condition: Condition) -> set[Term]:
    """The parameters, names and calls that a test looks at."""
    parts = list(walk(strip(condition.term)))
    return {
        part
        for part in parts
        if isinstance(part, (Param, Invoke)) and part not in (Param("self"), Param("cls"), Param("request")) and not _is_plain(part)
    }


def _is_plain(part: Term) -> bool:
    return isinstance(part, Invoke) and isinstance(part.func, Ref) and part.func.name.startswith("builtins.")


def of_transaction(linker: Linker, full: str, clear: Event, insert: Event) -> Iterator[str]:
    """Of a set: that whoever runs the function has opened no transaction, where nobody is known to run it."""
    final = (clear.unit is not None and clear.unit.opened) or (insert.unit is not None and insert.unit.opened)
    if not final and not is_flow(full) and not linker.scripts.is_called(full) and not linker.scripts.is_script(full):
        yield f"that `{written(full).rpartition('.')[2]}()` is not called inside a transaction: no call of it was read"


def of_getter(second: Event) -> Iterator[str]:
    """Of a getter that is one by its name alone."""
    if second.effect is None:
        yield f"that {resource_words(second.resource)} is one record for one key: its name says so"
