"""The contract of a rule: a read-only query over the program that yields findings."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, ClassVar

from session_lint.facts.effects import Advice
from session_lint.facts.finding import Applicability, ChainStep, Confidence, Finding, Fix, Related
from session_lint.facts.intent import Intent
from session_lint.facts.location import Place
from session_lint.facts.schema import Covered
from session_lint.facts.summary import Repeat, Replacement

if TYPE_CHECKING:  # a run that finds everything in the cache needs no program
    from session_lint.analysis.program.program import Program


class Rule(ABC):
    """One rule. The class docstring is its page; its headings are checked by the meta-tests."""

    code: ClassVar[str]
    since: ClassVar[str]

    @property
    def name(self) -> str:
        """The rule's name: the stem of its file, with hyphens."""
        return type(self).__module__.rsplit(".", 1)[-1].replace("_", "-")

    def finding(
        self,
        message: str,
        place: Place,
        *,
        certain: bool,
        first: tuple[str, Place],
        again: tuple[str, Place | None] = ("", None),
        others: Sequence[tuple[str, Place]] = (),
        chain: tuple[ChainStep, ...],
        advice: str,
        caution: str = "",
        assumed: str = "",
        intent: Intent | None = None,
    ) -> Finding:
        """A finding of this rule. `first` is the related place with what happened there, `again` a second one, `others` more; `advice` is
        the help, which ends the message, and `caution` what is said of it besides; `assumed` is the link that is not proved, where the
        finding is not certain. A repair starts from `intent`."""
        second = (Related(again[0], again[1]),) if again[1] is not None and again[1] != place else ()
        return Finding(
            code=self.code,
            name=self.name,
            message=f"{message}{f'; assumed: {assumed}' if assumed and not certain else ''}; {advice}",
            place=place,
            confidence=Confidence.CERTAIN if certain else Confidence.LIKELY,
            related=(Related(*first), *second, *(Related(*one) for one in others)),
            chain=chain,
            fix=Fix(Applicability.DISPLAY, advice[0].upper() + advice[1:] + (f". {caution}" if caution else "")),
            intent=intent,
        )

    @abstractmethod
    def check(self, program: Program) -> Iterator[Finding]:
        """The findings of this rule, in any order."""


def assumed_of(material: Repeat | Replacement) -> str:
    """All that the proof of a finding takes for granted."""
    key = () if material.certain else (_same_key(material) if isinstance(material, Repeat) else _same_rows(material),)
    return ", and ".join((*key, *material.assumed))


def _same_key(repeat: Repeat) -> str:
    """What is assumed of a record that may be another one."""
    if repeat.key == repeat.first_key or not repeat.first_key:
        return f"that {repeat.key or 'the record'} is the same both times"
    return f"that {repeat.key} is {repeat.first_key}, the key of the first call"


def _same_rows(replacement: Replacement) -> str:
    """What is assumed of rows that may be others."""
    return f"that the rows inserted have the {replacement.key} of those cleared" if replacement.key else "that they are the same rows"


def cautioned(client: Advice, replacement: Replacement) -> str:
    """What the upsert that is advised needs of the schema, or that it is there; and what else is said of it."""
    answer = replacement.schema
    asked = client.unique.format(columns=replacement.key)
    if answer.by is not None:
        asked = f"What it goes by is there: {answer.by.shown} of `{replacement.resource}`"
    elif answer.table is not None and answer.covered is Covered.NO and replacement.soft:
        asked = "It needs a partial unique index, over the rows in use alone: there is none"
    elif answer.table is not None and answer.covered is Covered.NO and asked:
        near = f"; the nearest is {answer.near.shown}" if answer.near is not None else ""
        asked += f", which `{replacement.resource}` does not have{near}"
    return "; ".join(filter(None, (asked, client.caution)))


def record(holder: str) -> str:
    """Of the names that a call gives a record and what is told besides (`cart, created`), that of the record."""
    return holder.partition(",")[0]


def told_apart(*functions: str) -> list[str]:
    """The bare names of functions; with the class or module where two have the same one."""
    short = {full: full.rpartition(".")[2] for full in functions}
    shared = {name for name in short.values() if sum(name == other for other in short.values()) > 1}
    return [".".join(full.split(".")[-2:]) if short[full] in shared else short[full] for full in functions]


def chained(repeat: Repeat) -> tuple[str, str]:
    """What a call chain obtains again, and what to do about it."""
    of = f" for {repeat.key}" if repeat.key else ""
    where, callee, deep = told_apart(repeat.first_function, repeat.callee, repeat.chain[-1].function)
    handed = f"pass `{record(repeat.holder)}` down" if repeat.holder else f"let `{where}()` hand it on, and pass it down"
    advice = f"{handed} to `{deep}()`" if callee else f"let `{where}()` {repeat.keeping}"
    if callee and where == deep and not repeat.holder:
        advice = f"let the first call of `{where}()` hand it on, and give it to the second"
    who, again = (f"`{callee}()`", f" at {repeat.again}") if repeat.again else (f"`{repeat.getter}`", "")
    before = (
        "as it did when it was called first"
        if repeat.first == repeat.again and not repeat.runs
        else f"`{where}()` obtained it at {repeat.since}"
    )
    return f"{who} obtains the record{of} again{again}; {before}", advice
