"""How long an editor waits for the language server: `python benchmarks/server.py`. See README.md here.

The clock runs from the message of the editor to the diagnostics that belong to it, the pause that the server waits for included.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random

ROOT = Path(__file__).resolve().parents[1]
sys.path += [str(ROOT / "tools"), str(ROOT / "tests")]

from common import add_output, machine, positive, today, write  # noqa: E402
from language_client import LanguageClient  # noqa: E402
from made import make  # noqa: E402
from random_edits import RandomEdits  # noqa: E402
from refused import RefusedError, ended  # noqa: E402
from report import table  # noqa: E402
from trees import fetch, multiply, sources  # noqa: E402

from editor.fresh import checked, said  # noqa: E402
from functional.project import GETTER, ONCE, TWICE  # noqa: E402

_CALLER = "from helper import handle as show\nfrom service import get_or_create_session\n\n\n"
_CALLER += "def outer(user_id):\n    session = get_or_create_session(user_id)\n    print(session)\n    return show(user_id)\n"


@dataclass(frozen=True, slots=True)
class Waited:
    """What was done, and how long the diagnostics took, in seconds."""

    what: str
    seconds: tuple[float, ...]

    def row(self) -> tuple[str, ...]:
        """Its line of the report."""
        every = sorted(self.seconds)
        return (self.what, str(len(every)), *(f"{1000 * one:.0f}" for one in (statistics.median(every), _share(every, 0.95), every[-1])))


def _share(every: list[float], share: float) -> float:
    """The time that this share of the times is not above."""
    return every[min(len(every) - 1, max(0, -(-int(share * 100) * len(every) // 100) - 1))]


def main(arguments: list[str] | None = None) -> int:
    """Measure and write the report. Exit code 1: random edits gave something else than a fresh check; 2: something could not be done."""
    return ended(_run, _parser().parse_args(arguments))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tree", type=Path, metavar="PATH", help="a directory to measure on, of which a copy is made")
    parser.add_argument("--download", metavar="NAME", help="a package, NAME or NAME==VERSION, to fetch and measure on")
    parser.add_argument("--files", type=positive, default=4000, metavar="N", help="files of the project made up without a tree (4000)")
    parser.add_argument("--keystrokes", type=positive, default=40, metavar="N", help="of each kind (40)")
    parser.add_argument("--edits", type=int, default=0, metavar="N", help="random edits that are compared with a fresh check each (0)")
    parser.add_argument("--seed", type=int, default=15, metavar="N", help="of the random edits (15)")
    add_output(parser)
    return parser


def _run(options: argparse.Namespace) -> int:
    facts = {"date": today(), "machine": machine(), "Python": platform.python_version()}
    with tempfile.TemporaryDirectory(prefix="session-lint-benchmark-") as scratch:
        place = Path(scratch).resolve()
        name = _tree(options, place)
        tree = place / "tree"
        facts["files"] = f"{name}: {len(sources(tree)):,} files"
        waited, peak = _measured(tree, options.keystrokes)
        wrong = _compared(place, options.edits, options.seed) if options.edits else []
    facts["machine"] += f" at the start, {os.getloadavg()[0]:.1f} at the end"
    facts["memory"] = f"{peak:.0f} MiB at the peak of the server's process"
    if options.edits:
        facts["random edits"] = f"{options.edits:,} with seed {options.seed}: {len(wrong)} gave other diagnostics than a fresh check"
    lines = ["# Waiting for the language server", "", *(f"- {key}: {value}" for key, value in facts.items()), ""]
    lines += table(("tool", "times", "median ms", "p95 ms", "max ms"), [one.row() for one in waited])
    lines += ["", *(f"- differs: {one}" for one in wrong)] if wrong else []
    write(
        options, "\n".join(lines) + "\n", {"facts": facts, "waited": [asdict(one) for one in waited], "wrong": wrong}, f"{today()}-server"
    )
    return 1 if wrong else 0


def _tree(options: argparse.Namespace, place: Path) -> str:
    if options.tree and not options.tree.is_dir():
        raise RefusedError(f"no such directory: {options.tree}; --download NAME fetches a package")
    if options.download:
        (found,) = fetch([options.download], place)
        multiply(found.path, place / "tree", 1)
        return found.name
    if options.tree:
        multiply(options.tree.resolve(), place / "tree", 1)
        return options.tree.resolve().name
    make(place / "tree", options.files, 20)
    return "made up"


def _measured(tree: Path, times: int) -> tuple[list[Waited], float]:
    """The waits, and the peak of memory in MiB."""
    command = [sys.executable, "-m", "session_lint", "check", "--quiet", "--exit-zero", "--output-format", "concise"]
    warm = []
    for _ in range(4):  # the first one fills the cache
        start = time.perf_counter()
        done = subprocess.run(command, cwd=tree, capture_output=True, text=True, check=False)
        warm.append(time.perf_counter() - start)
    edited = _edited(tree, done.stdout)
    first = []
    for _ in range(3):
        start = time.perf_counter()
        client = LanguageClient(tree, timeout=600)
        client.open(edited)
        client.settled()
        first.append(time.perf_counter() - start)
        if len(first) < 3:
            client.kill()
    text = edited.read_text(encoding="utf-8")
    waits = [
        Waited("`check`, warm cache", tuple(warm[1:])),
        Waited("server: start, open a file, first diagnostics", tuple(first)),
        Waited("keystroke, names stay", _typed(client, edited, times, lambda number: f"{text}# {number}\n")),
        Waited("keystroke, a new name", _typed(client, edited, times, lambda number: f"{text}def fresh_{number}():\n    new_{number}()\n")),
    ]
    peak = _peak(client.process.pid)
    client.kill()
    return waits, peak


def _edited(tree: Path, printed: str) -> Path:
    """The file that is typed in: the one with the first finding, so that something hangs on it; else one in the middle."""
    named = [line.partition(":")[0] for line in printed.splitlines() if line.partition(":")[0].endswith(".py")]
    every = [path for path, _ in sources(tree)]
    return tree / named[0] if named else every[len(every) // 2]


def _typed(client: LanguageClient, path: Path, times: int, text: Callable[[int], str]) -> tuple[float, ...]:
    waits = []
    for number in range(times + 2):
        start = time.perf_counter()
        client.type(path, {"text": text(number)})
        client.settled()
        waits.append(time.perf_counter() - start)
    return tuple(waits[2:])  # the first ones import what an edit needs


def _peak(process: int) -> float:
    try:
        status = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    except OSError:  # not on Linux
        return 0.0
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def _compared(place: Path, count: int, seed: int) -> list[str]:
    """The random edits after which the server said something else than a fresh check."""
    project = place / "edited"
    project.mkdir()
    (project / "pyproject.toml").write_text("[tool.session-lint]\n", encoding="utf-8")
    texts = {"service": GETTER, "helper": ONCE, "handler": TWICE, "caller": _CALLER, "other": ONCE, "last": TWICE}
    for name, text in texts.items():
        (project / f"{name}.py").write_text(text, encoding="utf-8")
    client = LanguageClient(project, timeout=600)
    edits = RandomEdits(client, Random(seed), {project / f"{name}.py": text for name, text in texts.items()})
    wrong = []
    for number in range(count):
        done = edits.one()
        shown, wanted = said(client.settled()), checked(project, edits.texts, place / "copy")
        if shown != wanted:
            wrong.append(f"edit {number} ({done}): {sorted(set(shown) ^ set(wanted))}")
    client.kill()
    return wrong


if __name__ == "__main__":
    sys.exit(main())
