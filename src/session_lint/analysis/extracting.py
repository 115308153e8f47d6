"""What is to be extracted of each file: its selected functions, and which of the attributes that they read may be properties.

Reading a property is a call. Which names properties have, another file may say: of those that were selected the others do nothing
that a finding could be made of.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from session_lint.analysis.jobs import ExtractJob
from session_lint.facts.module_index import FunctionIndex, ModuleIndex
from session_lint.facts.property_reads import is_read_by_objects


def extract_jobs(
    indexes: Mapping[str, ModuleIndex], wanted: Mapping[str, frozenset[str]], contents: Mapping[str, bytes]
) -> dict[str, ExtractJob]:
    """The work on each file of which functions are wanted, by path."""
    chosen = {path: [one for one in indexes[path].functions if one.qualname in names] for path, names in wanted.items()}
    known = frozenset(one.name for functions in chosen.values() for one in functions if is_read_by_objects(one))
    return {
        path: ExtractJob(indexes[path], names, contents[path], known.intersection(_said(chosen[path]) if known else ()))
        for path, names in wanted.items()
    }


def _said(functions: list[FunctionIndex]) -> Iterator[str]:
    for function in functions:
        yield from (form.rpartition(".")[2].removesuffix("(") for form in function.said)
