"""What keeps a finding's fingerprint, and what gives it another."""

from __future__ import annotations

from dataclasses import replace

import pytest

from session_lint import api
from session_lint.facts.finding import Finding
from session_lint.known.identity import fingerprints, local_path, subject

_GETTER = """
def get_or_create_session(db, user_id):
    row = db.table("sessions").select("*").eq("user_id", user_id).execute().data
    return row[0] if row else db.table("sessions").upsert({"user_id": user_id}, on_conflict="user_id").execute().data[0]
"""
_TWICE = """
def handle(db, user_id):
    first = get_or_create_session(db, user_id)
    second = get_or_create_session(db, user_id)
    return first, second
"""
_HEAD = "from supabase import create_client\n"


def _findings(files: dict[str, str]) -> tuple[Finding, ...]:
    return api.check_source(files).findings


def test_moved_lines_and_a_renamed_file_keep_the_fingerprint() -> None:
    before = _findings({"app/one.py": _HEAD + _GETTER + _TWICE})
    after = _findings({"app/sub/two.py": _HEAD + "\n\nX = 1\n" + _GETTER + "\n\n# said\n" + _TWICE})
    assert len(before) == len(after) == 1
    assert list(fingerprints(before).values()) == list(fingerprints(after).values())
    assert local_path(before[0]) == local_path(after[0])


def test_another_function_or_another_rule_is_another_finding() -> None:
    first = _findings({"app/one.py": _HEAD + _GETTER + _TWICE})
    second = _findings({"app/one.py": _HEAD + _GETTER + _TWICE.replace("handle", "answer")})
    assert set(fingerprints(first).values()).isdisjoint(fingerprints(second).values())
    assert set(fingerprints(first).values()).isdisjoint(fingerprints([replace(first[0], code="ONE199")]).values())


def test_two_of_a_kind_have_two_fingerprints() -> None:
    thrice = _TWICE.replace("    return", "    third = get_or_create_session(db, user_id)\n    return")
    found = _findings({"app/one.py": _HEAD + _GETTER + thrice})
    assert len(found) == 2
    assert len(set(fingerprints(found).values())) == 2


_MODELS = """
from django.db import models


class Basket(models.Model):
    owner = models.TextField(unique=True)


class Theme(models.Model):
    owner = models.TextField(unique=True)


def handle(owner):
    one, _ = Basket.objects.get_or_create(owner=owner)
    two, _ = Basket.objects.get_or_create(owner=owner)
    return one, two
"""
_CLEARED = """
def save(db, user_id):
    db.table("progress").delete().eq("user_id", user_id).execute()
    db.table("progress").insert({"user_id": user_id}).execute()
"""


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (_MODELS, _MODELS.replace("Basket.objects", "Theme.objects")),
        (_HEAD + _GETTER + _TWICE, _HEAD + (_GETTER + _TWICE).replace("get_or_create_session", "get_or_create_talk")),
        (_HEAD + _CLEARED, _HEAD + _CLEARED.replace("progress", "answers")),
    ],
)
def test_in_one_function_another_getter_or_table_is_another_finding(before: str, after: str) -> None:
    first, second = _findings({"app/one.py": before}), _findings({"app/one.py": after})
    assert [one.code for one in first] == [one.code for one in second]
    assert local_path(first[0]) == local_path(second[0])
    assert set(fingerprints(first).values()).isdisjoint(fingerprints(second).values())


def test_another_name_for_a_variable_is_no_other_finding() -> None:
    first = _findings({"app/one.py": _MODELS})
    second = _findings({"app/one.py": _MODELS.replace("=owner)", "=whom)").replace("(owner)", "(whom)")})
    assert [one.message for one in first] != [one.message for one in second]
    assert [subject(one) for one in first] == [subject(one) for one in second] == ["Basket.get_or_create()"]
    assert list(fingerprints(first).values()) == list(fingerprints(second).values())
