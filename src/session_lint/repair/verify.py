"""Whether edits may stand: every file still parses, the findings are gone, and no other is new. Else, which repairs are to blame."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence

from session_lint.analysis.pipeline import Outcome
from session_lint.facts.finding import Edit, Finding
from session_lint.facts.location import Place
from session_lint.facts.summary import Repeat
from session_lint.repair import changeset
from session_lint.repair.plan import Planned, identity

_Spot = tuple[str, int, int]


def problems(before: Outcome, after: Outcome, batch: Sequence[Planned], edits: Sequence[Edit]) -> dict[int, str]:
    """What speaks against the repairs of a batch, by their numbers in it; nothing at all when they may stand.

    The whole program counts: suppressed findings, rules that are not selected and files that are not reported too. What a repair only
    uncovers was there before it, and is left to the next pass.
    """
    found: dict[int, str] = {}
    known = set(before.notices)
    for notice in after.notices:
        if notice not in known:
            blame(found, batch, (notice.path,), f"the edit would break {notice.path}: {notice.message}")
    wanted = [finding for finding, _ in batch]
    repaired = {identity(finding) for finding in wanted}
    for finding in _excess(before, after, wanted, edits):
        own = identity(finding)
        if own in repaired:
            for number, one in enumerate(wanted):
                if identity(one) == own:
                    found.setdefault(number, f"the edit would not remove the finding{_despite(one, finding)}")
        else:
            reason = f"the edit would bring a new finding: {finding.code} at {finding.place}: {finding.message}"
            blame(found, batch, _paths(finding), reason)
    return found


def _despite(before: Finding, after: Finding) -> str:
    """What still comes first when the finding is there after the edit with another first half; "" when nothing else does."""
    had, has = (one.intent.material if one.intent is not None else None for one in (before, after))
    if not isinstance(had, Repeat) or not isinstance(has, Repeat) or had.first_function == has.first_function:
        return ""
    return f": `{has.first_function.rsplit('.', 1)[-1]}()` obtains the record before it, too"


def blame(found: dict[int, str], batch: Sequence[Planned], paths: Iterable[str], reason: str) -> None:
    """Notes the reason with the repairs that edit one of the files; with all of them when none does."""
    edited = set(paths)
    numbers = [number for number, (_, fix) in enumerate(batch) if any(edit.path in edited for edit in fix.edits)]
    for number in numbers or range(len(batch)):
        found.setdefault(number, reason)


def _excess(before: Outcome, after: Outcome, repaired: Sequence[Finding], edits: Sequence[Edit]) -> list[Finding]:
    """The findings that should not be there: there are more of their kind than were to be left."""
    due = Counter(map(identity, before.findings))
    due.subtract(map(identity, repaired))
    excess: list[Finding] = []
    for finding in after.findings:
        own = identity(finding)
        due[own] -= 1
        if due[own] < 0:
            excess.append(finding)
    if not excess:
        return []
    pairs = {_halves(finding) for finding in repaired}
    gained = {definition.full for finding in repaired if finding.intent is not None for definition in finding.intent.definitions}
    gone = {id(finding) for finding in repaired}
    paired = _spots([finding for finding in before.findings if id(finding) not in gone and due[identity(finding)] > 0], edits)
    excess = [finding for finding in excess if not _rest(finding, gained) and _spot(finding) not in paired]
    return [finding for finding in excess if not _uncovered(finding, pairs, edits)]


def _rest(finding: Finding, gained: set[str]) -> bool:
    """A caller of a function that just gained the parameter: the rest of the same repair, for the next pass."""
    material = finding.intent.material if finding.intent is not None else None
    return isinstance(material, Repeat) and material.shape == "omitted" and material.callee in gained


def _uncovered(finding: Finding, repaired: Collection[tuple[_Spot, ...]], edits: Sequence[Edit]) -> bool:
    """Two calls of a getter that stand where they stood, and were not what was repaired: a pair that a nearer one hid until now.

    It is for the next pass. That comes to an end: no edit adds a call to such a pair, and each repair takes one away.
    """
    was: list[_Spot] = []
    for path, row, column in _halves(finding):
        point = changeset.came_from(edits, path, row, column)
        if point is None:
            return False
        was.append((path, *point))
    return bool(was) and tuple(was) not in repaired


def _halves(finding: Finding) -> tuple[_Spot, ...]:
    """Where the two calls of a getter stand; nothing for a finding that is about something else."""
    material = finding.intent.material if finding.intent is not None else None
    if not isinstance(material, Repeat):
        return ()
    return tuple(_at(chain[-1].place) for chain in (material.first_chain, material.again_chain or material.chain))


def _spots(findings: Iterable[Finding], edits: Sequence[Edit]) -> set[_Spot]:
    """Where findings that nobody meant to repair are after the edits: there the same defect may now be paired with another first half."""
    spots: set[_Spot] = set()
    for finding in findings:
        path, row, column = _spot(finding)
        to = changeset.moved(edits, path, row, column)
        if to is not None:
            spots.add((path, *to))
    return spots


def _spot(finding: Finding) -> _Spot:
    return _at(finding.place)


def _at(place: Place) -> _Spot:
    return place.path, place.span.row, place.span.column


def _paths(finding: Finding) -> set[str]:
    return {place.path for place in (finding.place, *(r.place for r in finding.related), *(s.place for s in finding.chain))}
