"""The passes: what is kept, what is refused and why, and that neither depends on anything but the files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from functional.project import GETTER
from session_lint import api
from session_lint.facts.finding import Applicability, Finding, Fix
from session_lint.facts.repair import Change, Repair
from session_lint.repair import codemods
from session_lint.repair.plan import FixOptions
from session_lint.settings.settings import Settings

HERE = Path(__file__).parent
ONLY = "aa-scripted"


@pytest.fixture(autouse=True)
def _scripted(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second folder of the room: its codemod is found like the others."""
    monkeypatch.setattr(codemods, "__path__", [*codemods.__path__, str(HERE / "scripted")])


def handler(*scripts: str, head: str = "") -> str:
    """A function for each script, in which a getter is called twice."""
    parts = [f"{head}from service import get_or_create_session\n"]
    for number, script in enumerate(scripts):
        parts.append(
            f"\n\ndef handle_{number}(user_id):\n    first = get_or_create_session(user_id)\n    print(first)\n"
            f"    again = get_or_create_session(user_id)  # script: {script}\n    return again\n"
        )
    return "".join(parts)


def fixed(text: str) -> str:
    return text.replace("again = get_or_create_session(user_id)", "again = first")


def run(files: dict[str, str], **options: object) -> Repair:
    return api.fix_source({"service.py": GETTER, **files}, fixing=FixOptions(only=ONLY, **options))  # type: ignore[arg-type]


def reasons(outcome: Repair) -> list[str]:
    assert all(f.fix is not None and f.fix.applicability is Applicability.DISPLAY and not f.fix.edits for f in outcome.left.findings)
    return [f.fix.message for f in outcome.left.findings if f.fix is not None]


def test_one_pass_makes_what_does_not_touch() -> None:
    text = handler("right", "right", "right")
    outcome = run({"a.py": text, "b.py": text})
    assert dict(outcome.texts) == {"a.py": fixed(text), "b.py": fixed(text)}
    assert (outcome.passes, len(outcome.repaired), outcome.left.findings) == (1, 6, ())
    assert outcome.left.repaired == outcome.repaired


def test_an_edit_that_several_want_is_made_once() -> None:
    text = handler("wide", "wide")
    assert dict(run({"a.py": text}).texts) == {"a.py": "import shared\n" + fixed(text)}


def test_what_touches_waits_for_the_next_pass() -> None:
    text = handler("other b.py", "right")
    outcome = run({"a.py": text, "b.py": handler("other a.py")})
    assert dict(outcome.texts) == {"a.py": "# edited\n" + fixed(text), "b.py": "# edited\n" + fixed(handler("other a.py"))}
    text = handler("other c.py", "nothing", "right")
    outcome = run({"a.py": text, "b.py": handler("wide"), "c.py": handler("wide")})
    assert outcome.passes == 2
    assert dict(outcome.texts)["c.py"] == "import shared\n# edited\n" + fixed(handler("wide"))


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("breaks", "the edit would break a.py: cannot be parsed"),
        ("nothing", "the edit would not remove the finding"),
        ("brings", "the edit would bring a new finding: ONE101 at a.py:"),
        ("outside", "the edit lies outside of a.py"),
        ("overlaps", "its edits would change the same text twice"),
        ("other nowhere.py", "nowhere.py is not a file of the project"),
        ("other made.py", "made.py is marked as generated"),
        ("unheard", "no such word: unheard"),
    ],
)
def test_the_bad_one_is_refused_and_the_good_ones_stay(script: str, reason: str) -> None:
    good = handler(*["right"] * 5)
    mixed = handler("right", "right", script, "right")
    outcome = run({"a.py": mixed, "b.py": good, "made.py": "# @generated\n"})
    (said,) = reasons(outcome)
    assert said.startswith(reason)
    assert len(outcome.repaired) == 8
    bad = f"again = get_or_create_session(user_id)  # script: {script}"
    assert dict(outcome.texts) == {"a.py": fixed(mixed).replace(f"again = first  # script: {script}", bad), "b.py": fixed(good)}


def test_several_bad_ones_are_each_found() -> None:
    scripts = ["right", "breaks", "nothing", "right", "brings", "right", "breaks", "right"]
    outcome = run({"a.py": handler(*scripts)})
    assert len(outcome.repaired) == 4
    assert sorted(reason.split(":")[0] for reason in reasons(outcome)) == [
        "the edit would break a.py",
        "the edit would break a.py",
        "the edit would bring a new finding",
        "the edit would not remove the finding",
    ]


def test_a_character_that_the_encoding_does_not_have() -> None:
    cookie = "# -*- coding: latin-1 -*-\n"
    outcome = run({"a.py": handler("foreign", "right", head=cookie)})
    assert reasons(outcome) == ["the encoding of a.py, iso-8859-1, does not have 'ł'"]
    assert len(outcome.repaired) == 1


def test_a_codemod_that_breaks_down_stops_no_other() -> None:
    outcome = run({"a.py": handler("right", "crashes", "right")})
    assert reasons(outcome) == ["the repair failed: RuntimeError: the script says so"]
    assert len(outcome.repaired) == 2
    (notice,) = outcome.left.notices
    assert (notice.path, notice.message) == ("a.py", "codemod aa-scripted failed: RuntimeError: the script says so")
    assert api.exit_code_of_fix(outcome).value == 2


def test_a_file_that_does_not_parse_stops_nothing() -> None:
    outcome = run({"a.py": handler("right"), "broken.py": "def f(:\n"})
    assert len(outcome.repaired) == 1
    assert [notice.path for notice in outcome.left.notices] == ["broken.py"]


def test_unsafe_repairs_wait_for_permission() -> None:
    files = {"a.py": handler("risky", "right")}
    outcome = run(files)
    (left,) = outcome.left.findings
    assert (len(outcome.repaired), left.fix and left.fix.applicability, bool(left.fix and left.fix.edits)) == (
        1,
        Applicability.UNSAFE,
        True,
    )
    assert len(run(files, unsafe=True).repaired) == 2


def test_new_findings_count_where_nobody_looks() -> None:
    """The brought finding is of a rule that is switched off for the file, or is suppressed: it is new all the same."""
    settings = Settings(root=Path(), per_file_ignores=(("a.py", ("ONE101",)),))
    text = handler("other a.py")
    files = {"service.py": GETTER, "a.py": handler("right"), "b.py": text}
    outcome = api.fix_source(files, settings=settings, fixing=FixOptions(only=ONLY))
    assert [finding.place.path for finding in outcome.repaired] == ["b.py"]
    assert dict(outcome.texts)["a.py"] == "# edited\n" + handler("right"), "other files may be edited for a reported finding"


def test_suppressed_findings_are_not_repaired() -> None:
    text = handler("right").replace("# script", "# noqa: ONE101 # script")
    outcome = run({"a.py": text})
    assert (outcome.changes, outcome.left.suppressed) == ((), 1)


def test_edits_may_be_kept_to_some_files() -> None:
    outcome = run({"a.py": handler("other b.py", "right"), "b.py": "x = 1\n"}, within=frozenset({"a.py"}))
    assert reasons(outcome) == ["it would have to edit b.py too"]
    assert len(outcome.repaired) == 1


def test_the_order_of_files_makes_no_difference() -> None:
    files = {f"{name}.py": handler("right", "breaks", "other service.py", "wide", "nothing") for name in "dacb"}
    outcome = run(files)
    assert outcome.changes == run(dict(sorted(files.items()))).changes
    assert len(outcome.repaired) == 12


def test_a_second_run_changes_nothing() -> None:
    files = {"a.py": handler("right", "breaks", "wide", "nothing"), "b.py": handler("other a.py")}
    first = run(files)
    again = run({**files, **dict(first.texts)})
    assert first.changes
    assert (again.changes, again.repaired, again.passes) == ((), (), 0)
    assert reasons(again) == reasons(first)


# choosing


def test_each_is_asked_about_once_with_its_own_changes() -> None:
    asked: list[tuple[Finding, Fix, tuple[Change, ...]]] = []

    def choose(finding: Finding, fix: Fix, changes: tuple[Change, ...]) -> bool:
        asked.append((finding, fix, changes))
        return "yes" in fix.message

    files = {"a.py": handler("right yes", "right no", "right yes yes"), "b.py": handler("breaks")}
    outcome = run(files, choose=choose)
    assert [(finding.place.path, finding.place.span.row) for finding, _, _ in asked] == [
        ("a.py", 7),
        ("a.py", 14),
        ("a.py", 21),
        ("b.py", 7),
    ]
    assert all(len(changes) == 1 and changes[0].before.decode() in files.values() for _, _, changes in asked[:3])
    assert asked[0][2][0].after.count(b"again = first") == 1
    assert len(outcome.repaired) == 2
    assert sorted(reasons(outcome)) == ["not wanted", "not wanted"]


def test_what_waits_comes_forward_when_the_first_is_not_wanted() -> None:
    files = {"a.py": handler("other c.py no"), "b.py": handler("right"), "c.py": "x = 1\n"}
    files["a.py"] = files["a.py"].replace(" no", "")
    seen: list[str] = []

    def choose(finding: Finding, fix: Fix, changes: tuple[Change, ...]) -> bool:
        seen.append(finding.place.path)
        return len(seen) > 1

    outcome = run({**files, "d.py": handler("other c.py")}, choose=choose)
    assert seen == ["a.py", "b.py", "d.py"]
    assert [finding.place.path for finding in outcome.repaired] == ["b.py", "d.py"]


# what check says of repairs


def test_check_plans_the_edits_of_each_finding_alone() -> None:
    files = {"service.py": GETTER, "a.py": handler("right", "unheard", "risky")}
    plain = api.check_source(files)
    planned = api.check_source(files, edits=True)
    assert [replace(finding, fix=None) for finding in planned.findings] == [replace(finding, fix=None) for finding in plain.findings]
    assert [[edit.content for edit in finding.fix.edits] for finding in planned.findings if finding.fix] == [["first"]] * 3
    assert planned.repaired is None


def test_check_keeps_the_advice_where_there_is_no_edit() -> None:
    files = {"service.py": GETTER, "a.py": "# @generated\n" + handler("right")}
    assert api.check_source(files, edits=True).findings == api.check_source(files).findings
