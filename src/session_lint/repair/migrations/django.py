"""A migration of Django, in the folder of the application that has the model."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import ClassVar

from session_lint.facts.terms import Const
from session_lint.repair.declaration import Missing
from session_lint.repair.migration import Migration, Step, head
from session_lint.repair.rewrite.file.source import CannotRepair, Sources
from session_lint.repair.rewrite.statements import links

_NUMBER = re.compile(r"(\d+)_")
_LABEL = re.compile(r"^\s+label\s*=\s*[\"'](\w+)[\"']", re.MULTILINE)

_TEXT = '''"""One {title} for each {what}.

{first}
"""

from django.db import migrations, models


{function}


class Migration(migrations.Migration):
    dependencies = [("{label}", "{above}")]

    operations = [
        migrations.RunPython({called}, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="{model}",
            constraint=models.UniqueConstraint(
                fields=[{fields}],{condition}
                name="{name}",
            ),
        ),
    ]
'''

_STOPS = '''def stop_at_duplicates(apps, schema_editor):
    """FIRST DECIDE which of several rows stays, and what becomes of the data that
    points to the others.

    While there are such rows this migration stops before it has changed anything.
    To merge them here instead, do so for each of `twice`: keep one row (the latest,
    the one that others point to), move the references of the others to it, delete
    the others.
    """
    model = apps.get_model("{label}", "{title}")
    rows = model._base_manager.using(schema_editor.connection.alias){filters}
    grouped = rows.order_by().values({fields})
    counted = grouped.annotate(number_of_rows=models.Count("pk"))
    twice = list(counted.filter(number_of_rows__gt=1)[:10])
    if twice:
        raise RuntimeError(
            "{title}: there are several rows with the same {what}; "
            f"decide which of them stays: {{twice}}"
        )'''

_REMOVES = '''def remove_copies(apps, schema_editor):
    """Of several rows with the same {what} the first stays.

    They have no other columns, and nothing refers to them.
    """
    model = apps.get_model("{label}", "{title}")
    if model._meta.related_objects:
        raise RuntimeError("{title}: decide what becomes of the references to copies")
    rows = model._base_manager.using(schema_editor.connection.alias)
    grouped = rows.order_by().values({fields})
    counted = grouped.annotate(first=models.Min("pk"), number_of_rows=models.Count("pk"))
    for one in list(counted.filter(number_of_rows__gt=1)):
        copies = rows.filter({same})
        copies.exclude(pk=one["first"]).delete()'''


class Django(Migration):
    """The next number in the folder, after the one migration that no other depends on."""

    readers: ClassVar[frozenset[str]] = frozenset({"django"})

    def step(self, missing: Missing, sources: Sources) -> Step | None:
        candidates = ((folder, paths) for folder in _folders(missing.table.path) if (paths := _migrations(folder, sources)))
        folder, paths = next(candidates, ("", []))
        if not paths or not (_is_own(folder, missing) or any(_names(sources.text(path), missing.title) for path in paths)):
            return None
        if sources.search(r"^\s*MIGRATION_MODULES\b") or re.search(r"^\s+app_label\s*=", missing.source.text, re.MULTILINE):
            raise CannotRepair("the folder of its migrations is set elsewhere: declare the constraint and run `makemigrations`")
        label = _label(folder, sources)
        steps = {path.rpartition("/")[2][:-3]: _read(sources.text(path), label) for path in paths}
        replaced = [name for _, names in steps.values() for name in names]
        above = head({name: after for name, (after, _) in steps.items()}, [name for name in replaced if name in steps])
        slug = missing.name[:40].rstrip("_")
        number = max([int(found[1]) for name in steps if (found := _NUMBER.match(name))], default=0) + 1
        path = f"{folder}/{number:04}_{slug}.py"
        alike = _alike(missing, sources)
        return Step(path, _text(missing, label, above, alike=alike), f"manage.py migrate {label}", alike)


def _folders(path: str) -> Iterator[str]:
    """Where the migrations of a model may be: of `shop/models/carts.py` in `shop/models`, `shop`, the root. An application has its models
    in any module below it."""
    parts = path.split("/")[:-1]
    for length in range(len(parts), -1, -1):
        yield "/".join((*parts[:length], "migrations"))


def _is_own(folder: str, missing: Missing) -> bool:
    """Whether it is beside the module or the package of the models."""
    parts = missing.table.path.split("/")[:-1]
    return "/".join(parts[: parts.index("models")] if "models" in parts else parts) == folder.rpartition("/")[0]


def _names(text: str, title: str) -> bool:
    """Whether a migration is about a model: one far above may be of another application."""
    return re.search(rf"[\"']{title}[\"']", text, re.IGNORECASE) is not None


def _migrations(folder: str, sources: Sources) -> list[str]:
    return [path for path in sources.files(re.escape(folder) + r"/(?!__)[^/]+\.py") if "migrations.Migration" in sources.text(path)]


def _label(folder: str, sources: Sources) -> str:
    """The name by which migrations know the application: that of its folder, unless its configuration says otherwise."""
    above = folder.rpartition("/")[0]
    for path in sources.files(re.escape(f"{above}/" if above else "") + r"(?:apps|__init__)\.py"):
        found = _LABEL.search(sources.text(path))
        if found is not None:
            return found[1]
    if not above:
        raise CannotRepair("the application is the root of the project: what its migrations are called cannot be told")
    return above.rpartition("/")[2]


def _read(text: str, label: str) -> tuple[list[str], list[str]]:
    """The migrations of the same application that one depends on, and those that it replaces.

    Raises CannotRepair for what is not written out.
    """
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError) as error:
        raise CannotRepair("one of its migrations does not parse") from error
    found: dict[str, list[str]] = {"dependencies": [], "replaces": []}
    for node in ast.walk(tree):
        names = [one.id for one in node.targets if isinstance(one, ast.Name)] if isinstance(node, ast.Assign) else []
        for name in names:
            if name in found and isinstance(node, ast.Assign):
                found[name] += _pairs(node.value, label)
    return found["dependencies"], found["replaces"]


def _pairs(value: ast.expr, label: str) -> list[str]:
    if not isinstance(value, (ast.List, ast.Tuple)):
        raise CannotRepair("what one of its migrations depends on is put together by code")
    pairs = [[part.value for part in one.elts if isinstance(part, ast.Constant)] for one in value.elts if isinstance(one, ast.Tuple)]
    return [str(pair[1]) for pair in pairs if len(pair) == 2 and pair[0] == label]


def _text(missing: Missing, label: str, above: str, *, alike: bool) -> str:
    condition = ", ".join(_q(name, value.value) for name, value in missing.wanted.when if isinstance(value, Const))
    empty = [f"{name}__isnull=False" for name in missing.wanted.columns if missing.table.kind(name).empty]
    filters = "".join(f"\n    rows = rows.filter({one})" for one in (condition, ", ".join(empty)) if one)
    given = {
        "title": missing.title,
        "label": label,
        "what": ", ".join(missing.wanted.columns),
        "fields": ", ".join(f'"{name}"' for name in missing.wanted.columns),
    }
    same = ", ".join(f'{name}=one["{name}"]' for name in missing.wanted.columns)
    return _TEXT.format(
        **given,
        first=f"First {'the copies of rows go' if alike else 'what becomes of the rows that are there twice'}, then the constraint.",
        function=(_REMOVES if alike else _STOPS).format(**given, filters=filters, same=same),
        called="remove_copies" if alike else "stop_at_duplicates",
        model=missing.title.lower(),
        above=above,
        condition=f"\n                condition=models.Q({condition})," if condition else "",
        name=missing.name,
    )


def _alike(missing: Missing, sources: Sources) -> bool:
    """Whether rows that are there twice are copies, of which all but one can go."""
    wanted = missing.wanted
    if wanted.partial or any(missing.table.kind(name).empty for name in wanted.columns):
        return False
    return links.only(missing.node, wanted.columns, sources)


def _q(name: str, value: object) -> str:
    return f"{name}__isnull=True" if value is None else f"{name}={value!r}"
