"""Output formats and where they go: a real run on a project below the root of a git repository."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from functional.project import GETTER, ONCE, TWICE, lint, write
from reporting.reporters.exchange import read_github, read_gitlab, read_junit, read_rdjson, read_sarif

# a column after characters of two and of four bytes
WIDE = TWICE.replace("    again = get_or_create_session(user_id)", "    again = str('é𐐀', get_or_create_session(user_id))")
CHAIN = """\
from service import get_or_create_session
from store import save


def handle(user_id):
    session = get_or_create_session(user_id)
    save(user_id, "x")
    return session
"""
STORE = """\
from service import get_or_create_session


def save(user_id, text):
    session = get_or_create_session(user_id)
    print(session, text)
"""


@pytest.fixture(scope="module")
def analysed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with the project in `app`, its cache warm."""
    root = tmp_path_factory.mktemp("repository")
    (root / "app").mkdir()
    write(root / "app", handler=WIDE, entry=CHAIN, store=STORE)
    subprocess.run(["git", "init", "--quiet"], cwd=root, check=True)
    assert lint(root / "app", "check", "--quiet").returncode == 1
    return root


@pytest.fixture
def repository(analysed: Path, tmp_path: Path) -> Path:
    shutil.copytree(analysed, tmp_path / "copy")
    return tmp_path / "copy"


def check(repository: Path, *arguments: str, **environment: str) -> str:
    done = lint(repository / "app", "check", *arguments, **environment)
    assert (done.returncode, done.stderr) == (1, "")
    return done.stdout


# each format


def test_sarif(repository: Path) -> None:
    (run,) = read_sarif(check(repository, "--output-format", "sarif"))["runs"]
    repeated, threaded = run["results"]
    assert (repeated["ruleId"], threaded["ruleId"]) == ("ONE101", "ONE103")
    place = repeated["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "app/handler.py", "uriBaseId": "%SRCROOT%"}
    line = WIDE.splitlines()[place["region"]["startLine"] - 1]
    assert line[place["region"]["startColumn"] - 1 : place["region"]["endColumn"] - 1] == "get_or_create_session"
    assert run["originalUriBaseIds"]["%SRCROOT%"]["uri"] == f"{repository.as_uri()}/"
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]][:2] == ["ONE101", "ONE102"]
    (fix,) = threaded["fixes"]
    assert [change["artifactLocation"]["uri"] for change in fix["artifactChanges"]] == ["app/entry.py", "app/store.py"]
    steps = threaded["codeFlows"][0]["threadFlows"][0]["locations"]
    assert [step["location"]["physicalLocation"]["region"]["startLine"] for step in steps] == [6, 7, 5]


def test_rdjson(repository: Path) -> None:
    found = {one["code"]["value"]: one for one in read_rdjson(check(repository, "--output-format", "rdjson"))}
    span = found["ONE101"]["location"]["range"]
    line = WIDE.encode().splitlines()[span["start"]["line"] - 1]
    assert line[span["start"]["column"] - 1 : span["end"]["column"] - 1] == b"get_or_create_session"
    (suggestion,) = found["ONE101"]["suggestions"]
    span = suggestion["range"]
    repaired = line[: span["start"]["column"] - 1] + suggestion["text"].encode() + line[span["end"]["column"] - 1 :]
    assert repaired.decode() == "    again = str('é𐐀', session)"
    assert found["ONE103"]["suggestions"] == []
    assert {one["location"]["path"] for one in found["ONE103"]["related_locations"]} == {"app/entry.py"}


def test_gitlab(repository: Path) -> None:
    before = read_gitlab(check(repository, "--output-format", "gitlab"))
    assert {issue["location"]["path"] for issue in before} == {"app/handler.py", "app/store.py"}
    for file in ("handler.py", "store.py"):
        text = (repository / "app" / file).read_text(encoding="utf-8")
        (repository / "app" / file).write_text(f"# one line more\n\n{text}", encoding="utf-8")
    after = read_gitlab(check(repository, "--output-format", "gitlab"))
    assert [issue["fingerprint"] for issue in after] == [issue["fingerprint"] for issue in before]
    assert [issue["location"]["lines"] for issue in after] != [issue["location"]["lines"] for issue in before]


def test_junit(repository: Path) -> None:
    cases = read_junit(check(repository, "--output-format", "junit"))
    assert [(case.attrib["file"], case.attrib["name"]) for case in cases] == [
        ("app/handler.py", "org.session_lint.ONE101"),
        ("app/store.py", "org.session_lint.ONE103"),
    ]


def test_grouped(repository: Path) -> None:
    text = check(repository, "--output-format", "grouped")
    assert text.startswith("handler.py:\n  7:23  ONE101 [repeated-getter] ")
    assert "\n\nstore.py:\n  5:15  ONE103 [unthreaded-session] " in text
    assert "\n\nFound 2 findings.\n" in text


def test_github(repository: Path, tmp_path: Path) -> None:
    summary = tmp_path / "summary.md"
    summary.write_text("what another step said\n", encoding="utf-8")
    found = read_github(check(repository, "--output-format", "github", GITHUB_STEP_SUMMARY=str(summary)))
    assert [(one.kind, one.properties["file"], one.properties["line"]) for one in found] == [
        ("error", "app/handler.py", "7"),
        ("error", "app/store.py", "5"),
    ]
    lines = summary.read_text(encoding="utf-8").splitlines()
    assert lines[:4] == ["what another step said", "### session-lint", "", "Found 2 findings."]
    assert [line.split(" | ")[1] for line in lines if line.startswith("| ONE")] == ["app/handler.py:7", "app/store.py:5"]
    check(repository, "--output-format", "full", GITHUB_STEP_SUMMARY=str(summary))
    assert len(summary.read_text(encoding="utf-8").splitlines()) == len(lines)


def test_a_summary_that_cannot_be_written_is_no_failure(repository: Path) -> None:
    done = lint(repository / "app", "check", "--output-format", "github", GITHUB_STEP_SUMMARY="no/such/file")
    assert done.returncode == 1
    assert done.stderr.startswith("warning: cannot write to no/such/file, which $GITHUB_STEP_SUMMARY names: ")
    assert len(read_github(done.stdout)) == 2


@pytest.mark.parametrize("name", ["sarif", "rdjson", "gitlab", "junit", "github", "grouped"])
def test_without_findings_and_with_a_file_that_does_not_parse(tmp_path: Path, name: str) -> None:
    read = {"sarif": read_sarif, "rdjson": read_rdjson, "gitlab": read_gitlab, "junit": read_junit, "github": read_github}
    project = write(tmp_path, handler=ONCE)
    clean = lint(project, "check", "--output-format", name)
    assert (clean.returncode, clean.stderr) == (0, "")
    (project / "broken.py").write_text("def f(:\n", encoding="utf-8")
    broken = lint(project, "check", "--output-format", name)
    assert broken.returncode == 2
    if name in read:
        read[name](clean.stdout)
        read[name](broken.stdout)
        assert "broken.py" in broken.stdout
    else:
        assert clean.stdout.startswith("All checks passed!\n")
        assert broken.stdout.startswith("No findings in the files that could be analysed.\n")


def test_a_source_on_standard_input(tmp_path: Path) -> None:
    source = GETTER + TWICE.split("\n", 1)[1]
    done = lint(tmp_path, "check", "--isolated", "--output-format", "sarif", "-", stdin=source)
    (result,) = read_sarif(done.stdout)["runs"][0]["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "source.py"
    done = lint(tmp_path, "check", "--isolated", "--output-format", "rdjson", "-", stdin=source)
    (found,) = read_rdjson(done.stdout)
    assert found["suggestions"][0]["text"] == "session"


# several at once


def test_each_output_is_what_it_is_alone(repository: Path) -> None:
    formats = ["concise", "full", "github", "gitlab", "grouped", "json", "junit", "rdjson", "sarif"]
    files = [argument for name in formats for argument in ("--output-format", f"{name}:out.{name}")]
    together = check(repository, *files, "--output-format", "concise", "--color", "never", "--no-cache")
    assert together == check(repository, "--output-format", "concise")
    for name in formats:
        assert (repository / "app" / f"out.{name}").read_text(encoding="utf-8") == check(repository, "--output-format", name), name
    left = {path.name for path in (repository / "app").iterdir() if path.suffix not in (".py", ".toml", "")}
    assert left == {f"out.{name}" for name in formats}


def test_nothing_is_printed_when_every_format_has_a_file(repository: Path) -> None:
    assert check(repository, "--output-format", "sarif:a.sarif", "--output-format", "json:b.json") == ""
    read_sarif((repository / "app" / "a.sarif").read_text(encoding="utf-8"))
    assert [one["code"] for one in json.loads((repository / "app" / "b.json").read_text(encoding="utf-8"))] == ["ONE101", "ONE103"]


def test_the_format_without_a_file_goes_to_the_output_file(repository: Path) -> None:
    assert check(repository, "--output-format", "sarif:a.sarif", "--output-format", "concise", "--output-file", "b.txt") == ""
    assert "ONE101" in (repository / "app" / "b.txt").read_text(encoding="utf-8")
    read_sarif((repository / "app" / "a.sarif").read_text(encoding="utf-8"))


def test_a_listing_takes_the_place_of_what_is_printed_only(repository: Path) -> None:
    text = check(repository, "--statistics", "--output-format", "full", "--output-format", "sarif:a.sarif")
    assert text == "1\tONE101\trepeated-getter\n1\tONE103\tunthreaded-session\nFound 2 findings.\n"
    assert "fixes" in read_sarif((repository / "app" / "a.sarif").read_text(encoding="utf-8"))["runs"][0]["results"][0]
    assert check(repository, "--statistics", "--output-format", "sarif:a.sarif") == text


def test_colours_are_for_the_terminal(repository: Path) -> None:
    painted = check(repository, "--color", "always", "--output-format", "grouped", "--output-format", "json:a.json")
    assert "\x1b[" in painted
    assert "\x1b[" not in (repository / "app" / "a.json").read_text(encoding="utf-8")


def test_no_file_is_touched_when_one_cannot_be_written(repository: Path) -> None:
    done = lint(repository / "app", "fix", "--output-format", "json:a.json", "--output-format", "sarif:no/such/b.sarif")
    assert done.returncode == 2
    assert "error: cannot write to no/such/b.sarif: no/such is no directory" in done.stderr
    assert not (repository / "app" / "a.json").exists()
    assert (repository / "app" / "handler.py").read_text(encoding="utf-8") == WIDE


# fix


def test_fix_writes_what_is_left(repository: Path) -> None:
    done = lint(repository / "app", "fix", "--output-format", "concise", "--output-format", "sarif:a.sarif", "--select", "ONE101,ONE103")
    assert done.stdout.startswith("handler.py:7:23: ONE101 [repeated-getter] repaired: ")
    results = read_sarif((repository / "app" / "a.sarif").read_text(encoding="utf-8"))["runs"][0]["results"]
    assert done.returncode == (1 if results else 0)
    assert "ONE101" not in {result["ruleId"] for result in results}


def test_fix_of_a_diff_or_of_standard_input_writes_the_files_too(repository: Path) -> None:
    diff = lint(repository / "app", "fix", "--diff", "--output-format", "gitlab:a.json")
    assert diff.stdout.startswith("diff --git a/app/handler.py ")
    read_gitlab((repository / "app" / "a.json").read_text(encoding="utf-8"))
    arguments = ("fix", "--stdin-filename", "handler.py", "--output-format", "junit:b.xml", "--output-format", "concise", "-")
    done = lint(repository / "app", *arguments, stdin=WIDE)
    assert done.stdout == WIDE.replace("'é𐐀', get_or_create_session(user_id)", "'é𐐀', session")
    assert "repaired" in done.stderr
    read_junit((repository / "app" / "b.xml").read_text(encoding="utf-8"))
