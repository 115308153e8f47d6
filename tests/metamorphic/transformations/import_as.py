"""Imported names under another name."""

from __future__ import annotations

import libcst as cst

from metamorphic.code import Names, Numbers, found, local_names
from metamorphic.modules import dotted, import_lines, words
from metamorphic.programs import Program
from metamorphic.transformation import Transformation


class ImportAs(Transformation):
    """`from m import n` becomes `from m import n as n_1`, `import m` becomes `import m as m_1`, and the file uses the new name."""

    fits = "imported names that the file binds nowhere else, and that nobody imports from it"

    def rewrite(self, modules: dict[str, cst.Module], program: Program) -> dict[str, cst.Module]:
        numbers, texts = Numbers(program.texts), words(modules)
        done = {}
        for path, module in modules.items():
            taken = set(texts)
            for node in found(module, cst.FunctionDef):
                assert isinstance(node, cst.FunctionDef)
                taken |= local_names(node)
            for other in modules.values():
                imports = [line for line in import_lines(other).values() if line.startswith(f"from {dotted(path)} import ")]
                taken |= {line.split()[3] for line in imports}
            done[path] = _renamed(module, taken, numbers) if not path.endswith("__init__.py") else module
        return done


def _renamed(module: cst.Module, taken: set[str], numbers: Numbers) -> cst.Module:
    plain = {name: line for name, line in import_lines(module).items() if " as " not in line and "__future__" not in line}
    new = {name: numbers.next(name) for name, line in plain.items() if name not in taken and "." not in line.split()[-1]}
    changed = module.visit(Names(lambda name: name.with_changes(value=new.get(name.value, name.value))))
    body = [top.visit(_Aliases(new)) if isinstance(top, cst.SimpleStatementLine) else top for top in changed.body]  # type: ignore[union-attr]
    return changed.with_changes(body=body)  # type: ignore[return-value]


class _Aliases(cst.CSTTransformer):
    def __init__(self, new: dict[str, str]) -> None:
        super().__init__()
        self.new = new

    def leave_ImportAlias(self, original_node: cst.ImportAlias, updated_node: cst.ImportAlias) -> cst.ImportAlias:
        name = updated_node.name
        if updated_node.asname is not None or not isinstance(name, cst.Name) or name.value not in self.new:
            return updated_node
        return updated_node.with_changes(asname=cst.AsName(cst.Name(self.new[name.value])))
