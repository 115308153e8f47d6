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

_NUMBER = re.compile(r"(\d+)_")
_LABEL = re.compile(r"^\s+label\s*=\s*[\"'](\w+)[\"']", re.MULTILINE)

_TEXT = '''"""One {title} for each {what}.

First what becomes of the rows that are there twice, then the constraint.
"""

from django.db import migrations, models


def stop_at_duplicates(apps, schema_editor):
    """FIRST DECIDE which of several rows stays, and what becomes of the data that
    points to the others.

    While there are such rows this migration stops before it has changed anything.
    To merge them here instead, do so for each of `twice`: keep one row (the latest,
    the one that others point to), move the references of the others to it, delete
    the others.
    """
    model = apps.get_model("{label}", "{title}")
    rows = model._base_manager.using(schema_editor.connection.alias){filters}
    grouped = rows.order_by().values({fields}).annotate(number_of_rows=models.Count("pk"))
    twice = list(grouped.filter(number_of_rows__gt=1)[:10])
    if twice:
        raise RuntimeError(
            "{title}: there are several rows with the same {what}; "
            f"decide which of them stays: {{twice}}"
        )


class Migration(migrations.Migration):
    dependencies = [("{label}", "{above}")]

    operations = [
        migrations.RunPython(stop_at_duplicates, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="{model}",
            constraint=models.UniqueConstraint(
                fields=[{fields}],{condition}
                name="{name}",
            ),
        ),
    ]
'''


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
        return Step(path, _text(missing, label, above), f"manage.py migrate {label}")


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


def _text(missing: Missing, label: str, above: str) -> str:
    condition = ", ".join(_q(name, value.value) for name, value in missing.wanted.when if isinstance(value, Const))
    filters = f".filter({condition})" if condition else ""
    empty = [name for name in missing.wanted.columns if missing.table.kind(name).empty]
    filters += f".filter({', '.join(f'{name}__isnull=False' for name in empty)})" if empty else ""
    return _TEXT.format(
        title=missing.title,
        model=missing.title.lower(),
        what=", ".join(missing.wanted.columns),
        label=label,
        above=above,
        filters=filters,
        fields=", ".join(f'"{name}"' for name in missing.wanted.columns),
        condition=f"\n                condition=models.Q({condition})," if condition else "",
        name=missing.name,
    )


def _q(name: str, value: object) -> str:
    return f"{name}__isnull=True" if value is None else f"{name}={value!r}"
