"""`session-lint server` as an editor meets it: a real process, spoken to over its standard input and output."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from language_client import CAPABILITIES, LanguageClient, ServerError, applied
from random_edits import RandomEdits

from editor.fresh import checked, said
from functional.project import GETTER, ONCE, TWICE, lint, write

HELPER = """\
from service import get_or_create_session


def show(user_id):
    session = get_or_create_session(user_id)
    return session["id"]
"""
CALLER = """\
from helper import show
from service import get_or_create_session


def handle(user_id):
    session = get_or_create_session(user_id)
    print(session["id"])
    return show(user_id)
"""
STEPS = 12  # `benchmarks/server.py` makes a thousand


@pytest.fixture(scope="module")
def editor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LanguageClient]:
    """One server for all tests of this file, which leave the project as it was."""
    project = write(tmp_path_factory.mktemp("project"), handler=ONCE, helper=ONCE, caller=ONCE)
    client = LanguageClient(project)
    client.settled()
    yield client
    client.kill()


@pytest.fixture
def project(editor: LanguageClient) -> Iterator[Path]:
    """The folder; afterwards its files are as they were, and no text is open."""
    before = {path: path.read_bytes() for path in editor.folder.iterdir() if path.is_file()}
    yield editor.folder
    for path in [one for one in editor.folder.iterdir() if one.is_file() and one not in before]:
        path.unlink()
    for path, data in before.items():
        path.write_bytes(data)
    editor.close_all()
    editor.changed_on_disk(*before)
    assert editor.settled() == {}


def test_a_finding_with_its_chain_and_its_page(editor: LanguageClient, project: Path) -> None:
    for name, text in (("helper", HELPER), ("caller", CALLER)):
        editor.open(project / f"{name}.py", text)
    found = editor.settled()
    ((path, ones),) = found.items()
    (one,) = ones
    places = [(Path(at["location"]["uri"]).name, at["location"]["range"]["start"]["line"]) for at in one["relatedInformation"]]

    assert (path, one["code"], one["severity"], one["source"]) == ("helper.py", "ONE103", 1, "session-lint")
    assert one["range"]["start"] == {"line": 4, "character": 14}
    assert places == [("caller.py", 5), ("caller.py", 7), ("helper.py", 4)]  # the first call, then the chain
    assert one["relatedInformation"][0]["message"] == "the record for user_id is obtained here first"
    page = Path(one["codeDescription"]["href"].removeprefix("file://"))
    assert page.read_text(encoding="utf-8").startswith("# ONE103 unthreaded-session\n")


def test_what_is_typed_counts_before_it_is_saved(editor: LanguageClient, project: Path) -> None:
    handler = project / "handler.py"
    editor.open(handler)
    assert editor.settled() == {}
    line = {"line": 5, "character": 0}
    editor.type(handler, {"range": {"start": line, "end": line}, "text": "    get_or_create_session(user_id)\n"})
    (one,) = editor.settled()["handler.py"]
    assert (one["code"], one["range"]["start"]["line"]) == ("ONE101", 5)
    editor.type(handler, {"text": ONCE})
    assert editor.settled() == {}


def test_the_other_end_of_a_chain_is_typed(editor: LanguageClient, project: Path) -> None:
    (project / "caller.py").write_text(CALLER, encoding="utf-8")
    editor.changed_on_disk(project / "caller.py")
    editor.open(project / "helper.py", HELPER)
    assert list(editor.settled()) == ["helper.py"]
    editor.close(project / "helper.py")
    assert editor.settled() == {}


def test_a_syntax_error_between(editor: LanguageClient, project: Path) -> None:
    handler = project / "handler.py"
    editor.open(handler, TWICE)
    assert [one["code"] for one in editor.settled()["handler.py"]] == ["ONE101"]
    editor.type(handler, {"text": TWICE + "def f(:\n"})
    (broken,) = editor.settled()["handler.py"]
    assert broken["range"]["start"]["line"] == 8
    assert "cannot be parsed" in broken["message"]
    editor.type(handler, {"text": TWICE})
    assert [one["code"] for one in editor.settled()["handler.py"]] == ["ONE101"]


def test_columns_are_counted_as_the_editor_counts(editor: LanguageClient, project: Path) -> None:
    text = TWICE.replace("    again = ", "    text = '🎈🎈'; again = ")
    editor.open(project / "handler.py", text.replace("\n", "\r\n"))
    (one,) = editor.settled()["handler.py"]
    line = text.split("\n")[6]
    assert one["range"]["start"] == {"line": 6, "character": line.index("get_or_create") + 2}


def test_a_repair_over_several_files(editor: LanguageClient, project: Path) -> None:
    texts = {"helper.py": HELPER, "caller.py": CALLER}
    for name, text in texts.items():
        editor.open(project / name, text)
    editor.settled()
    repair = next(one for one in editor.actions(project / "helper.py", 5) if one["title"].startswith("Repair ONE103 in 2 files"))
    assert "edit" not in repair  # worked out when it is chosen
    changes = editor.request("codeAction/resolve", repair)["edit"]["documentChanges"]
    for change in changes:
        path = project / Path(change["textDocument"]["uri"]).name
        assert change["textDocument"]["version"] == 1
        editor.type(path, {"text": applied(texts[path.name], change["edits"])})
    assert len(changes) == 2
    assert editor.settled() == {}


def test_an_editor_that_asks_once_gets_the_edits_at_once(tmp_path: Path) -> None:
    client = LanguageClient(write(tmp_path, handler=TWICE), "--no-cache", capabilities={})
    try:
        (found,) = client.settled()["handler.py"]
        (repair, *_) = client.actions(tmp_path / "handler.py", 7)
        (edits,) = repair["edit"]["changes"].values()
        assert "again = session" in applied(TWICE, edits)
        assert "codeDescription" not in found  # no cache, so nowhere to put the page
        assert client.end() == 0
        assert not (tmp_path / ".session_lint_cache").exists()
    finally:
        client.kill()


def test_every_safe_repair_at_once(editor: LanguageClient, project: Path) -> None:
    for name in ("handler", "helper"):
        editor.open(project / f"{name}.py", TWICE)
    (action,) = editor.actions(project / "handler.py", 1, ["source.fixAll"])
    changes = editor.request("codeAction/resolve", action)["edit"]["documentChanges"]
    assert sorted(Path(one["textDocument"]["uri"]).name for one in changes) == ["handler.py", "helper.py"]


def test_a_finding_is_suppressed(editor: LanguageClient, project: Path) -> None:
    handler = project / "handler.py"
    editor.open(handler, TWICE)
    action = next(one for one in editor.actions(handler, 7) if one["title"] == "Suppress ONE101 on this line")
    text = applied(TWICE, action["edit"]["documentChanges"][0]["edits"])
    assert "get_or_create_session(user_id)  # noqa: ONE101\n" in text
    editor.type(handler, {"text": text})
    assert editor.settled() == {}
    assert editor.actions(handler, 7) == []


def test_a_finding_goes_into_the_baseline(editor: LanguageClient, project: Path) -> None:
    handler, table = project / "handler.py", project / "pyproject.toml"
    editor.open(handler, TWICE)
    assert not any("baseline" in one["title"] for one in editor.actions(handler, 7))  # there is none
    editor.save(table, '[tool.session-lint]\nbaseline = "known.json"\n')
    (trouble,) = editor.settled()["pyproject.toml"]
    assert "there is no such baseline" in trouble["message"]
    (project / "known.json").write_text('{"version": 1, "findings": []}', encoding="utf-8")
    editor.changed_on_disk(project / "known.json")
    assert list(editor.settled()) == ["handler.py"]
    action = next(one for one in editor.actions(handler, 7) if "baseline" in one["title"])
    editor.request("workspace/executeCommand", action["command"])
    editor.changed_on_disk(project / "known.json")
    assert editor.settled() == {}
    (entry,) = json.loads((project / "known.json").read_text(encoding="utf-8"))["findings"]
    assert (entry["code"], entry["chain"]) == ("ONE101", ["handler:handle"])


def test_settings_are_read_again(editor: LanguageClient, project: Path) -> None:
    table = project / "pyproject.toml"
    editor.open(project / "handler.py", TWICE)
    editor.save(table, '[tool.session-lint]\nignore = ["ONE101"]\n')
    assert editor.settled() == {}
    editor.save(table, "[tool.session-lint]\nselekt = []\n")
    (trouble,) = editor.settled()["pyproject.toml"]
    assert 'unknown key "selekt"' in trouble["message"]
    editor.save(table, "[tool.session-lint]\n")
    assert list(editor.settled()) == ["handler.py"]


def test_a_renamed_file(editor: LanguageClient, project: Path) -> None:
    editor.save(project / "helper.py", HELPER)
    editor.save(project / "caller.py", CALLER)
    assert list(editor.settled()) == ["helper.py"]
    (project / "helper.py").rename(project / "shown.py")
    files = [{"oldUri": (project / "helper.py").as_uri(), "newUri": (project / "shown.py").as_uri()}]
    editor.notify("workspace/didRenameFiles", {"files": files})
    assert editor.settled() == {}  # nobody imports it
    editor.save(project / "caller.py", CALLER.replace("from helper", "from shown"))
    assert list(editor.settled()) == ["shown.py"]


def test_a_file_that_is_not_there_yet(editor: LanguageClient, project: Path) -> None:
    editor.open(project / "fresh.py", TWICE)
    assert list(editor.settled()) == ["fresh.py"]
    editor.close(project / "fresh.py")
    (project / "venv").mkdir(exist_ok=True)
    editor.open(project / "venv" / "fresh.py", TWICE)  # excluded: no part of the project
    assert editor.settled() == {}


def test_only_the_last_of_many_keystrokes_is_looked_at(editor: LanguageClient, project: Path) -> None:
    handler = project / "handler.py"
    editor.open(handler, ONCE)
    editor.settled()
    before = len(editor.said)
    for at in range(30):
        editor.type(handler, {"text": TWICE[: len(TWICE) - 30 + at]})
    editor.type(handler, {"text": TWICE})
    assert [one["code"] for one in editor.settled()["handler.py"]] == ["ONE101"]
    runs = [one for one in editor.said[before:] if one.get("method") == "$/sessionLint/analysed"]
    assert len(runs) < 31


def test_a_request_that_is_cancelled_and_one_that_makes_no_sense(editor: LanguageClient, project: Path) -> None:
    place = {"textDocument": {"uri": (project / "handler.py").as_uri()}, "position": {"line": 0, "character": 0}}
    number = editor.ask("textDocument/hover", place)
    with pytest.raises(ServerError, match="Method Not Found"):
        editor.answer(number)
    editor.open(project / "handler.py", TWICE)
    action = next(one for one in editor.actions(project / "handler.py", 7) if one["title"].startswith("Repair"))
    editor.type(project / "handler.py", {"text": ONCE})
    with pytest.raises(ServerError, match="no longer there"):
        editor.request("codeAction/resolve", action)
    number = editor.ask("codeAction/resolve", action)
    editor.notify("$/cancelRequest", {"id": number})
    with pytest.raises(ServerError):  # cancelled, or answered before that came
        editor.answer(number)


def test_random_edits_give_what_a_fresh_check_gives(editor: LanguageClient, project: Path, tmp_path: Path) -> None:
    texts = {"handler.py": TWICE, "helper.py": HELPER, "caller.py": CALLER, "service.py": GETTER}
    for name, text in texts.items():
        editor.save(project / name, text)
    edits = RandomEdits(editor, Random(15), {project / name: text for name, text in texts.items()})
    done = []
    for _ in range(STEPS):
        done += [edits.one() for _ in range(3)]
        assert said(editor.settled()) == checked(project, edits.texts, tmp_path / "copy"), done


def test_a_long_run_shows_progress_and_can_be_stopped(tmp_path: Path) -> None:
    """With rules that take their time, put in its way: the bar comes up, its button stops the run, and the next keystroke begins anew."""
    write(tmp_path, handler=TWICE)
    slow = tmp_path / "slow"
    slow.mkdir()
    (slow / "sitecustomize.py").write_text(SLOW, encoding="utf-8")
    client = LanguageClient(tmp_path, "--no-cache", environment={"PYTHONPATH": _path(slow)})
    try:
        client.wait(lambda: any(_kind(one) == "begin" for one in client.said), "progress")
        token = next(one["params"]["token"] for one in client.said if _kind(one) == "begin")
        client.notify("window/workDoneProgress/cancel", {"token": token})
        client.wait(lambda: any(_kind(one) == "end" for one in client.said), "an end of the progress")
        assert not client.diagnostics
        (slow / "fast").touch()
        client.open(tmp_path / "handler.py")
        assert list(client.settled()) == ["handler.py"]
    finally:
        client.kill()


SLOW = """
import pathlib, time
from session_lint import api
every = api.rules
def rules():
    for rule in every():
        for _ in range(25):
            if (pathlib.Path(__file__).parent / "fast").exists():
                break
            time.sleep(0.03)
        yield rule
api.rules = rules
"""


def _path(folder: Path) -> str:
    return os.pathsep.join([str(folder), *filter(None, [os.environ.get("PYTHONPATH")])])


def _kind(message: dict[str, Any]) -> str:
    value = message.get("params", {}).get("value") if message.get("method") == "$/progress" else None
    return value["kind"] if value else ""


def test_what_it_needs(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.modules['pygls'] = None\n", encoding="utf-8")
    done = lint(tmp_path, "server", "--no-cache", PYTHONPATH=_path(tmp_path))
    assert (done.returncode, done.stdout) == (2, "")
    assert "session-lint[server]" in done.stderr
    assert CAPABILITIES["window"] == {"workDoneProgress": True}
