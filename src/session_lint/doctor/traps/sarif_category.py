"""Trap `sarif-category`."""

from __future__ import annotations

from collections.abc import Iterator

from session_lint.doctor.trap import Trap
from session_lint.facts.trap import Caught
from session_lint.project.surroundings import Surroundings
from session_lint.project.yaml_nodes import Node

_UPLOAD = "github/codeql-action/upload-sarif"


class SarifCategory(Trap):
    """A workflow uploads SARIF without a category, or with one that every job of a matrix shares."""

    why = "GitHub keeps one result for each category and commit: a second upload takes the place of the first, and its alerts are closed"

    def look(self, project: Surroundings) -> Iterator[Caught]:
        for path, text in project.workflows():
            tree = project.yaml(path) if _UPLOAD in text else None
            jobs = tree.get("jobs") if tree is not None else None
            for name, job in jobs.entries if jobs is not None else ():
                if "session-lint" in _words(job):
                    for step in _uploads(job):
                        yield from self._judge(project.shown(path), name, job, step)

    def _judge(self, where: str, name: str, job: Node, step: Node) -> Iterator[Caught]:
        category = step.get("with", "category")
        matrix = job.get("strategy", "matrix")
        keys = [key for key, _ in matrix.entries if key not in ("include", "exclude")] if matrix is not None else []
        different = "".join(f"/${{{{ matrix.{key} }}}}" for key in keys)
        if category is None:
            message = f"job `{name}` uploads SARIF without a category"
            yield self.caught(where, step.row, message, f"with:\n  category: session-lint{different}")
        elif matrix is not None and "matrix." not in category.text:
            message = f"every job of the matrix of `{name}` uploads SARIF as `{category.text}`"
            yield self.caught(where, category.row, message, f"category: {category.text}{different}")


def _uploads(job: Node) -> tuple[Node, ...]:
    steps = job.get("steps")
    return tuple(step for step in steps.items if step.said("uses").startswith(_UPLOAD)) if steps is not None else ()


def _words(node: Node) -> str:
    return " ".join((node.text, *map(_words, node.items), *(_words(value) for _, value in node.entries)))
