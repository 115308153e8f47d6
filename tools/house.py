"""The house in numbers and as a picture: which rooms the package has, and which of them import which.

python tools/house.py                     the numbers of this checkout
python tools/house.py --source OTHER/src  of another one
python tools/house.py --picture           the picture of docs/architecture.md, as a Mermaid flowchart

A room is a folder or module directly below the package. A floor is one step of the longest chain of imports between rooms, an arrow a
pair of rooms of which the first imports the second, a circle a set of rooms, or of modules, that reach each other.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import grimp

PACKAGE = "session_lint"
SOURCE = Path(find_spec(PACKAGE).origin).parents[1]  # not imported: another checkout may be asked for
Arrows = Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class House:
    """The imports of one checkout: between its rooms, and between its modules."""

    rooms: Arrows
    modules: Arrows
    at_root: tuple[str, ...]  # the files directly in the package

    @classmethod
    def read(cls, source: Path) -> House:
        """The house of the package in a directory of sources. Nothing of it is run."""
        sys.path.insert(0, str(source))
        graph = grimp.build_graph(PACKAGE, cache_dir=None)
        modules = {module: frozenset(graph.find_modules_directly_imported_by(module)) for module in graph.modules}
        rooms: dict[str, set[str]] = {_room(module): set() for module in modules if module != PACKAGE}
        for module, imported in modules.items():
            if module != PACKAGE:  # the front door leads everywhere, and nobody comes in by it
                rooms[_room(module)] |= {_room(other) for other in imported if other != PACKAGE} - {_room(module)}
        at_root = tuple(sorted(path.name for path in (source / PACKAGE).glob("*.py")))
        return cls({room: frozenset(below) for room, below in sorted(rooms.items())}, modules, at_root)

    @property
    def floors(self) -> dict[str, int]:
        """The floor of each room, from 1; the rooms of a circle share one."""
        heights: dict[str, int] = {}
        for ring in _rings(self.rooms):  # those below come first
            below = {other for room in ring for other in self.rooms[room]} - ring
            heights.update(dict.fromkeys(ring, 1 + max((heights[other] for other in below), default=0)))
        return heights

    def circles(self, arrows: Arrows) -> list[list[str]]:
        """What reaches itself through others."""
        return [sorted(ring) for ring in _rings(arrows) if len(ring) > 1]

    def needed(self) -> Iterator[tuple[str, str]]:
        """The arrows that no longer way implies."""
        reach = {room: _reached(self.rooms, room) for room in self.rooms}
        for room, below in self.rooms.items():
            for other in sorted(below):
                if not any(other in reach[between] for between in below - {other}):
                    yield room, other


def _room(module: str) -> str:
    return module.split(".")[1]


def _reached(arrows: Arrows, start: str) -> set[str]:
    found: set[str] = set()
    open_ = [start]
    while open_:
        for other in arrows.get(open_.pop(), frozenset()) - found:
            found.add(other)
            open_.append(other)
    return found


def _rings(arrows: Arrows) -> list[frozenset[str]]:
    """The sets of nodes that reach each other, each after those that it reaches."""
    reach = {node: _reached(arrows, node) for node in arrows}
    rings = {frozenset({node, *(other for other in reach[node] if node in reach.get(other, ()))}) for node in arrows}
    return sorted(rings, key=lambda ring: (len(set().union(*(reach[node] for node in ring)) | ring), sorted(ring)))


def picture(house: House) -> str:
    """The rooms from the front doors down, with the arrows that no longer way implies."""
    heights = house.floors
    lines = ["flowchart TD"]
    for floor in sorted(set(heights.values()), reverse=True):
        lines += [f"    {room}[{room}]" for room in sorted(heights) if heights[room] == floor]
    lines += [f"    {room} --> {other}" for room, other in house.needed()]
    return "\n".join(lines) + "\n"


def numbers(house: House) -> str:
    """What the house is measured by."""
    arrows = sum(map(len, house.rooms.values()))
    circles, inside = house.circles(house.rooms), house.circles(house.modules)
    lines = [
        f"modules at the root: {len(house.at_root)}",
        f"rooms: {len(house.rooms)}",
        f"floors: {max(house.floors.values())}",
        f"arrows between rooms: {arrows}",
        f"circles between rooms: {len(circles)}",
        f"circles between modules: {len(inside)}",
        *("  " + " ".join(ring) for ring in (*circles, *inside)),
    ]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Print the numbers, or the picture."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--source", type=Path, default=SOURCE, help="the directory that the package is in")
    parser.add_argument("--picture", action="store_true", help="print the picture instead of the numbers")
    arguments = parser.parse_args()
    house = House.read(arguments.source.resolve())
    sys.stdout.write(picture(house) if arguments.picture else numbers(house))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
