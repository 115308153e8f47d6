"""A codemod that does what a comment on the line of the finding says: right, wrong, or not at all. Only for tests of the passes."""

from __future__ import annotations

import re
from typing import ClassVar

from session_lint.facts.finding import Edit, Fix
from session_lint.facts.intent import Intent
from session_lint.facts.location import Span
from session_lint.facts.summary import Repeat
from session_lint.repair.codemod import Codemod, safe, unsafe
from session_lint.repair.rewrite.file.source import CannotRepair, Sources


class Scripted(Codemod):
    """`# script: WORD` behind the second call, with an argument for some words."""

    repairs: ClassVar[str] = "ONE101"

    def fix(self, intent: Intent, sources: Sources) -> Fix:
        material = intent.material
        assert isinstance(material, Repeat)
        source = sources[material.second.path]
        row = material.second.span.row
        line = source.line(row)
        found = re.search(r"# script: (\w+) ?(.*)", line)
        if found is None:
            raise CannotRepair("no script")
        start, end = line.index("get_or"), line.index(")") + 1
        path = source.path
        right = Edit(path, material.holder or "first", Span(row, start + 1, row, end + 1))
        whole = Span(1, 1, 1, 1)
        match found[1]:
            case "right":
                return safe(f"script {found[2]}", right)
            case "risky":
                return unsafe("script", right)
            case "wide":  # takes in the whole line, and a shared edit at the top
                return safe("script", right, Edit(path, "import shared\n", whole))
            case "next":  # touches the line below
                return safe("script", right, Edit(path, "", Span(row + 1, 1, row + 1, 1)))
            case "breaks":
                return safe("script", Edit(path, "((", right.span))
            case "nothing":
                return safe("script", Edit(path, "# nothing\n", whole))
            case "brings":  # the finding is gone, another one is there
                text = "\n\ndef brought(user_id):\n    a = get_or_create_session(user_id)\n    return a, get_or_create_session(user_id)\n"
                return safe("script", right, Edit(path, text, Span(source.rows + 1, 1, source.rows + 1, 1)))
            case "other":  # edits another file
                return safe("script", right, Edit(found[2], "# edited\n", whole))
            case "outside":
                return safe("script", Edit(path, "x", Span(9999, 1, 9999, 1)))
            case "overlaps":
                return safe("script", right, Edit(path, "x", Span(row, start + 2, row, start + 3)))
            case "foreign":
                return safe("script", right, Edit(path, "# ł\n", whole))
            case "crashes":
                raise RuntimeError("the script says so")
        raise CannotRepair(f"no such word: {found[1]}")
