"""What waits for something outside the database: calls that a transaction must not be held open for, in functions of the project too."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import libcst as cst

from session_lint.analysis.cst.names import dotted_name
from session_lint.repair.rewrite.file.source import Source, Sources, called_name
from session_lint.repair.rewrite.writes import hazards, pure_functions

_MODULES = frozenset(
    {
        *("requests", "httpx", "aiohttp", "urllib", "urllib3", "smtplib", "boto3", "botocore", "subprocess", "openai", "anthropic"),
        *("paramiko", "ftplib", "telnetlib", "grpc", "stripe"),
    }
)
_CLIENTS = frozenset({"django.test.Client", "starlette.testclient.TestClient", "fastapi.testclient.TestClient"})
_HARMLESS = frozenset({"urllib.parse", "requests.exceptions", "httpx.URL", "subprocess.list2cmdline"})
_NAMES = frozenset({"sleep", "urlopen", "send_mail", "urlretrieve"})
_DEEP = 3  # functions of the project, each called by the one before


def calls(source: Source, body: Sequence[cst.CSTNode], sources: Sources) -> tuple[str, ...]:
    """The calls in statements that wait for something else than the database, as written; those that lead to one, too."""
    return tuple(dict.fromkeys(source.code(call.func) for call in _slow(source, body, sources, _DEEP)))


def _slow(source: Source, body: Sequence[cst.CSTNode], sources: Sources, deep: int) -> Iterator[cst.Call]:
    modules, kept = _modules(source), _kept(source, body)
    for node in hazards.nodes(body):
        if isinstance(node, cst.Call) and (_waits(node, modules, kept) or (deep and _leads(source, node, sources, deep))):
            yield node


def _waits(call: cst.Call, modules: dict[str, str], kept: frozenset[str]) -> bool:
    name = dotted_name(call.func)
    begin, _, rest = name.partition(".")
    whole = ".".join(filter(None, (modules.get(begin, begin), rest)))
    if any(whole == one or whole.startswith(f"{one}.") for one in _HARMLESS):
        return False
    if whole.partition(".")[0] in _MODULES or begin in kept:
        return True
    return dotted_name(called_name(call)) in _NAMES


def _modules(source: Source) -> dict[str, str]:
    """The local names of imports, with the modules or what of them they are."""
    found: dict[str, str] = {}
    for line in source.module.body:
        for one in line.body if isinstance(line, cst.SimpleStatementLine) else ():
            for alias in one.names if isinstance(one, cst.Import) else ():
                if alias.asname is not None:
                    found[dotted_name(alias.asname.name)] = dotted_name(alias.name)
    for taken in source.imports:
        head = dotted_name(taken.module) if taken.module is not None and not taken.relative else ""
        for alias in () if isinstance(taken.names, cst.ImportStar) else taken.names:
            local = alias.asname.name if alias.asname is not None else alias.name
            found[dotted_name(local)] = f"{head}.{dotted_name(alias.name)}"
    return found


def _kept(source: Source, body: Sequence[cst.CSTNode]) -> frozenset[str]:
    """The names of one function that hold a client which asks another service."""
    modules = _modules(source)
    function = source.function_around(body[0]) if body else None
    found: set[str] = set()
    for node in hazards.nodes([function.body] if function is not None else body):
        match node:
            case cst.Assign(targets=[cst.AssignTarget(target=cst.Name(name))], value=cst.Call(func=made)):
                begin, _, rest = dotted_name(made).partition(".")
                if ".".join(filter(None, (modules.get(begin, begin), rest))) in _CLIENTS:
                    found.add(name)
    return frozenset(found)


def _leads(source: Source, call: cst.Call, sources: Sources, deep: int) -> bool:
    """Whether a call enters a function of the project, the only one of its name, that waits."""
    match call.func:
        case cst.Name(value=name):
            found = pure_functions.only(sources, name)
        case cst.Attribute(value=cst.Name("self" | "cls"), attr=cst.Name(name)):
            found = _method(source, call, name)
        case _:
            return False
    if found is None:
        return False
    where, function = found
    return next(_slow(where, [function.body], sources, deep - 1), None) is not None


def _method(source: Source, call: cst.Call, name: str) -> tuple[Source, cst.FunctionDef] | None:
    owner = source.around(call, cst.ClassDef)
    for one in owner.body.body if isinstance(owner, cst.ClassDef) else ():
        if isinstance(one, cst.FunctionDef) and one.name.value == name:
            return source, one
    return None
