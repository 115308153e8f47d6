"""What an earlier run kept is used where an edit changes nothing that counts, and never where it does."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from properties.projects import WRITTEN, Files, generated
from properties.runs import Stages, as_json, settings_of, write
from session_lint import api
from session_lint.analysis import selecting
from session_lint.analysis.extract.module import extract_module
from session_lint.analysis.jobs import library_models
from session_lint.analysis.program import program as program_module
from session_lint.analysis.program.reads import CUT, Reads
from session_lint.api import RunOptions
from session_lint.facts.module_index import shaped

FILES: Files = {
    "app/__init__.py": "",
    "app/models.py": "from django.db import models\n\n\nclass Session(models.Model):\n    owner = models.TextField()\n",
    "app/sessions.py": (
        "from app.models import Session\n\n\n"
        "def get_or_create_session(user_id):\n"
        "    session, _ = Session.objects.get_or_create(owner=user_id)\n"
        "    return session\n"
    ),
    "app/steps.py": (
        "from app.sessions import get_or_create_session\n\n\n"
        "def greet(user_id):\n"
        "    return get_or_create_session(user_id)\n"
    ),
    "app/talk.py": (
        "from app.sessions import get_or_create_session\nfrom app.steps import greet\n\n\n"
        "def talk(user_id):\n"
        "    get_or_create_session(user_id)\n"
        "    greet(user_id)\n"
    ),
    "app/plain.py": (
        "LIMIT = 3\n\n\ndef total(numbers):\n    for number in numbers:\n        print(number)\n    return sum(numbers) + LIMIT\n"
        "\n\ndef top(numbers):\n    return numbers[0]\n"
    ),
}  # fmt: skip


class Project:
    """A project on disk, analysed again and again with one cache."""

    def __init__(self, directory: Path) -> None:
        self.root, self.cache = directory / "project", directory / "cache"
        write(FILES, self.root)

    def check(self, **others: object) -> str:
        """The report, which is the same without the cache."""
        found = [
            as_json(
                api.check_paths(
                    [self.root],
                    settings=replace(settings_of(self.root, cache), **others),  # type: ignore[arg-type]
                    options=RunOptions(jobs=1, use_cache=cache is not None),
                )
            )
            for cache in (self.cache, None)
        ]
        assert found[0] == found[1]
        return found[0]

    def edit(self, path: str, old: str, new: str) -> None:
        """Puts another text into a file."""
        text = (self.root / path).read_text(encoding="utf-8")
        assert old in text
        (self.root / path).write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = Project(tmp_path)
    assert 'app/talk.py"' in made.check()
    return made


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Which of the stages have worked since, in a run that had a cache or not: each run without one adds both."""
    done: list[str] = []
    choose, build = selecting._selection, program_module.Program.__init__

    def chosen(*args: object, **options: object) -> object:
        done.append("select")
        return choose(*args, **options)  # type: ignore[arg-type]

    def built(*args: object, **options: object) -> None:
        done.append("program")
        build(*args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(selecting, "_selection", chosen)
    monkeypatch.setattr(program_module.Program, "__init__", built)
    return done


BOTH = ["select", "program"]


@pytest.mark.parametrize(
    ("path", "old", "new", "stages"),
    [
        pytest.param("app/plain.py", "LIMIT = 3\n", "# at most\nLIMIT = 3\n", [], id="a comment moves what nobody selected"),
        pytest.param("app/plain.py", "print(number)", "print(number, 1)", [], id="a body that nobody selected"),
        pytest.param("app/plain.py", "numbers[0]", "numbers[1]", BOTH, id="what a small function returns"),
        pytest.param("app/talk.py", "greet(user_id)\n", "greet(user_id)  # hello\n", [], id="a comment that moves nothing"),
        pytest.param("app/talk.py", "greet(user_id)\n", "greet(user_id)\n\n\n# the end\n", [], id="a comment below a finding"),
        pytest.param("app/talk.py", "from app.s", "\n\nfrom app.s", ["program"], id="lines above a finding"),
        pytest.param("app/sessions.py", "from app", "# sessions\nfrom app", ["program"], id="lines above what a finding names"),
        pytest.param("app/steps.py", "return get", "return get_session or get", BOTH, id="a name more"),
    ],
)
def test_only_what_an_edit_changes_is_worked_out_again(
    project: Project, work: list[str], path: str, old: str, new: str, stages: list[str]
) -> None:
    project.edit(path, old, new)
    project.check()
    assert work == [*stages, *BOTH]  # with the cache; without


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        pytest.param("app/steps.py", "(user_id):\n    return", "(user_id, session=None):\n    return session or", id="a guard"),
        pytest.param("app/steps.py", "session(user_id)", 'session("other")', id="another key on the chain"),
        pytest.param("app/steps.py", "def greet", "def welcome", id="a function renamed"),
        pytest.param("app/steps.py", "from app.sessions", "from app.plain", id="an import that leads elsewhere"),
        pytest.param("app/steps.py", "    return get", "    return None\n    return get", id="an early return"),
        pytest.param("app/talk.py", "greet(user_id)", "pass", id="a call gone"),
    ],
)
def test_an_edit_that_takes_a_finding_away_is_seen(project: Project, path: str, old: str, new: str) -> None:
    before = project.check()
    text = (project.root / path).read_text(encoding="utf-8")
    project.edit(path, old, new)
    after = project.check()
    assert after != before
    (project.root / path).write_text(text, encoding="utf-8")
    assert project.check() == before


STATEMENTS: Files = {
    "app/lines.py": (
        "from pathlib import Path\n\n"
        'DROP = (Path(__file__).parent / "sql" / "drop_lines.sql").read_text()\n\n\n'
        "def refill(conn, cart_id, sku):\n"
        "    cur = conn.cursor()\n"
        "    cur.execute(DROP, (cart_id,))\n"
        '    cur.execute("INSERT INTO lines (cart_id, sku) VALUES (%s, %s)", (cart_id, sku))\n'
    ),
    "app/sql/drop_lines.sql": "DELETE FROM lines WHERE cart_id = %s\n",
    "app/sql/schema.sql": "CREATE TABLE lines (cart_id int, sku text);\n",
}


def test_an_edit_of_a_file_of_statements_is_seen(project: Project, work: list[str]) -> None:
    write(STATEMENTS, project.root)
    before = project.check()
    assert "ONE201" in before
    assert project.check() == before
    project.edit("app/sql/drop_lines.sql", "lines", "drafts")
    assert "ONE201" not in project.check()
    project.edit("app/sql/drop_lines.sql", "drafts", "lines")
    assert project.check() == before
    (project.root / "app/sql/drop_lines.sql").unlink()
    assert "ONE201" not in project.check()
    write(STATEMENTS, project.root)
    work.clear()
    assert project.check() == before
    assert work == BOTH  # without the cache: with it nothing had to be worked out again


def test_a_file_of_tables_that_nobody_refers_to_is_read_for_what_rests_on_it(project: Project, work: list[str]) -> None:
    write(STATEMENTS, project.root)
    before = project.check()
    work.clear()
    project.edit("app/sql/schema.sql", "text", "int")
    assert project.check() == before  # the type of a column decides nothing
    assert work == ["program", *BOTH]  # with the cache nothing is chosen again
    project.edit("app/sql/schema.sql", "cart_id int", "cart_id int UNIQUE")
    assert project.check() != before  # the advice names the constraint that is there


def test_files_that_come_and_go_are_seen(project: Project) -> None:
    before = project.check()
    (project.root / "app/steps.py").rename(project.root / "app/stepping.py")
    assert project.check() != before
    (project.root / "app/stepping.py").rename(project.root / "app/steps.py")
    assert project.check() == before
    (project.root / "app/steps.py").unlink()
    (project.root / "app/steps").mkdir()
    (project.root / "app/steps/__init__.py").write_text("def greet(user_id):\n    return user_id\n", encoding="utf-8")
    assert project.check() != before
    (project.root / "app/steps/__init__.py").write_text("\n" + FILES["app/steps.py"], encoding="utf-8")
    assert project.check() == before  # the package leads where the module led
    (project.root / "app/sessions.py").unlink()
    assert project.check() != before


def test_settings_are_seen(project: Project) -> None:
    before = project.check()
    assert project.check(test_paths=("app/talk.py",)) != before
    assert project.check(exclude=("steps.py",)) != before
    assert project.check() == before


@given(st.one_of(generated(), st.sampled_from([files for _, files in WRITTEN])))
@settings(max_examples=25)
def test_equal_indexes_and_facts_have_equal_imprints_and_others_do_not(files: Files) -> None:
    stages, longer = Stages.of(files), Stages.of({path: f"# moved\n\n{text}" for path, text in files.items()})
    indexes = [shaped(index) for index in stages.index() if index.functions]
    moved = [shaped(index) for index in longer.index() if index.functions]
    for index, below in zip(indexes, moved, strict=True):
        assert index != below
        assert index.shape == below.shape == shaped(replace(index, shape="")).shape
        assert shaped(replace(index, words=index.words | {"other"})).shape != index.shape
        first = replace(index.functions[0], said=(*index.functions[0].said, "~other"))
        assert shaped(replace(index, functions=(first, *index.functions[1:]))).shape != index.shape
        wanted = frozenset(function.qualname for function in index.functions)
        facts, again, other = (
            extract_module(by.project.contents[index.path].decode(), one, wanted, library_models())
            for by, one in ((stages, index), (stages, index), (longer, below))
        )
        assert facts.imprint == again.imprint != ""
        assert (facts.imprint == other.imprint) == (facts == other)


class _Forgetful(Reads):
    """Takes every result for one that may be another next time."""

    __slots__ = ()

    def note(self, entry: object) -> None:
        self.seen |= CUT


@given(st.one_of(generated(), st.sampled_from([files for _, files in WRITTEN])))
@settings(max_examples=25)
def test_calls_that_read_nothing_new_would_resolve_as_before(files: Files) -> None:
    def resolved() -> object:
        stages = Stages.of(files)
        found = stages.program(stages.index(), everything=True)
        return found.unresolved, found.resolved_calls, found.repeats, found.replacements

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("session_lint.analysis.program.inference.Reads", _Forgetful)
        everything = resolved()
    assert resolved() == everything
