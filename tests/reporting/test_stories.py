"""The race story of a finding, told from what the program found."""

from __future__ import annotations

from dataclasses import replace

from reporting.reporters.fixed_report import UNTHREADED
from reporting.reporters.html_reports import finding, incident, repeat, step
from session_lint import api
from session_lint.facts.finding import Finding
from session_lint.facts.intent import Intent
from session_lint.reporting.stories import Story, story

FIRST = (step("app.views.handle", "app/views.py", 3, "get(user_id)"),)
AGAIN = (step("app.views.handle", "app/views.py", 5, "load(user_id)"), step("app.data.load", "app/data.py", 9, "get(user_id)"))


def told(one: Finding) -> list[str]:
    """The moments as "actor function:row text", with a "!" where harm is done."""
    found = story(one)
    assert found is not None
    return [
        f"{found.actors[m.actor]}: {m.function}{f':{m.place.span.row}' if m.place else ''} {m.text}{' !' if m.harm else ''}"
        for m in found.moments
    ]


def of(code: str) -> Finding:
    return next(one for one in incident().findings if one.code == code)


def checked(source: str) -> Finding:
    (one,) = api.check_source(source).findings
    return one


def test_a_repeated_getter_splits_what_belongs_together() -> None:
    assert told(finding(FIRST, AGAIN)) == [
        "Request A: handle:3 looks for the record for user_id: there is none",
        "Request B: handle:3 looks for the record for user_id: there is none yet",
        "Request A: handle:3 inserts record 1, and works with it",
        "Request B: handle:3 inserts record 2 !",
        "Request A: load:9 obtains the record again: gets record 2 !",
    ]


def test_without_a_key_none_is_named() -> None:
    one = replace(finding(FIRST, AGAIN), intent=Intent(replace(repeat(FIRST, AGAIN), key="")))
    assert told(one)[0] == "Request A: handle:3 looks for the record: there is none"


def test_the_loop_asks_again_in_its_next_turn() -> None:
    one = replace(finding(FIRST, FIRST), intent=Intent(repeat(FIRST, FIRST, "loop")))
    assert told(one)[-1] == "Request A: handle:3 in the next turn of the loop, obtains the record again: gets record 2 !"


def test_an_omitted_argument_is_where_the_way_parts() -> None:
    assert told(of("ONE102"))[2:] == [
        "Request A: MessagePipeline._press:74 calls `handle_direct_action()` without `session_id`",
        "Request A: handle_direct_action:22 obtains the record again: gets record 2 !",
    ]


def test_parallel_calls_race_within_one_request() -> None:
    found = story(of("ONE104"))
    assert found is not None
    assert [moment.actor for moment in found.moments] == [0, 1, 0, 1]
    assert found.actors == ("Call 1", "Call 2, at the same time")
    assert "One request has made two records" in found.outcome
    assert "a unique constraint refuses record 2" in found.outcome  # which the story cannot see


def test_clear_then_insert_shows_a_reader_the_gap() -> None:
    assert told(of("ONE201")) == [
        "Request A: SupabaseClient.delete_progress:44 clears the row for subcontractor_id in `progress_update_sessions`",
        "A reader:  finds no row for subcontractor_id !",
        "Request B: SupabaseClient.delete_progress:44 clears the row for subcontractor_id: "
        "nothing is left, and what A will insert is not there yet",
        "Request A: ProgressUpdateState.create_session:24 inserts row A",
        "Request B: ProgressUpdateState.create_session:24 inserts row B !",
    ]
    found = story(of("ONE201"))
    assert found is not None
    assert found.protection == "The two statements are not in one transaction."


def test_in_a_transaction_no_reader_sees_the_gap_but_the_race_stays() -> None:
    one = checked(
        "from django.db import transaction\nfrom app.models import State\n\n\n"
        "def save(user):\n    with transaction.atomic():\n"
        "        State.objects.filter(user=user).delete()\n        State.objects.create(user=user, step=1)\n"
    )
    assert one.code == "ONE201"
    found = story(one)
    assert found is not None
    assert found.actors == ("Request A", "Request B")
    assert found.protection.startswith("Both statements are in one transaction")
    assert any(moment.text.endswith("and commits") for moment in found.moments)


def test_a_set_is_mixed_or_lost() -> None:
    one = checked(
        "from app.models import Label\n\n\ndef set_labels(page, labels):\n    Label.objects.filter(page=page).delete()\n"
        "    Label.objects.bulk_create([Label(page=page, name=name) for name in labels])\n"
    )
    assert one.code == "ONE202"
    found = story(one)
    assert isinstance(found, Story)
    assert found.outcome == "The rows of both requests for page stand side by side. Had the insert of A failed, the old rows would be gone."


def test_nothing_is_told_of_a_finding_without_material() -> None:
    assert story(UNTHREADED) is None


def test_every_rule_has_a_story() -> None:
    """A rule needs no line elsewhere for it: its material is enough."""
    codes = {one.code for one in incident().findings if story(one) is not None}
    assert codes == {one.code for one in incident().findings}
