"""What a delete does besides: rows of other tables that go with it, receivers that hear of it, values that only a new row gets.

An upsert does none of that. The files are searched for how it is usually written; what is found in vain costs an edit, and what is
missed would cost rows: in doubt nothing is rewritten.
"""

from __future__ import annotations

import re

from session_lint.repair.rewrite.file.source import CannotRepair, Source, Sources
from session_lint.repair.rewrite.writes import field_defaults
from session_lint.repair.rewrite.writes.hooks import method, receiver

_FIELDS = "ForeignKey|OneToOneField|ForeignKeyField|OneToOneRelation|ParentalKey"
_KEEPS = "PROTECT|RESTRICT|DO_NOTHING|NO_ACTION"
_GOES = r"(?:CASCADE|SET[ _]NULL|SET[ _]DEFAULT)"
_NEW_ROW = r"(?:_state\.adding|self\.(?:pk|id|created_at)\b|force_insert)"


def refuse(sources: Sources, source: Source, resource: str, columns: tuple[str, ...], *, takes_along: bool) -> None:
    """Raises CannotRepair where a delete from `resource` does more than to make room for the row that `source` inserts, or the row gets
    more than `columns`. `takes_along`: with this client the rows that refer to it go too, unless the model says otherwise."""
    resource = resource.rpartition(".")[2]
    if not resource.isidentifier():
        return
    for word, pattern, reason in _reasons(resource):
        if sources.search(word) and sources.search(pattern):  # the word alone is looked for once, whatever the findings
            raise CannotRepair(reason)
    if _relations(sources, resource, takes_along=takes_along):
        raise CannotRepair(f"other tables refer to `{resource}`: the delete takes their rows with it, an upsert would leave them")
    fresh = [name for name in field_defaults.made(sources, source, resource) if name not in columns]
    if fresh:
        raise CannotRepair(f"each new row gets {', '.join(f'a `{name}` of its own' for name in fresh)}, which an upsert would keep")


def _reasons(name: str) -> tuple[tuple[str, str, str], ...]:
    """(a word that must be there, regular expression, reason)"""
    return (
        ("_delete", receiver("(?:pre|post)_delete", name), f"a receiver is told when a `{name}` is deleted"),
        ("_delete", rf"\b(?:pre|post)_delete\(\s*{name}\b", f"a receiver is told when a `{name}` is deleted"),
        ("_delete", rf"\b{name}\s*,\s*[\"'](?:before|after)_delete", f"a listener is told when a `{name}` is deleted"),
        (
            "post_save",
            receiver("post_save", name),
            f"a receiver is told whether a `{name}` that is saved is a new one",
        ),
        ("def delete", method("delete", name), f"`{name}` has a `delete` of its own"),
        (
            "def save",
            rf"{method('save', name)}[^\n]*\n(?:(?![ \t]+(?:async )?def |[^\s#]).*\n)*?.*{_NEW_ROW}",
            f"the `save` of `{name}` does something for a new row",
        ),
    )


def _relations(sources: Sources, name: str, *, takes_along: bool) -> bool:
    """Whether rows of another table go with a row, or forget it."""
    to = rf"\b(?:{_FIELDS})\(\s*(?:(?:to|model|model_name)\s*=\s*)?[\"']?(?:[\w.]+\.)?{name}[\"']?\s*[,)]"
    if not sources.search(rf"\b(?:{_FIELDS})\(" if takes_along else "(?i)on_? ?delete"):
        return False
    if takes_along:
        return sources.count(to) > sources.count(rf"{to}[^()]*\b(?:{_KEEPS})\b")
    table = "|".join(_tables(name))
    cascades = rf"\bon_?delete\s*=\s*[\"']{_GOES}"
    return any(
        sources.search(pattern)
        for pattern in (
            rf"{to[:-4]}\s*,[^()]*{cascades}",
            rf"(?i)\bForeignKey\(\s*[\"'](?:\w+\.)?(?:{table})\.\w+[\"'][^()]*{cascades}",
            rf"(?i)\bREFERENCES\s+[\"`]?(?:\w+\.)?(?:{table})\b[^,;]*\bON\s+DELETE\s+{_GOES}",
        )
    )


def _tables(name: str) -> list[str]:
    """What the table of a class may be called."""
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
    return sorted({name, snake, f"{snake}s", f"{snake[:-1]}ies" if snake.endswith("y") else snake})
