"""Keys with what project functions return in the place of their calls."""

from __future__ import annotations

from session_lint.analysis.program.unfolding import Unfolding
from session_lint.facts.terms import Attr, Const, Invoke, Item, Param, Ref, Term

USER = Param("user")


def _unfolded(term: Term, results: dict[str, Term]) -> tuple[Term, list[str]]:
    """The term unfolded, and the functions that were asked for what they return."""
    asked: list[str] = []

    def result(call: Invoke) -> Term | None:
        name = call.func.name if isinstance(call.func, Ref) else ""
        asked.append(name)
        return results.get(name)

    return Unfolding({}, result).of(term), asked


def test_what_is_called_by_what_is_called() -> None:
    term, _ = _unfolded(Invoke(Ref("app.key")), {"app.key": Attr(Invoke(Ref("app.owner")), "id"), "app.owner": USER})

    assert term == Attr(USER, "id")


def test_what_nothing_is_known_of_stays_the_term_that_it_is() -> None:
    call = Invoke(Ref("other.key"), (USER,))

    assert _unfolded(call, {})[0] is call


def test_a_part_that_stands_in_many_places_is_looked_into_once() -> None:
    term: Term = Invoke(Ref("app.key"))
    for _ in range(200):
        term = Item(term, term)
    unfolded, asked = _unfolded(term, {"app.key": Const(1)})

    assert asked == ["app.key"]
    while isinstance(unfolded, Item):
        unfolded = unfolded.base
    assert unfolded == Const(1)
