"""`session-lint graph`."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

import click

from session_lint import api
from session_lint.cli.command import emit, paths_argument, style, warn
from session_lint.cli.project_options import ProjectOptions, project_options
from session_lint.errors import ExitCode

_Graph = Mapping[str, tuple[str, ...]]


def _json(graph: _Graph) -> str:
    return json.dumps(graph, indent=2) + "\n"


def _text(graph: _Graph) -> str:
    return "".join(f"{caller}\n" + "".join(f"  {callee}\n" for callee in callees) for caller, callees in graph.items())


def _mermaid(graph: _Graph) -> str:
    names = sorted({*graph, *(callee for callees in graph.values() for callee in callees)})
    numbers = {name: f"n{number}" for number, name in enumerate(names)}
    labels = {name: name.replace('"', "#quot;").replace("<", "#lt;").replace(">", "#gt;") for name in names}
    lines = ["flowchart LR"]
    lines += [f'    {numbers[name]}["{labels[name]}"]' for name in names]
    lines += [f"    {numbers[caller]} --> {numbers[callee]}" for caller, callees in graph.items() for callee in callees]
    return "".join(f"{line}\n" for line in lines)


_FORMATS: dict[str, Callable[[_Graph], str]] = {"json": _json, "mermaid": _mermaid, "text": _text}


@click.command("graph", short_help="Print the call graph as resolved.")
@paths_argument
@click.option("--output-format", type=click.Choice(sorted(_FORMATS)), default="json", show_default=True, help="How to print.")
@project_options
def command(*, paths: tuple[str, ...], output_format: str, project: ProjectOptions) -> int:
    """Print the call graph as resolved: every function with the functions it calls.

    Exit code: 0 the graph is whole, 2 it lacks what could not be analysed.
    """
    settings = project.settings(paths)
    kept = project.kept(paths, settings)
    if paths and not kept:  # every one is excluded
        emit(_FORMATS[output_format]({}))
        return ExitCode.CLEAN
    graph, report = api.call_graph_report(kept, settings=settings, options=project.run_options())
    warn(report, style("never", output_file=None, quiet=False))
    emit(_FORMATS[output_format](graph))
    return api.exit_code(report)
