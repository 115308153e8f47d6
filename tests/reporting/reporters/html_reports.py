"""Reports for the HTML format: the real one of the incident, a long chain, many findings, and one that means harm."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

from reporting.reporters.fixed_report import CLEARED, REPORT, UNTHREADED
from session_lint import api
from session_lint.facts.finding import (
    Applicability,
    ChainStep,
    Confidence,
    Edit,
    Finding,
    Fix,
    Notice,
    Related,
    Report,
    RuleInfo,
    Unresolved,
)
from session_lint.facts.intent import Intent
from session_lint.facts.location import Place, Span
from session_lint.facts.summary import Repeat
from session_lint.reporting.reporter import Style
from session_lint.reporting.reporters.html import Html

INCIDENT = Path(__file__).parents[2] / "fixtures" / "incident" / "before"


def html(report: Report) -> str:
    """The page."""
    return Html().render(report, Style())


@cache
def incident() -> Report:
    """What `check --output-format html` is given for the incident."""
    options = api.RunOptions(edits=True, use_cache=False)
    return api.with_rules(api.check_paths([INCIDENT], settings=api.load_settings([INCIDENT]), options=options))


def step(function: str, path: str, row: int, note: str = "") -> ChainStep:
    return ChainStep(function, Place(path, Span(row, 5, row, 20)), note)


def repeat(first: tuple[ChainStep, ...], chain: tuple[ChainStep, ...], shape: str = "unthreaded") -> Repeat:
    return Repeat(
        shape=shape,
        function=chain[0].function,
        getter="get_or_create_session(user_id)",
        key="user_id",
        certain=True,
        first=first[-1].place,
        first_function=first[-1].function,
        second=chain[-1].place,
        second_function=chain[-1].function,
        chain=chain,
        first_chain=first,
    )


def finding(first: tuple[ChainStep, ...], chain: tuple[ChainStep, ...]) -> Finding:
    """A finding with a call chain of these steps."""
    return Finding(
        "ONE103",
        "unthreaded-session",
        "the record is obtained again",
        chain[-1].place,
        Confidence.CERTAIN,
        chain=chain,
        intent=Intent(repeat(first, chain)),
    )


def long_chain(name: str, directory: str, steps: int = 8) -> Report:
    """A finding whose functions, files and calls all have long names."""
    functions = [f"application.package_{n}.module.{name}_{n}" for n in range(steps)]
    chain = tuple(
        step(
            function,
            f"{directory}/application/package_{n}/module.py",
            1000 + n,
            f"{functions[(n + 1) % steps]}(argument, {name}={name}, *arguments)",
        )
        for n, function in enumerate(functions)
    )
    return Report((finding((chain[0], *chain[5:7]), chain), finding((chain[0],), (chain[0],))), files=("a.py",), root="/project")


def many(count: int) -> Report:
    """Many findings, of two rules in turn, each in a file of its own."""
    findings = []
    for number in range(count):
        path = f"src/module_{number:03}.py"
        chain = (
            step(f"src.module_{number:03}.handle", path, 4, "load(user_id)"),
            step(f"src.module_{number:03}.load", path, 2, "get(user_id)"),
        )
        one = finding((step(f"src.module_{number:03}.handle", path, 3, "get(user_id)"),), chain)
        odd = number % 2 == 1
        findings.append(replace(one, code="ONE103" if odd else "ONE101", name="unthreaded-session" if odd else "repeated-getter"))
    text = "def load(user_id):\n    return get(user_id)\n\nload(1)\n"
    return Report(
        tuple(findings), files=tuple(f.place.path for f in findings), sources=tuple((f.place.path, text) for f in findings), root="/project"
    )


HARM = "<script>window.harm=1</script><img src=x onerror='window.harm=2'>\"'&amp;`</title></style></script>"


def hostile() -> Report:
    """Markup wherever a text of the analysed project, or of the machine, can stand."""
    path = f"src/{HARM}.py"
    place = Place(path, Span(1, 1, 1, 10))
    chain = (ChainStep(f"m.{HARM}", place, HARM), ChainStep(f"n.{HARM}", place, HARM))
    one = Finding(
        "ONE103",
        HARM,
        f"{HARM} `{HARM}` **{HARM}** [x](javascript:window.harm=3)",
        place,
        Confidence.LIKELY,
        (Related(HARM, place),),
        chain,
        Fix(Applicability.UNSAFE, HARM, (Edit(path, HARM, Span(1, 1, 1, 1)),)),
        Intent(replace(repeat(chain, chain), key=HARM, getter=HARM)),
    )
    return Report(
        (one,),
        (Notice(path, HARM, 3),),
        (path,),
        unresolved=(Unresolved(HARM, place, HARM),),
        sources=((path, f"{HARM}\n# \u202e reversed \x1b[31m \x00\n"),),
        root=f"/{HARM.replace('/', '')}",
        repaired=(one,),
        rules=(
            RuleInfo(
                "ONE103", HARM, HARM, f"{HARM}\n\n## {HARM}\n\n- {HARM}\n\n```python\n{HARM}\n```\n", f"https://example.invalid/{HARM}"
            ),
        ),
    )


__all__ = [
    "CLEARED",
    "HARM",
    "INCIDENT",
    "REPORT",
    "UNTHREADED",
    "finding",
    "hostile",
    "html",
    "incident",
    "long_chain",
    "many",
    "repeat",
    "step",
]
