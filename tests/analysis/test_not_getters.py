"""The setting `not-getters`: what it names obtains nothing, for nobody, and nothing else is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from session_lint import api
from session_lint.settings.settings import GetterSetting, Settings

STORE = """\
from app.models import Config, Plan
from vendor_sdk import get_or_create_ticket


def load_config(name):
    config, _ = Config.objects.get_or_create(name=name)
    return config


def current_config(request):
    return load_config(request.site)


class Plans:
    def of(self, user):
        plan = Plan.objects.filter(user=user).first()
        if plan is None:
            plan = Plan.objects.update_or_create(user=user)[0]
        return plan


plans = Plans()
"""
USES = {
    "a function": "from app.store import load_config\n\n\ndef f(k):\n    a = load_config(k)\n    return a, load_config(k)\n",
    "a wrapper": "from app.store import current_config\n\n\ndef f(r):\n    a = current_config(r)\n    return a, current_config(r)\n",
    "a method": "from app.store import plans\n\n\ndef f(u):\n    a = plans.of(u)\n    return a, plans.of(u)\n",
    "a library": ("from vendor_sdk import get_or_create_ticket as get\n\n\ndef f(u):\n    a = get(u)\n    return a, get(u)\n"),
}


def codes(use: str, *denied: str, **settings: tuple[GetterSetting, ...]) -> list[str]:
    files = {"app/__init__.py": "", "app/models.py": MODELS, "app/store.py": STORE, "app/use.py": USES[use]}
    found = api.check_source(files, settings=Settings(root=Path(), not_getters=denied, **settings))
    return [finding.code for finding in found.findings]


MODELS = """\
from django.db import models


class Config(models.Model):
    name = models.CharField(max_length=20, unique=True)


class Plan(models.Model):
    user = models.ForeignKey("auth.User", on_delete=models.CASCADE, unique=True)
"""


@pytest.mark.parametrize(
    ("use", "denied"),
    [
        ("a function", "load_config"),
        ("a function", "app.store.load_*"),
        ("a function", "app.store.*"),
        ("a wrapper", "load_config"),
        ("a wrapper", "current_*"),
        ("a method", "app.store.Plans.of"),
        ("a method", "of"),
    ],
)
def test_what_is_denied_obtains_nothing(use: str, denied: str) -> None:
    assert codes(use) == ["ONE101"]
    assert codes(use, denied) == []


def test_a_getter_of_a_library_that_the_settings_name_by_a_pattern() -> None:
    named = (GetterSetting("get_or_create_*"),)
    assert codes("a library", getters=named) == ["ONE101"]
    assert codes("a library", "get_or_create_ticket", getters=named) == []


@pytest.mark.parametrize("denied", ["load", "config", "store.load_config", "app.models.*", "LOAD_CONFIG"])
def test_another_name_denies_nothing(denied: str) -> None:
    assert codes("a function", denied) == ["ONE101"]


def test_what_a_denied_function_calls_is_still_a_getter() -> None:
    files = {"app/__init__.py": "", "app/models.py": MODELS, "app/store.py": STORE, "app/use.py": USES["a function"]}
    found = api.check_source(files, settings=Settings(root=Path(), not_getters=("current_config",)))
    assert [finding.code for finding in found.findings] == ["ONE101"]


def test_discover_does_not_list_it() -> None:
    files = {"app/__init__.py": "", "app/models.py": MODELS, "app/store.py": STORE}
    listed = api.discover_source(files, settings=Settings(root=Path(), not_getters=("load_config",)))
    assert [getter.function for getter in listed.getters] == ["app.store.Plans.of"]
