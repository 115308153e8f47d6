"""What makes a finding the same finding after lines have moved or a file was renamed: its rule, its call path and its subject.

Line numbers and file names change with every edit, the functions a defect runs through seldom do (the reasons, from other tools'
issue trackers: fingerprints with a line in them reopen every alert).
"""

from __future__ import annotations

import ast
import hashlib
from collections import Counter
from collections.abc import Iterable

from session_lint.facts.chain import ChainStep
from session_lint.facts.finding import Finding
from session_lint.facts.summary import Repeat, Unconstrained


def local_name(step: ChainStep) -> str:
    """The function's name without its module, as far as the file's path tells where the module ends."""
    module = step.place.path.removesuffix(".py").removesuffix("/__init__").split("/")
    parts = step.function.split(".")
    for size in range(min(len(module), len(parts) - 1), 0, -1):
        if module[-size:] == parts[:size]:
            return ".".join(parts[size:])
    return step.function


def call_path(finding: Finding) -> tuple[str, ...]:
    """The functions from the entry to the finding, with their modules."""
    return tuple(step.function for step in finding.chain)


def local_path(finding: Finding) -> tuple[str, ...]:
    """The functions from the entry to the finding, without their modules: what a renamed file leaves as it was."""
    return tuple(local_name(step) for step in finding.chain)


def subject(finding: Finding) -> str:
    """What the finding is about: the getter with the classes and texts that its call names, or what is cleared; "" when it is not known.

    Two defects in one function differ in it. Variables are left out: a new name for one makes no new finding.
    """
    material = finding.intent.material if finding.intent is not None else None
    if material is None:
        return ""
    return _called(material.getter) if isinstance(material, (Repeat, Unconstrained)) else material.resource


def key(finding: Finding) -> str:
    """What the getter of the finding is given, as the call has it; "" when it is given nothing, or there is no getter.

    It holds the names of variables, so it is no part of the subject: whether another key is another finding, or the same under a new
    name, only the function says that it stands in.
    """
    material = finding.intent.material if finding.intent is not None else None
    call = _call(material.getter) if isinstance(material, (Repeat, Unconstrained)) else None
    if call is None:
        return ""
    return ", ".join((*map(ast.unparse, call.args), *(ast.unparse(one) for one in call.keywords)))


def _call(text: str) -> ast.Call | None:
    try:
        call = ast.parse(text.strip().replace("…", "..."), mode="eval").body  # a shortened call is one, too
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    call = call.value if isinstance(call, ast.Await) else call
    return call if isinstance(call, ast.Call) else None


def _called(text: str) -> str:
    call = _call(text)
    if call is None:
        return text
    function = call.func.attr if isinstance(call.func, ast.Attribute) else call.func.id if isinstance(call.func, ast.Name) else ""
    classes = {node.id for node in ast.walk(call) if isinstance(node, ast.Name) and node.id[:1].isupper() and node.id != function}
    texts = [repr(one.value) for one in call.args if isinstance(one, ast.Constant)]
    return f"{'.'.join((*sorted(classes), function))}({', '.join(texts)})"


def fingerprints(findings: Iterable[Finding]) -> dict[Finding, str]:
    """A hash per finding, different for each: 16 hexadecimal digits over rule, call path, subject and which one of its like it is, in
    order."""
    seen: Counter[tuple[str, tuple[str, ...], str]] = Counter()
    result: dict[Finding, str] = {}
    for finding in sorted(findings, key=lambda one: one.sort_key):
        key = (finding.code, local_path(finding), subject(finding))
        seen[key] += 1
        text = "\0".join((finding.code, *key[1], key[2], str(seen[key])))
        result[finding] = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
    return result
