"""What keeps a finding's fingerprint, and what gives it another."""

from __future__ import annotations

from dataclasses import replace

from session_lint import api
from session_lint.facts.finding import Finding
from session_lint.identity import fingerprints, local_path

_GETTER = """
def get_or_create_session(db, user_id):
    row = db.table("sessions").select("*").eq("user_id", user_id).execute().data
    return row[0] if row else db.table("sessions").insert({"user_id": user_id}).execute().data[0]
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
