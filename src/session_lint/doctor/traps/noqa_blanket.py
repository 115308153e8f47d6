"""Trap `noqa-blanket`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from session_lint.doctor.trap import Trap
from session_lint.facts.trap import Caught
from session_lint.known.suppressions import Suppressions
from session_lint.project.surroundings import Surroundings


class NoqaBlanket(Trap):
    """A `# noqa` that means one rule, but is read as one without codes: `# noqa:ONE`, `# noqa ONE101`, `# noqa: repeated-getter`."""

    why = "`# noqa` without a readable code switches off every code of every plugin on its line"

    def look(self, project: Surroundings) -> Iterator[Caught]:
        names = {name: code for code, name in project.rules}
        meant = re.compile(rf"# (?i:noqa)\b.*?\b(?P<said>ONE\d*|{'|'.join(map(re.escape, names))})\b")
        for file, row, comment in project.comments(meant):
            found = meant.search(comment)
            if found is None or [codes for _, codes in Suppressions.read(comment).noqa] != [()]:
                continue
            code = names.get(found["said"], found["said"] if found["said"] != "ONE" else project.rules[0][0])
            message = f"`{comment}` is read as `# noqa` without a code, and switches off everything on its line"
            yield self.caught(file, row, message, f"# noqa: {code}")
