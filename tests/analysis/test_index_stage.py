"""Which files are indexed, and which are not read at all."""

from __future__ import annotations

from pathlib import Path

from session_lint.analysis import pipeline
from session_lint.analysis.index.modules import Modules
from session_lint.analysis.project import Project, in_memory
from session_lint.facts.module_index import ModuleIndex
from session_lint.settings.settings import Settings

FILES = {
    "app/views.py": "from app.tests.helpers import make\n\n\ndef view():\n    return make()\n",
    "app/tests/helpers.py": "from app.tests.factories import build\n\n\ndef make():\n    return build()\n",
    "app/tests/factories.py": "def build(): ...\n",
    "app/tests/test_views.py": "from app.views import view\n\n\ndef test_view():\n    view()\n",
    "app/tests/test_broken.py": "def test(:\n",
}


def project(files: dict[str, str]) -> Project:
    return in_memory(files, Settings(root=Path()))[0]


def test_a_muted_file_is_indexed_where_imports_lead_to_it() -> None:
    opened = project(FILES)
    assert [index.path for index in pipeline.index_files(opened)] == ["app/tests/factories.py", "app/tests/helpers.py", "app/views.py"]
    assert pipeline.analyse(project(FILES)).notices == ()  # what can have no part in a finding may be broken


def test_a_broken_file_that_imports_lead_to_is_said() -> None:
    files = {**FILES, "app/tests/helpers.py": "def make(:\n"}
    assert [(notice.path, notice.row) for notice in pipeline.analyse(project(files)).notices] == [("app/tests/helpers.py", 1)]


def test_everything_is_indexed_when_asked_for() -> None:
    opened = project(FILES)
    assert [index.path for index in pipeline.index_files(opened, everything=True)] == sorted(FILES.keys() - {"app/tests/test_broken.py"})
    assert [notice.path for notice in opened.notices] == ["app/tests/test_broken.py"]


def test_a_target_means_files_by_module_by_path_or_beside() -> None:
    paths = ["lib/shop/store.py", "lib/shop/views.py", "other/store.py", "tools/run.py"]
    modules = Modules([(path, path.removeprefix("lib/").removesuffix(".py").replace("/", ".")) for path in paths])
    assert list(modules.files_of("shop.store", "tools/run.py")) == [0]
    assert list(modules.files_of("lib.shop.views", "tools/run.py")) == [1]
    assert list(modules.files_of("store", "lib/shop/views.py")) == [0]
    assert list(modules.files_of("store", "tools/run.py")) == []
    assert modules.is_folder("shop")
    assert not modules.is_folder("shop.store")


def test_indexes_of_files_that_do_not_parse_are_no_indexes() -> None:
    assert all(isinstance(index, ModuleIndex) for index in pipeline.index_files(project(FILES)))
