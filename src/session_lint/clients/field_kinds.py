"""What a field of a model is, besides being unique."""

from __future__ import annotations

from session_lint.clients.unique_conditions import is_true, last
from session_lint.facts.schema import Column
from session_lint.facts.terms import Const, Invoke

_TEXT = ("CharField", "SlugField", "EmailField", "URLField", "TextField")
LONG = ("TextField", "JSONField", "BinaryField", "BlobField", "HStoreField")  # ends of the names of fields without a length


def kind(name: str, field: Invoke) -> Column:
    """In the words that Django, Tortoise and peewee share."""
    made = last(field.func)
    given = field.kwarg("default")
    starts = given.value if made.endswith("BooleanField") and isinstance(given, Const) else None
    flag = starts if isinstance(starts, bool) else None
    empty = is_true(field.kwarg("null"))
    blank = not empty and made.endswith(_TEXT) and is_true(field.kwarg("blank"))
    return Column(name, empty, "ManyToMany" in made, flag, made.endswith(LONG), blank)
