"""Django models: fields, `Meta`, abstract bases.

From Django's documentation: a model without a field that is its primary key has `id`; the `Meta` of an abstract base is that of a class
below it which has none of its own; a one-to-one field is unique; a `UniqueConstraint` with a condition is about the rows that meet it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

from session_lint.clients.field_kinds import kind
from session_lint.clients.schema_reader import Inner, ModelClass, SchemaReader, listed, table_name
from session_lint.clients.unique_conditions import columns_of, is_false, is_true, last, of_term, shown
from session_lint.facts.schema import Declared, Link, Table, UniqueSet
from session_lint.facts.terms import Attr, Const, Invoke, Ref, Sequence, Term, show, strip

_NO_FIELD = (
    *("Manager", "QuerySet", "as_manager", "from_queryset", "property", "partial", "FieldTracker", "HistoricalRecords"),
    "GenericRelation",
)
_FIELD = ("Field", "ForeignKey", "Key")
_OPTIONS = ("unique_together", "constraints")

_WHOLE = 1000  # what is cut is no code
_CONSTRAINTS = (2, 2)  # the release with `UniqueConstraint`
_EXPRESSIONS = (4, 0)  # the one in which it can be over expressions


class Django(SchemaReader):
    """Classes below `models.Model`."""

    roots: ClassVar[str] = (
        r"django(?:\.contrib\.gis)?\.db\.models(?:\.base)?\.Model|(?:model_utils|django_extensions)\.(?:\w+\.)*\w*(?:Model|Description)"
        r"|mptt\.models\.MPTTModel|polymorphic\.(?:\w+\.)*PolymorphicModel|soft_?delete\.models\.SoftDeleteObject|safedelete\.models\.SafeDeleteModel"
        r"|django_lifecycle\.(?:\w+\.)*LifecycleModel|ordered_model\.models\.OrderedModel(?:Base)?|modelcluster\.models\.ClusterableModel"
        r"|parler\.models\.TranslatableModel|treebeard\.\w+\.\w+Node|taggit\.models\.TagBase|solo\.models\.SingletonModel"
        r"|wagtail\.(?:\w+\.)*(?:Page|Orderable)|django\.contrib\.auth\.(?:models\.AbstractUser|(?:models|base_user)\.AbstractBaseUser)"
    )
    columns: ClassVar[str] = r"django\.(?:contrib\.\w+\.)?db\.models\.(?:\w+\.)*(?:\w+Field|ForeignKey)"
    package: ClassVar[str] = "django"
    same_null: ClassVar[str] = "`nulls_distinct=False` (Django 5.0, PostgreSQL 15)"
    plain: ClassVar[str] = (
        r"django_prometheus\..*|dirtyfields\..*|django_lifecycle\..*|django_fsm\..*|model_utils\..*|simple_history\..*|rules\.contrib\.models\..*"
        r"|.*\.\w*(?:Dirty|Prometheus|Metrics|Lifecycle|Permission|History|Audit)\w*Mixin(?:\(\))?|modelcluster\..*|wagtail\..*Mixin"
        r"|wagtail\.search\.index\.Indexed|guardian\.mixins\.GuardianUserMixin|django\.contrib\.auth\.models\.PermissionsMixin"
        r"|builtins\.object|abc\.ABC|typing\.Generic|django\.utils\.\w+\.\w+"
    )
    adds: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "django.contrib.auth.models.AbstractUser": ("username",),
        "taggit.models.TagBase": ("slug",),
        "treebeard.mp_tree.MP_Node": ("path",),
    }
    has: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "django.contrib.auth.models.AbstractUser": (
            *("password", "last_login", "is_superuser", "first_name", "last_name", "email", "is_staff", "is_active", "date_joined"),
        ),
        "taggit.models.TagBase": ("name",),
        "softdelete.models.SoftDeleteObject": ("deleted_at",),
        "soft_delete.models.SoftDeleteObject": ("deleted_at",),
        "safedelete.models.SafeDeleteModel": ("deleted", "deleted_by_cascade"),
    }

    tables: ClassVar[Mapping[str, tuple[tuple[str, ...], ...]]] = {  # as Django 5.2 and Django REST framework 3.16 declare them
        "django.contrib.auth.models.User": (("id",), ("username",)),
        "django.contrib.auth.models.Group": (("id",), ("name",)),
        "django.contrib.auth.models.Permission": (("id",), ("content_type", "codename")),
        "django.contrib.contenttypes.models.ContentType": (("id",), ("app_label", "model")),
        "django.contrib.redirects.models.Redirect": (("id",), ("site", "old_path")),
        "django.contrib.sessions.models.Session": (("session_key",),),
        "django.contrib.sites.models.Site": (("id",), ("domain",)),
        "rest_framework.authtoken.models.Token": (("key",), ("user",)),
    }

    def of_class(self, cls: ModelClass) -> Declared:
        """The fields that say that they are unique, and the options."""
        meta = cls.inner.get("Meta")
        fields = [(name, _field(value, cls)) for name, value in cls.values if _is_field(value, cls)]
        primary = tuple(name for name, field in fields if _flag(field, "primary_key"))
        table = _option(meta, "db_table")
        sets, gaps = _sets(meta, cls) if meta is not None else ((), ())
        return Declared(
            cls.path,
            cls.full,
            table=table_name(table, _default_table(cls.full)),
            columns=tuple(name for name, _ in fields),
            kinds=tuple(kind(name, field) for name, field in fields),
            primary=primary,
            unique=tuple(UniqueSet((name,), how, name) for name, field in fields if (how := _how(field, cls))),
            options=sets,
            own_options=meta is not None,
            extends=meta is not None and bool(meta.bases),
            carries=tuple(name for name, _ in meta.values if name != "abstract") if meta is not None else (),
            abstract=is_true(_option(meta, "abstract")),
            proxy=is_true(_option(meta, "proxy")),
            implicit="id",
            apart=True,
            links=tuple(link for name, field in fields if (link := _link(name, field)) is not None),
            gaps=(*gaps, *_foreign(meta)),
            unsure=tuple(name for name, field in fields if _unsure(field)),
        )

    def declaring(self, table: Table, wanted: UniqueSet) -> str:
        """A constraint: also for one field, for `unique=True` of a foreign key is warned of (fields.W342)."""
        where = f"in the `Meta` of `{table.title}`"
        if table.newest and table.newest < _CONSTRAINTS and not wanted.when and not wanted.folded:
            comma = "," if len(wanted.columns) == 1 else ""
            return f"`unique_together = (({listed(wanted.columns)}{comma}),)` {where}"
        if table.newest and table.newest < (_EXPRESSIONS if wanted.folded else _CONSTRAINTS):
            first = ".".join(map(str, _EXPRESSIONS if wanted.folded else _CONSTRAINTS))
            statement = super().declaring(replace(table, model="") if table.name else table, wanted)
            return f"{statement} (by `RunSQL` in a migration: `Meta` cannot say it before Django {first})"
        condition = _condition(table, wanted)
        over = ", ".join(f'Lower("{name}")' if name in wanted.folded else f'"{name}"' for name in wanted.columns)
        fields = over if wanted.folded else f"fields=[{over}]"
        return f"`UniqueConstraint({fields}{f', condition={condition}' if condition else ''}, name=...)` {where}"


def _condition(table: Table, wanted: UniqueSet) -> str:
    """The rows that are meant. Where the text that alone is the key is empty in rows without one, those are left out."""
    parts = [f"Q({', '.join(_q(name, value) for name, value in wanted.when)})"] if wanted.when else []
    parts += [f'~Q({name}="")' for name in wanted.columns if len(wanted.columns) == 1 and table.kind(name).blank]
    return " & ".join(parts)


def _q(name: str, value: Term) -> str:
    if isinstance(value, Sequence):
        return f"{name}__in={show(value, _WHOLE)}"
    return f"{name}__isnull=True" if value == Const(None) else f"{name}={show(value, _WHOLE)}"


def _link(name: str, field: Invoke) -> Link | None:
    """A relation of many to many for which no model is written."""
    if last(field.func) != "ManyToManyField" or field.kwarg("through") not in (None, Const(None)):
        return None
    target = _named(field.args[0] if field.args else field.kwarg("to"))
    return Link(name, target, table_name(field.kwarg("db_table"), "")) if target else None


def _named(model: Term | None) -> str:
    """The last name of a model that is given as itself or by a text; of the setting for users the one that Django has by default."""
    match strip(model) if model is not None else None:
        case Const(str(text)) | Ref(text) | Attr(_, text):
            return "user" if text.endswith("USER_MODEL") else text.rpartition(".")[2]
        case Invoke(func):
            return "user" if last(func) == "get_user_model" else ""
    return ""


def _foreign(meta: Inner | None) -> tuple[str, ...]:
    managed = _option(meta, "managed")
    return () if managed is None or is_true(managed) else ("what the table has, which Django does not manage",)


def _default_table(full: str) -> str:
    """`shop_order` of `shop.models.Order`; the label of an application is the package of its models."""
    package, _, name = full.rpartition(".")
    parts = package.split(".")
    parts = parts[: parts.index("models")] if "models" in parts else parts[:-1]
    return f"{parts[-1]}_{name}".lower() if parts else ""


def _field(value: Term, cls: ModelClass) -> Invoke:
    found = strip(cls.settled(value))
    assert isinstance(found, Invoke)
    return found


def _is_field(value: Term, cls: ModelClass) -> bool:
    """Whether an attribute is made by a call of what may be a field."""
    call = strip(cls.settled(value))
    if not isinstance(call, Invoke):
        return False
    name = last(call.func)
    if name.endswith(_FIELD) or any(key in ("unique", "primary_key", "null", "verbose_name", "on_delete") for key, _ in call.kwargs):
        return True
    return name[:1].isupper() and not name.endswith(_NO_FIELD)


def _flag(field: Invoke, name: str) -> bool:
    return is_true(field.kwarg(name))


def _unsure(field: Invoke) -> bool:
    given = field.kwarg("unique")
    return given is not None and not isinstance(given, Const)


def _how(field: Invoke, cls: ModelClass) -> str:
    if _flag(field, "unique"):
        return "unique=True"
    name = last(field.func)
    return "a one-to-one field" if "OneToOne" in name or "OneToOne" in cls.origin(field.func).rpartition(".")[2] else ""


def _option(meta: Inner | None, name: str) -> Term | None:
    found = next((value for key, value in reversed(meta.values) if key == name), None) if meta is not None else None
    return strip(found) if found is not None else None


def _sets(meta: Inner, cls: ModelClass) -> tuple[tuple[UniqueSet, ...], tuple[str, ...]]:
    found: list[UniqueSet] = []
    gaps: list[str] = []
    for option in _OPTIONS:
        value = _option(meta, option)
        for one in cls.parts(cls.settled(value), _is_one) if value is not None else ():
            made = _together(one) if option == "unique_together" else _constraint(one)
            if made is None:
                gaps.append(f"`{option}` of `{cls.full.rpartition('.')[2]}`")
            elif made.columns:
                found.append(made)
    return tuple(found), tuple(dict.fromkeys(gaps))


def _is_one(display: Sequence) -> bool:
    """`unique_together = ("a", "b")` is one set."""
    return bool(display.items) and all(isinstance(strip(item), Const) for item in display.items)


def _together(value: Term) -> UniqueSet | None:
    columns = columns_of((value,)) if isinstance(value, Sequence) else None
    return UniqueSet(columns, "unique_together", "Meta") if columns is not None else None


def _constraint(value: Term) -> UniqueSet | None:
    """A constraint; one without columns for what makes nothing unique, None for what is not understood."""
    if not isinstance(value, Invoke):
        return None
    name = last(value.func)
    if name != "UniqueConstraint":
        return UniqueSet((), name) if name in ("CheckConstraint", "ExclusionConstraint") else None
    fields = value.kwarg("fields")
    columns = columns_of((fields,)) if fields is not None else columns_of(value.args)
    if not columns:
        return None
    condition, same = value.kwarg("condition"), is_false(value.kwarg("nulls_distinct"))
    if condition is None or condition == Const(None):
        return UniqueSet(columns, "UniqueConstraint", "Meta", expression=fields is None, null_too=same)
    return UniqueSet(columns, "UniqueConstraint", "Meta", shown(condition), of_term(condition), fields is None, same)
