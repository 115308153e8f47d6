"""The dynamic oracle: run a case and report who called whom.

`python trace.py <case directory>...` runs each case's main.py and prints, as its last line, a JSON object: the directory as
given -> list of observations [caller, callee, kind].
Nodes are named as in callgraph.json. A caller of "?" means that another thread or the event loop made the call.
`kind` is "call", "implicit" (a protocol method: `with`, iteration, operators) or "wrapper" (the callee stands in for
a decorated function, which the expected graph looks through).

Every function of the case gets a recording decorator next to its `def`, so that a generator or coroutine counts for
whoever called it, not for whoever resumes it, as it would with `sys.setprofile`.
"""

from __future__ import annotations

import ast
import builtins
import functools
import importlib.machinery
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import CodeType, FrameType, ModuleType
from typing import Any

EXPLICIT_DUNDERS = frozenset({"__init__", "__call__"})
UNKNOWN = "?"


def module_name(path: str) -> str:
    """The dotted module name of a file of a case, given relative to the case's directory."""
    return path.removesuffix(".py").replace("/", ".").removesuffix(".__init__")


def scopes(tree: ast.AST, prefix: str = "") -> Iterator[tuple[str, ast.AST]]:
    """Every function and class below a node with its qualified name, outermost first."""
    for child in ast.iter_child_nodes(tree):
        if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield prefix + child.name, child
            yield from scopes(child, f"{prefix}{child.name}.")
        else:
            yield from scopes(child, prefix)


def functions(tree: ast.AST) -> dict[str, ast.FunctionDef | ast.AsyncFunctionDef]:
    """The functions and methods of a module by qualified name, nested ones included."""
    return {name: node for name, node in scopes(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))}


class Case:
    """The sources of one case and what the trace needs to know of them."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.modules: dict[str, str] = {}  # absolute path -> module name
        self.nodes: set[str] = set()
        self.decorated: set[str] = set()
        self.wrappers: set[str] = set()
        trees = {path: ast.parse(path.read_text()) for path in sorted(root.rglob("*.py"))}
        for path, tree in trees.items():
            name = module_name(path.relative_to(root).as_posix())
            self.modules[str(path)] = name
            self.nodes.update(f"{name}.{function}" for function in functions(tree))
        self._find_wrappers(trees)

    def _find_wrappers(self, trees: dict[Path, ast.Module]) -> None:
        """What stands in for a decorated function: any function inside a decorator, `__call__` of a decorator class."""
        own = {name.rsplit(".", 1)[-1] for tree in trees.values() for name, _ in scopes(tree)}
        used: set[str] = set()
        for path, tree in trees.items():
            for name, node in functions(tree).items():
                names = {decorator_name(item) for item in node.decorator_list} & own
                used |= names
                if names:
                    self.decorated.add(f"{self.modules[str(path)]}.{name}")
        for wrapper in self.nodes:
            parts = wrapper.split(".")
            if used.intersection(parts[:-1]) and (parts[-1] == "__call__" or not parts[-1].startswith("__")):
                self.wrappers.add(wrapper)

    def node(self, code: CodeType) -> str:
        """The node that a piece of running code belongs to: lambdas, comprehensions and class bodies to what is around them."""
        module = self.modules[code.co_filename]
        parts = [part for part in code.co_qualname.split(".") if part != "<locals>"]
        while parts and ".".join([module, *parts]) not in self.nodes:
            parts.pop()
        return ".".join([module, *parts])


def decorator_name(node: ast.expr) -> str:
    """The last name of a decorator: `a.b(c)` gives "b"."""
    if isinstance(node, ast.Call):
        return decorator_name(node.func)
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


class Recorder:
    """Collects the observations of one run."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.seen: set[tuple[str, str, str]] = set()

    def callers(self, frame: FrameType | None) -> Iterator[str]:
        """The nodes on the stack, innermost first, until the event loop or the end of the thread."""
        while frame is not None:
            code = frame.f_code
            if code.co_filename in self.case.modules:
                yield self.case.node(code)
            if code.co_filename.endswith("events.py") and code.co_name == "_run":
                return  # below is whoever started the loop, who has nothing to do with this call
            frame = frame.f_back

    def record(self, callee: str, frame: FrameType | None) -> None:
        """Note one call. A decorated function counts for its wrapper, for wrappers around that, and for whoever called those."""
        for caller in [*self.callers(frame), UNKNOWN]:
            self.seen.add((caller, callee, self.kind(callee)))
            if callee not in self.case.decorated or caller not in self.case.wrappers:
                break

    def kind(self, callee: str) -> str:
        name = callee.rsplit(".", 1)[-1]
        if callee in self.case.wrappers:
            return "wrapper"
        return "implicit" if name.startswith("__") and name.endswith("__") and name not in EXPLICIT_DUNDERS else "call"

    def traced(self, callee: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """The decorator that every function of the case gets."""

        def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
            @functools.wraps(function)
            def recording(*args: Any, **kwargs: Any) -> Any:
                self.record(callee, sys._getframe(1))
                return function(*args, **kwargs)

            return recording

        return decorate


class Loader(importlib.machinery.SourceFileLoader):
    """Loads a file of the case with the recording decorators put in."""

    def get_code(self, fullname: str) -> CodeType:
        return instrumented(self.path)


def instrumented(path: str) -> CodeType:
    """The compiled source with the recording decorator innermost on every function."""
    tree = ast.parse(Path(path).read_text())
    name = module_name(Path(path).relative_to(sys.path[0]).as_posix())
    for qualname, node in functions(tree).items():
        call = ast.Call(ast.Name("__traced__", ast.Load()), [ast.Constant(f"{name}.{qualname}")], [])
        node.decorator_list.append(ast.fix_missing_locations(ast.copy_location(call, node)))
    return compile(tree, path, "exec")


def run(root: Path) -> list[tuple[str, str, str]]:
    """Run main.py of the case as the main program and return what was observed, sorted."""
    recorder = Recorder(Case(root))
    hook = importlib.machinery.FileFinder.path_hook((Loader, [".py"]))

    def only_here(path: str) -> importlib.machinery.FileFinder:
        if not Path(path).is_relative_to(root):
            raise ImportError(path)
        return hook(path)  # type: ignore[return-value]

    vars(builtins)["__traced__"] = recorder.traced
    sys.path.insert(0, str(root))
    sys.path_hooks.insert(0, only_here)
    before = dict(sys.modules)
    program = sys.modules["__main__"] = ModuleType("__main__")
    try:
        exec(instrumented(str(root / "main.py")), vars(program))
    finally:  # the next case has modules of the same names
        for name, module in list(sys.modules.items()):
            if (getattr(module, "__file__", None) or "") in recorder.case.modules:
                del sys.modules[name]
        sys.modules["__main__"] = before["__main__"]
        sys.path_hooks.remove(only_here)
        sys.path.remove(str(root))
    return sorted(recorder.seen)


if __name__ == "__main__":
    observations = {argument: run(Path(argument).resolve()) for argument in sys.argv[1:]}
    sys.stdout.write("\n" + json.dumps(observations) + "\n")
