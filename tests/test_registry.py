from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

from session_lint.errors import RuleLoadError
from session_lint.registry import discover, stems

CONTRACT = """
from abc import ABC, abstractmethod

class Shape(ABC):
    @abstractmethod
    def area(self): ...
"""

ITEM = """
from {contract} import Shape

class {name}(Shape):
    code = "{code}"
    def area(self): return 1
"""

MakeRoom = Callable[[dict[str, str]], tuple[ModuleType, type]]


@pytest.fixture
def make_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MakeRoom]:
    monkeypatch.syspath_prepend(str(tmp_path))
    name = f"room_{tmp_path.name}"
    contract = f"{name}_contract"

    def make(files: dict[str, str]) -> tuple[ModuleType, type]:
        (tmp_path / f"{contract}.py").write_text(CONTRACT)
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("")
        for stem, text in files.items():
            (tmp_path / name / f"{stem}.py").write_text(text)
        importlib.invalidate_caches()
        return importlib.import_module(name), importlib.import_module(contract).Shape

    def item(stem: str, code: str) -> str:
        return ITEM.format(contract=contract, name=stem.title().replace("_", ""), code=code)

    make.item = item  # type: ignore[attr-defined]
    yield make
    for module in [m for m in sys.modules if m.startswith(name)]:
        del sys.modules[module]


def test_items_come_sorted_by_stem_one_per_file(make_room: MakeRoom) -> None:
    item = make_room.item  # type: ignore[attr-defined]
    package, shape = make_room({"zebra": item("zebra", "Z1"), "apple": item("apple", "A1"), "_helper": "x = 1"})
    assert stems(package) == ("apple", "zebra")
    assert [type(found).__name__ for found in discover(package, shape)] == ["Apple", "Zebra"]


def test_stems_do_not_import_the_items(make_room: MakeRoom) -> None:
    package, _ = make_room({"explodes": "raise RuntimeError('imported')"})
    assert stems(package) == ("explodes",)


def test_a_file_without_an_item_is_refused(make_room: MakeRoom) -> None:
    package, shape = make_room({"empty": "x = 1"})
    with pytest.raises(RuleLoadError, match=r"\.empty: .* exactly one concrete Shape, found none"):
        discover(package, shape)


def test_a_file_with_two_items_is_refused(make_room: MakeRoom) -> None:
    item = make_room.item  # type: ignore[attr-defined]
    package, shape = make_room({"pair": item("one", "A1") + item("two", "A2")})
    with pytest.raises(RuleLoadError, match="found One, Two"):
        discover(package, shape)


def test_an_item_with_an_abstract_method_left_is_no_item(make_room: MakeRoom) -> None:
    item = make_room.item  # type: ignore[attr-defined]
    package, shape = make_room({"half": item("half", "A1").replace("area", "perimeter")})
    with pytest.raises(RuleLoadError, match="complete its abstract methods"):
        discover(package, shape)


def test_an_imported_item_does_not_count(make_room: MakeRoom) -> None:
    item = make_room.item  # type: ignore[attr-defined]
    package, shape = make_room({"apple": item("apple", "A1"), "pear": item("pear", "A2")})
    name = package.__name__
    (Path(package.__path__[0]) / "pear.py").write_text(f"from {name}.apple import Apple\n" + item("pear", "A2"))
    assert [type(found).__name__ for found in discover(package, shape)] == ["Apple", "Pear"]


def test_a_code_used_twice_is_refused_and_the_owner_named(make_room: MakeRoom) -> None:
    item = make_room.item  # type: ignore[attr-defined]
    package, shape = make_room({"apple": item("apple", "A1"), "pear": item("pear", "A1")})
    with pytest.raises(RuleLoadError, match=r"\.pear: code A1 is taken by .*\.apple"):
        discover(package, shape)
