"""The command as a user meets it: a real process in a temporary directory."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote

import pytest

from functional.project import ONCE, TWICE, clean_environment, lint, write
from session_lint.cli.hyperlinks import followed

HEAVY = ("libcst", "sqlglot", "asyncio", "multiprocessing", "concurrent.futures")


@pytest.fixture
def dirty(tmp_path: Path) -> Path:
    return write(tmp_path, handler=TWICE)


@pytest.fixture
def clean(tmp_path: Path) -> Path:
    return write(tmp_path, handler=ONCE)


# exit codes


def test_findings_exit_1_and_show_both_places(dirty: Path) -> None:
    done = lint(dirty, "check")
    assert done.returncode == 1, done.stderr
    assert "ONE101 repeated-getter" in done.stdout
    assert "--> handler.py:7:13" in done.stdout
    assert "handler.py:5" in done.stdout
    assert "Found 1 finding." in done.stdout


def test_clean_exits_0(clean: Path) -> None:
    done = lint(clean, "check")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("All checks passed!\n")


def test_exit_zero_forgives_findings(dirty: Path) -> None:
    done = lint(dirty, "check", "--exit-zero")
    assert done.returncode == 0
    assert "ONE101" in done.stdout


@pytest.mark.parametrize("option", [(), ("--exit-zero",)])
def test_a_file_that_does_not_parse_is_named_and_exits_2(dirty: Path, option: tuple[str, ...]) -> None:
    (dirty / "broken.py").write_text("def f(:\n", encoding="utf-8")
    done = lint(dirty, "check", *option)
    assert done.returncode == 2
    assert "warning: broken.py" in done.stderr
    assert "ONE101" in done.stdout  # the other files are analysed all the same
    elsewhere = dirty / "elsewhere"
    elsewhere.mkdir()
    assert f"warning: {dirty / 'broken.py'}" in lint(elsewhere, "check", str(dirty)).stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["check", "--no-such-option"], "--no-such-option"),  # click 8.1 and 8.5 word it differently
        (["check", "--output-format", "jsn"], "'jsn' is no output format. Did you mean 'json'? Choose from concise, full, "),
        (["check", "--output-format", "xyz"], "'xyz' is no output format. Choose from concise, full, "),
        (["check", "--output-format", "json:"], "'json:' names no file after the colon"),
        (["check", "--output-format", "json:."], "cannot write to .: it is a directory"),
        (["check", "--output-format", "json:no/such/file"], "cannot write to no/such/file: no/such is no directory"),
        (
            ["check", "--output-format", "json", "--output-format", "full"],
            "json and full would both go to standard output; name a file: full:FILE",
        ),
        (["check", "--output-format", "json", "--output-format", "full", "-o", "x"], "json and full would both go to x"),
        (["check", "--output-format", "json:x", "--output-format", "full:./x"], "two formats would go to x"),
        (["check", "--output-format", "json:x", "--output-format", "full", "-o", "x"], "two formats would go to x"),
        (["check", "--output-format", "json:x", "-o", "y"], "every --output-format has a file of its own"),
        (["check", "--jobs", "0"], "--jobs"),
        (["check", "nowhere"], "nowhere: no such file or directory"),
        (["check", "--select", "ONE9999"], 'unknown rule "ONE9999"'),
        (["check", "--config", "nowhere.toml"], "nowhere.toml"),
        (["check", "-", "handler.py"], "cannot be combined"),
        (["check", "--output-file", "no/such/folder.txt"], "cannot write to no/such/folder.txt"),
        (["chek"], "Choose from: audit, baseline, check"),
        ([], "Missing command"),
        (["rule"], "Give one rule"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_mistake_of_the_user_is_named_and_exits_2(clean: Path, arguments: list[str], message: str) -> None:
    done = lint(clean, *arguments)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_a_typo_in_the_settings_names_the_nearest_key(clean: Path) -> None:
    (clean / "pyproject.toml").write_text("[tool.session-lint]\nexlude = ['x']\n", encoding="utf-8")
    done = lint(clean, "check")
    assert done.returncode == 2
    assert '"exlude"' in done.stderr
    assert 'did you mean "exclude"?' in done.stderr
    assert lint(clean, "check", "--isolated").returncode == 0


def test_settings_are_found_from_the_path_not_from_where_the_user_stands(dirty: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    done = lint(tmp_path_factory.mktemp("elsewhere"), "check", "--output-format", "concise", str(dirty))
    assert done.returncode == 1, done.stderr
    assert done.stdout.startswith(f"{dirty / 'handler.py'}:7:13: ONE101 [repeated-getter] ")


@pytest.mark.parametrize(
    ("raised", "code", "said"),
    [
        ("KeyboardInterrupt", 130, ""),
        ("SessionLintError('mend this')", 2, "error: mend this\n"),
        ("RuntimeError('boom')", 2, "error: internal error: RuntimeError: boom\nThis is a defect of session-lint."),
    ],
)
def test_what_a_command_raises_becomes_an_exit_code(tmp_path: Path, raised: str, code: int, said: str) -> None:
    # a command is one file of the room: a second folder of the room needs no other registration
    (tmp_path / "fall_over.py").write_text(
        "import click\nfrom session_lint.errors import SessionLintError\n\n\n"
        f"@click.command('fall-over')\ndef command():\n    raise {raised}\n",
        encoding="utf-8",
    )
    program = "import sys, session_lint.cli.commands as room, session_lint.cli as cli; room.__path__.append(sys.argv.pop(1)); cli.main()"
    command = [sys.executable, "-c", program, str(tmp_path), "fall-over"]
    done = subprocess.run(command, env=clean_environment(), capture_output=True, encoding="utf-8", timeout=60, check=False)
    assert done.returncode == code, done.stderr
    assert done.stderr.strip().startswith(said.strip())
    assert "Traceback" not in done.stderr


# output


def test_json_names_both_places(dirty: Path) -> None:
    done = lint(dirty, "check", "--output-format", "json")
    (finding,) = json.loads(done.stdout)
    assert finding["code"] == "ONE101"
    assert finding["filename"] == str(dirty / "handler.py")
    assert finding["location"] == {"row": 7, "column": 13}
    assert finding["noqa_row"] == 7
    assert any(related["location"]["row"] == 5 for related in finding["related"])


def test_json_of_a_clean_project_is_an_empty_array(clean: Path) -> None:
    assert lint(clean, "check", "--output-format", "json").stdout == "[]\n"


def test_output_file_holds_the_report_and_nothing_else_is_left(dirty: Path) -> None:
    target = dirty / "report.json"
    target.write_text("old and longer than anything the tool would write " * 100, encoding="utf-8")
    done = lint(dirty, "check", "--no-cache", "--output-format", "json", "--output-file", "report.json")
    assert (done.returncode, done.stdout) == (1, "")
    assert [f["code"] for f in json.loads(target.read_text(encoding="utf-8"))] == ["ONE101"]
    assert {p.name for p in dirty.iterdir()} == {"pyproject.toml", "service.py", "handler.py", "report.json"}


def test_statistics_count_per_rule(dirty: Path) -> None:
    (dirty / "other.py").write_text(TWICE, encoding="utf-8")
    done = lint(dirty, "check", "--statistics")
    assert done.returncode == 1
    assert done.stdout == "2\tONE101\trepeated-getter\nFound 2 findings.\n"
    counted = lint(dirty, "check", "--statistics", "--output-format", "json")
    assert json.loads(counted.stdout) == [{"code": "ONE101", "name": "repeated-getter", "count": 2}]


def test_quiet_prints_no_summary(clean: Path) -> None:
    assert lint(clean, "check", "--quiet").stdout == ""


def test_show_unresolved_names_reason_and_place(clean: Path) -> None:
    (clean / "vague.py").write_text(
        ONCE + "\n\ndef vague(thing, user_id):\n    thing.run(get_or_create_session(user_id))\n", encoding="utf-8"
    )
    done = lint(clean, "check", "--show-unresolved")
    assert done.returncode == 0
    assert "not resolved." in done.stdout.splitlines()[0]
    listed = json.loads(lint(clean, "check", "--show-unresolved", "--output-format", "json").stdout)
    assert all(set(call) == {"reason", "text", "filename", "location"} for call in listed)
    assert any("thing.run" in call["text"] and call["filename"] == str(clean / "vague.py") for call in listed)


def test_a_method_of_something_written_out_is_pythons_own(clean: Path) -> None:
    (clean / "vague.py").write_text(
        ONCE + "\n\ndef vague(user_id):\n    names = []\n    names.append(get_or_create_session(user_id))\n    return ', '.join(names)\n",
        encoding="utf-8",
    )
    assert json.loads(lint(clean, "check", "--show-unresolved", "--output-format", "json").stdout) == []


def test_every_command_is_summed_up_in_the_list_of_commands(tmp_path: Path) -> None:
    listed = lint(tmp_path, "--help").stdout.partition("Commands:")[2]
    assert "  check " in listed
    assert "..." not in listed


def test_colours_only_where_asked_for(dirty: Path) -> None:
    assert "\x1b[" not in lint(dirty, "check").stdout
    assert "\x1b[" in lint(dirty, "check", "--color", "always").stdout
    assert "\x1b[" in lint(dirty, "check", FORCE_COLOR="1").stdout
    assert "\x1b[" not in lint(dirty, "check", FORCE_COLOR="1", NO_COLOR="1").stdout
    assert "\x1b[" not in lint(dirty, "check", "--color", "never", FORCE_COLOR="1").stdout


def test_codes_lead_to_the_pages_of_their_rules_where_links_are_followed(dirty: Path) -> None:
    assert "\x1b]8;" not in lint(dirty, "check").stdout
    for name in ("full", "concise", "grouped"):
        shown = lint(dirty, "check", "--output-format", name, FORCE_HYPERLINK="1").stdout
        found = re.search(r"\x1b]8;;file://(?P<page>.+?)\x1b\\(?P<code>ONE\d+)\x1b]8;;\x1b\\", shown)
        assert found is not None, name
        assert Path(unquote(found["page"])).read_text(encoding="utf-8").startswith(f"# {found['code']} ")
    assert "\x1b]8;" not in lint(dirty, "check", "--output-format", "json", FORCE_HYPERLINK="1").stdout
    assert "\x1b]8;" not in lint(dirty, "check", "--no-cache", FORCE_HYPERLINK="1").stdout


@pytest.mark.parametrize(
    ("environment", "follows"),
    [
        ({"VTE_VERSION": "6003"}, True),
        ({"VTE_VERSION": "4600"}, False),
        ({"TERM_PROGRAM": "WezTerm"}, True),
        ({"TERM": "xterm-kitty"}, True),
        ({"KONSOLE_VERSION": "220401"}, True),
        ({"TERM": "xterm-256color"}, False),
        ({"TERM": "dumb", "WT_SESSION": "x"}, False),
        ({"FORCE_HYPERLINK": "0", "TERM": "xterm-kitty"}, False),
    ],
)
def test_which_terminals_follow_links(environment: dict[str, str], *, follows: bool) -> None:
    assert followed(environment, terminal=True) is follows
    assert not followed(environment, terminal=False)


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_a_terminal_gets_colours_and_lines_that_fit(dirty: Path) -> None:
    import fcntl
    import pty
    import struct
    import termios

    (dirty / "handler.py").write_text(TWICE.replace("return again", "return again  # " + "x" * 200), encoding="utf-8")
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 60, 0, 0))
    command = [sys.executable, "-m", "session_lint", "check"]
    subprocess.run(command, cwd=dirty, env=clean_environment() | {"TERM": "xterm"}, stdout=theirs, timeout=60, check=False)
    os.set_blocking(ours, False)
    shown = os.read(ours, 65536)
    os.close(theirs)
    os.close(ours)
    assert b"\x1b[" in shown
    assert b"Found 1 finding." in shown
    assert b"x" * 60 not in shown


def test_output_survives_a_terminal_that_cannot_show_it(dirty: Path) -> None:
    (dirty / "handler.py").write_text(TWICE.replace('session["id"]', '"会話 →"'), encoding="utf-8")
    done = lint(dirty, "check", PYTHONIOENCODING="ascii")
    assert done.returncode == 1, done.stderr
    assert "\\u4f1a" in done.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX pipes")
def test_a_reader_that_goes_away_is_no_error(dirty: Path) -> None:
    for number in range(400):  # more than a pipe holds
        (dirty / f"handler_{number}.py").write_text(TWICE, encoding="utf-8")
    command = [sys.executable, "-m", "session_lint", "check"]
    with subprocess.Popen(command, cwd=dirty, env=clean_environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.read(1)
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(timeout=120) == 1


# which files, which rules


def test_paths_choose_what_is_reported(dirty: Path) -> None:
    assert lint(dirty, "check", "service.py").returncode == 0
    assert lint(dirty, "check", "handler.py").returncode == 1


def test_show_files_lists_and_does_not_check(dirty: Path) -> None:
    done = lint(dirty, "check", "--show-files", "--exclude", "service.py")
    assert (done.returncode, done.stdout) == (0, f"{dirty / 'handler.py'}\n")


def test_force_exclude_drops_a_file_passed_by_name(dirty: Path) -> None:
    assert lint(dirty, "check", "--extend-exclude", "handler.py", "handler.py").returncode == 1
    done = lint(dirty, "check", "--extend-exclude", "handler.py", "--force-exclude", "handler.py")
    assert done.returncode == 0
    assert "no Python files found" in done.stderr


def test_the_command_line_overrides_the_settings(dirty: Path) -> None:
    (dirty / "pyproject.toml").write_text("[tool.session-lint]\nignore = ['ONE101']\n", encoding="utf-8")
    assert lint(dirty, "check").returncode == 0
    assert lint(dirty, "check", "--select", "repeated-getter").returncode == 1
    assert lint(dirty, "check", "--select", "ONE1,ALL", "--ignore", "ONE101").returncode == 0


def test_extend_select_adds_to_what_is_selected(dirty: Path) -> None:
    assert lint(dirty, "check", "--select", "ONE2").returncode == 0
    assert lint(dirty, "check", "--select", "ONE2", "--extend-select", "repeated-getter").returncode == 1


def test_full_is_the_default_format(dirty: Path) -> None:
    assert lint(dirty, "check", "--output-format", "full").stdout == lint(dirty, "check").stdout != ""


def test_cache_goes_where_it_is_told(dirty: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    before = {p.name for p in dirty.iterdir()}
    cache = tmp_path_factory.mktemp("cache") / "here"
    lint(dirty, "check", "--cache-dir", str(cache))
    lint(dirty, "check", "--no-cache")
    assert {p.name for p in dirty.iterdir()} == before
    assert any(cache.rglob("*"))


# standard input


def test_stdin_stands_for_the_named_file_of_its_project(clean: Path) -> None:
    done = lint(clean, "check", "--output-format", "concise", "--stdin-filename", "handler.py", "-", stdin=TWICE)
    assert done.returncode == 1, done.stderr
    assert done.stdout.startswith("handler.py:7:13: ONE101 ")
    assert (clean / "handler.py").read_text(encoding="utf-8") == ONCE


def test_stdin_of_a_file_that_was_repaired_is_clean(dirty: Path) -> None:
    assert lint(dirty, "check", "--stdin-filename", "handler.py", "-", stdin=ONCE).returncode == 0


def test_stdin_of_a_file_not_yet_saved(clean: Path) -> None:
    done = lint(clean, "check", "--output-format", "concise", "--stdin-filename", "fresh.py", "-", stdin=TWICE)
    assert done.returncode == 1, done.stderr
    assert done.stdout.startswith("fresh.py:7:13: ONE101 ")


def test_stdin_without_a_name_is_a_project_of_its_own(clean: Path) -> None:
    source = (clean / "service.py").read_text(encoding="utf-8") + "\n\n" + TWICE.split("\n", 3)[3]
    done = lint(clean, "check", "--quiet", "--output-format", "concise", "-", stdin=source)
    assert done.returncode == 1, done.stderr
    assert "ONE101" in done.stdout


def test_force_exclude_counts_for_stdin(clean: Path) -> None:
    arguments = ("check", "--force-exclude", "--extend-exclude", "handler.py", "--stdin-filename", "handler.py", "-")
    assert lint(clean, *arguments, stdin=TWICE).returncode == 0


# other commands


def test_version_and_help_import_nothing_heavy(clean: Path) -> None:
    for arguments in (["--version"], ["--help"], ["check", "--help"], ["check", "--show-files"]):
        program = (
            "import sys\nfrom session_lint.cli import main\n"
            f"try:\n    main({arguments!r})\nexcept SystemExit as end:\n    assert not end.code, end.code\n"
            f"print([name for name in {HEAVY!r} if name in sys.modules])\n"
        )
        done = subprocess.run([sys.executable, "-c", program], cwd=clean, capture_output=True, encoding="utf-8", timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        assert done.stdout.splitlines()[-1] == "[]", arguments


def test_help_lists_the_commands_of_the_room(clean: Path) -> None:
    listed = lint(clean, "--help").stdout
    assert all(name in listed for name in ("check", "graph", "rule"))


def test_rule_is_found_by_code_and_by_name(clean: Path) -> None:
    by_code, by_name = lint(clean, "rule", "ONE101"), lint(clean, "rule", "repeated-getter")
    assert by_code.returncode == 0
    assert by_code.stdout.startswith("# repeated-getter (ONE101)\n")
    assert "## What it does" in by_code.stdout
    assert by_name.stdout == by_code.stdout


def test_rule_as_json(clean: Path) -> None:
    one = json.loads(lint(clean, "rule", "ONE101", "--output-format", "json").stdout)
    every = json.loads(lint(clean, "rule", "--all", "--output-format", "json").stdout)
    assert one in every
    assert set(one) == {"code", "name", "since", "summary", "explanation"}


def test_unknown_rule_names_the_nearest(clean: Path) -> None:
    done = lint(clean, "rule", "repeated-geter")
    assert (done.returncode, done.stdout) == (2, "")
    assert 'did you mean "repeated-getter"?' in done.stderr


def test_graph_is_an_adjacency_list(dirty: Path) -> None:
    graph = json.loads(lint(dirty, "graph").stdout)
    assert "service.get_or_create_session" in graph["handler.handle"]
    assert list(graph) == sorted(graph)


@pytest.mark.parametrize("arguments", [(), ("handler.py",), ("--output-format", "text")])
def test_graph_names_a_file_that_does_not_parse_and_exits_2(dirty: Path, arguments: tuple[str, ...]) -> None:
    whole = lint(dirty, "graph", *arguments)
    assert (whole.returncode, whole.stderr) == (0, "")
    (dirty / "broken.py").write_text("def f(:\n", encoding="utf-8")
    for _ in ("cold", "warm"):
        done = lint(dirty, "graph", *arguments)
        assert done.returncode == 2
        assert done.stderr.startswith("warning: broken.py:1: ")
        assert done.stdout == whole.stdout  # of the other files, as before


def test_graph_as_text_and_mermaid(dirty: Path) -> None:
    assert "handler.handle\n" in lint(dirty, "graph", "--output-format", "text").stdout
    drawn = lint(dirty, "graph", "--output-format", "mermaid").stdout
    assert drawn.startswith("flowchart LR\n")
    assert '["handler.handle"]' in drawn
