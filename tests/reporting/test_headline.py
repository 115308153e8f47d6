"""The advice is said once: at the end of the message, or on a line of its own."""

from __future__ import annotations

from session_lint import api
from session_lint.reporting.reporter import Style, headline
from session_lint.reporting.reporters.concise import Concise
from session_lint.reporting.reporters.full import Full

CLEARED = """\
from supabase import create_client

db = create_client("url", "key")


def refill(cart_id):
    db.table("lines").delete().eq("cart_id", cart_id).execute()
    db.table("lines").insert({"cart_id": cart_id}).execute()
"""
TWICE = """\
from django.contrib.auth.models import Group


def f(name):
    one, _ = Group.objects.get_or_create(name=name)
    two, _ = Group.objects.get_or_create(name=name)
    return one, two
"""


def test_the_full_format_has_a_line_for_it() -> None:
    for text, advice in ((TWICE, "reuse `one`"), (CLEARED, "upsert(")):
        report = api.check_source({"a.py": text})
        shown = Full().render(report, Style())
        assert shown.lower().count(advice) == 1
        assert "\nhelp: " in shown
        assert Concise().render(report, Style()).count(advice) == 1


def test_the_headline_is_the_message_without_it() -> None:
    (finding,) = api.check_source({"a.py": TWICE}).findings
    assert finding.message == f"{headline(finding)}; reuse `one`"
    assert headline(finding).endswith("it was obtained at a.py:5")
