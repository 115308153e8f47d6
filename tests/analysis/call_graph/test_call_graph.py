"""The call graph of small programs, one folder per case. How the graphs are written: README.md of this folder."""

from __future__ import annotations

import ast
import functools
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from analysis.call_graph.trace import UNKNOWN, functions, module_name

HERE = Path(__file__).parent
CASES = sorted(path.parent.name for path in HERE.glob("*/callgraph.json"))

# Edges that a run shows but the graph leaves out, and edges that hold although no run shows them.
NOT_EXPECTED = {
    "typed_protocol": {("main.go", "main.Service.run")},  # the edge stops at the protocol
}
NOT_OBSERVED = {
    "function_never_called": {("main.unused", "main.load")},
    "import_conditional": {("main.run", "fast.load")},  # the environment decides
    "typed_protocol": {("main.go", "main.Runner.run")},
}

# What the analysis is known not to find, and why. Strict: a repair is to be noticed.
KNOWN_GAPS = {
    "closure_nonlocal": "a local of the function itself keeps the value assigned there; that an inner function rebinds it is not followed",
}


def sources(case: str) -> dict[str, str]:
    """The files of a case by their path relative to its folder."""
    root = HERE / case
    return {path.relative_to(root).as_posix(): path.read_text() for path in sorted(root.rglob("*.py"))}


def expected(case: str) -> dict[str, list[str]]:
    """The graph of a case as it is written down."""
    graph: dict[str, list[str]] = json.loads((HERE / case / "callgraph.json").read_text())
    return graph


def imported(tree: ast.Module) -> set[str]:
    """The packages a file imports, anywhere in it."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            names.add(node.module.split(".")[0])
    return names


def tried(tree: ast.Module) -> set[str]:
    """The packages imported inside `try`: the case has a fallback for them."""
    return {name for node in ast.walk(tree) if isinstance(node, ast.Try) for name in imported(ast.Module(node.body, []))}


def runs(case: str) -> bool:
    """Whether a case needs nothing but itself and the standard library."""
    trees = {path: ast.parse(text) for path, text in sources(case).items()}
    own = {module_name(path).split(".")[0] for path in trees}
    return all(imported(tree) - tried(tree) <= own | sys.stdlib_module_names for tree in trees.values())


def trace(roots: Sequence[Path]) -> dict[Path, set[tuple[str, str, str]]]:
    """Run the programs in these folders and return the calls of each, as trace.py reports them."""
    command = [sys.executable, str(HERE / "trace.py"), *map(str, roots)]
    result = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert result.returncode == 0, result.stderr
    seen: dict[str, list[tuple[str, str, str]]] = json.loads(result.stdout.splitlines()[-1])
    return {root: {(caller, callee, kind) for caller, callee, kind in seen[str(root)]} for root in roots}


@functools.cache
def observed(case: str) -> frozenset[tuple[str, str, str]]:
    """The calls of a real run of the case."""
    return frozenset(all_observed()[HERE / case])


@functools.cache
def all_observed() -> dict[Path, set[tuple[str, str, str]]]:
    """All cases that run, in one process: starting one for each would take most of the time."""
    return trace([HERE / case for case in RUNNABLE])


def edges(case: str) -> set[tuple[str, str]]:
    """The expected graph as pairs."""
    return {(caller, callee) for caller, callees in expected(case).items() for callee in callees}


RUNNABLE = [case for case in CASES if runs(case)]


def with_gaps(cases: Sequence[str]) -> list[object]:
    """The cases as parameters, the known gaps marked."""
    marks = {case: [pytest.mark.xfail(reason=reason, strict=True, raises=AssertionError)] for case, reason in KNOWN_GAPS.items()}
    return [pytest.param(case, marks=marks.get(case, [])) for case in cases]


@pytest.mark.parametrize("case", with_gaps(CASES))
def test_the_call_graph_is_exactly_the_expected_one(case: str) -> None:
    from session_lint.analysis.pipeline import graph_sources

    assert {caller: list(callees) for caller, callees in graph_sources(sources(case)).items()} == expected(case)


@pytest.mark.parametrize("case", CASES)
def test_a_case_is_complete(case: str) -> None:
    nodes: set[str] = set()
    for path, text in sources(case).items():
        nodes |= {module_name(path), *(f"{module_name(path)}.{name}" for name in functions(ast.parse(text)))}
    graph = expected(case)
    assert list(graph) == sorted(nodes)
    assert all(callees == sorted(set(callees)) and nodes.issuperset(callees) for callees in graph.values())
    assert len((HERE / case / "README.md").read_text().splitlines()) == 1


@pytest.mark.parametrize("case", RUNNABLE)
def test_every_observed_call_is_expected(case: str) -> None:
    known = edges(case)
    called = {callee for _, callee in known}
    allowed = NOT_EXPECTED.get(case, set())
    calls = {(caller, callee) for caller, callee, kind in observed(case) if kind == "call"}
    assert {(caller, callee) for caller, callee in calls if caller != UNKNOWN} - known == allowed
    assert {callee for caller, callee in calls if caller == UNKNOWN} <= called


@pytest.mark.parametrize("case", RUNNABLE)
def test_every_expected_call_is_observed(case: str) -> None:
    seen = {(caller, callee) for caller, callee, _ in observed(case)}
    missing = {(caller, callee) for caller, callee in edges(case) - seen if (UNKNOWN, callee) not in seen}
    assert missing == NOT_OBSERVED.get(case, set())


def test_most_cases_run() -> None:
    assert len(RUNNABLE) >= 0.9 * len(CASES)
    assert set(NOT_EXPECTED) | set(NOT_OBSERVED) <= set(RUNNABLE)
    assert set(KNOWN_GAPS) <= set(CASES)


def test_the_oracle_sees_who_calls(tmp_path: Path) -> None:
    (tmp_path / "other.py").write_text("def rows():\n    yield leaf()\n\n\ndef leaf():\n    return 1\n")
    (tmp_path / "main.py").write_text(
        "import other\n\n\ndef make():\n    return other.rows()\n\n\ndef use(items):\n    return [item for item in items]\n\n\nuse(make())\n"
    )
    assert trace([tmp_path])[tmp_path] == {
        ("main", "main.make", "call"),
        ("main", "main.use", "call"),
        ("main.make", "other.rows", "call"),  # called in make, resumed in use
        ("other.rows", "other.leaf", "call"),
    }
