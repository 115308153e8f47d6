"""The annotation of a parameter that takes a record, as this project writes it."""

from __future__ import annotations

import builtins
import re

import libcst as cst

from session_lint.repair.rewrite.file import names
from session_lint.repair.rewrite.file.source import Source

_TYPE = r"""([\w.\[\]|"' ]+?)\s*(?:=|,|\)|#|$)"""
_WORD = re.compile(r"[A-Za-z_]\w*")


def optional(source: Source, kind: str) -> str:
    """A type or None, in the spelling of the file: `Optional[X]` where that is imported, else `X | None`; "" for no type."""
    if not kind:
        return ""
    if kind.endswith("None") or kind.startswith("Optional[") or kind == "Any":
        return kind
    if kind[0] in "\"'":
        return f"{kind[:-1]} | None{kind[-1]}"
    if "Optional" in _module_names(source) and "| None" not in source.text:
        return f"Optional[{kind}]"
    return f"{kind} | None"


def returned(function: cst.FunctionDef, source: Source, pick: str) -> str:
    """What a getter is said to return, of a pair its first part; "" where it does not say."""
    if function.returns is None:
        return ""
    node = function.returns.annotation
    if pick == "[0]":
        if not isinstance(node, cst.Subscript) or source.code(node.value).lower().rsplit(".", 1)[-1] != "tuple":
            return ""
        index = node.slice[0].slice
        return source.code(index.value) if isinstance(index, cst.Index) else ""
    return required(source.code(node))


def model(source: Source, call: cst.Call) -> str:
    """The class whose record a call of an ORM returns: `Basket` of `Basket.objects.get_or_create()`; "" of other calls."""
    base = call.func.value if isinstance(call.func, cst.Attribute) else None
    if isinstance(base, cst.Attribute) and base.attr.value == "objects":
        base = base.value
    text = source.code(base) if base is not None else ""
    return text if text.rsplit(".", 1)[-1][:1].isupper() and text.replace(".", "_").isidentifier() else ""


def fallback(source: Source) -> str:
    """What to say of a type that nobody names: `Any` where the file knows it, else nothing."""
    return "Any" if "Any" in _module_names(source) else ""


def usable(source: Source, kind: str) -> bool:
    """Whether every name of a type means something in a file."""
    known = _module_names(source)
    plain = kind.strip("\"'")
    return bool(plain) and all(word in known or hasattr(builtins, word) for word in _WORD.findall(re.sub(r"\.\w+", "", plain)))


def said_elsewhere(sources: tuple[Source, ...], name: str) -> str:
    """How a parameter or attribute of that name is annotated in one of the files, without `None`; "" where it is not."""
    for source in sources:
        found = re.search(rf"\b{re.escape(name)}: {_TYPE}", source.text, re.MULTILINE)
        if found and usable(source, required(found[1])):
            return required(found[1])
    return ""


def required(kind: str) -> str:
    """`X` of `X | None` and of `Optional[X]`."""
    optional_of = re.fullmatch(r"(?:typing\.)?Optional\[(.*)\]", kind, re.DOTALL)
    return re.sub(r"^None \| | \| None$", "", optional_of[1] if optional_of else kind).strip()


def _module_names(source: Source) -> frozenset[str]:
    return names.of_module(source.module)
