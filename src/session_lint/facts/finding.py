"""What a rule reports."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from session_lint.facts.chain import ChainStep
from session_lint.facts.intent import Intent
from session_lint.facts.known import Compared
from session_lint.facts.location import Place, Span
from session_lint.facts.seen import Seen

__all__ = [
    "Applicability",
    "ChainStep",
    "Confidence",
    "Edit",
    "Finding",
    "Fix",
    "Notice",
    "Related",
    "Report",
    "RuleInfo",
    "Unresolved",
]


class Confidence(str, Enum):
    """`certain`: the key is provably the same. `likely`: it may be, nothing shows that it differs."""

    CERTAIN = "certain"
    LIKELY = "likely"


class Applicability(str, Enum):
    """How far an edit can be trusted, in ruff's words."""

    SAFE = "safe"
    UNSAFE = "unsafe"
    DISPLAY = "display"


@dataclass(frozen=True, slots=True)
class Related:
    """Another place that belongs to the finding, with what happened there."""

    message: str
    place: Place


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace `span` of a file by `content`; of one that is `new`, the content is all of a file that is not there yet."""

    path: str
    content: str
    span: Span
    new: bool = False


@dataclass(frozen=True, slots=True)
class Fix:
    """A suggested repair. No edits means advice only; `advice` is what was advised before the edits were worked out."""

    applicability: Applicability
    message: str
    edits: tuple[Edit, ...] = ()
    advice: str = ""

    @property
    def can_be_made(self) -> bool:
        """Whether there are edits, and not for reading only."""
        return bool(self.edits) and self.applicability is not Applicability.DISPLAY


@dataclass(frozen=True, slots=True)
class Finding:
    """One defect at one place. `chain` runs from the function where both halves meet to the finding; a repair starts from `intent`."""

    code: str
    name: str
    message: str
    place: Place
    confidence: Confidence
    related: tuple[Related, ...] = ()
    chain: tuple[ChainStep, ...] = ()
    fix: Fix | None = None
    intent: Intent | None = None

    @property
    def sort_key(self) -> tuple[str, int, int, str, str]:
        """By file, place, code, message: the order of every output."""
        span = self.place.span
        return (self.place.path, span.row, span.column, self.code, self.message)


@dataclass(frozen=True, slots=True)
class Notice:
    """Something the analysis could not do, named: a file that does not parse, bytes that do not decode.

    `path` is relative to the project root; of a rule that failed it is "rule CODE".
    """

    path: str
    message: str
    row: int = 0

    @property
    def of_file(self) -> bool:
        """Whether `path` is one."""
        return not self.path.startswith("rule ")


@dataclass(frozen=True, slots=True)
class Unresolved:
    """A call the program could not link, with the reason."""

    reason: str
    place: Place
    text: str


@dataclass(frozen=True, slots=True)
class RuleInfo:
    """One rule. `summary` is a sentence or two, `explanation` its whole page; both are Markdown.

    `url` is where the page can be read, None while it is not published.
    """

    code: str
    name: str
    summary: str
    explanation: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """The outcome of one run. `sources` maps the path of every finding's file to its text, for snippets.

    `root` is the project root, an absolute path; "" when the project is in memory and its paths stand for themselves. `repository`
    is the repository that the root lies in, or the root itself: what other tools take paths to be relative to.
    `repaired` are the findings that `fix` made go away, each with the edits it made; None when nothing was to be repaired.
    `baseline` and `base` are set when there was one, a file or a revision of this name. `rules`
    describes every rule, by code, for who lists them; () when nobody asked. `seen` is what the analysis met; None where it was not run
    for findings.
    """

    findings: tuple[Finding, ...]
    notices: tuple[Notice, ...] = ()
    files: tuple[str, ...] = ()
    suppressed: int = 0
    resolved_calls: int = 0
    external_calls: int = 0
    unresolved: tuple[Unresolved, ...] = ()
    sources: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    root: str = ""
    repository: str = ""
    repaired: tuple[Finding, ...] | None = None
    rules: tuple[RuleInfo, ...] = ()
    baseline: Compared | None = None
    base: Compared | None = None
    base_name: str = ""
    seen: Seen | None = None
