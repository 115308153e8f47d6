"""Trap `ruff-external`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from session_lint.doctor.trap import Trap
from session_lint.facts.trap import Caught
from session_lint.project.surroundings import Surroundings, at, row_of, texts

_NAMES = (".ruff.toml", "ruff.toml", "pyproject.toml")  # in ruff's order
_EATERS = ("RUF100", "RUF102")  # unused-noqa, invalid-rule-code
_LINKS = 20  # of `extend`
_HOOKS = ("ruff", "ruff-check")


class RuffExternal(Trap):
    """ruff takes `# noqa: ONE101` for a mistake and removes it, unless `lint.external` names our codes."""

    why = (
        "`ruff check --fix` deletes a `# noqa` code that it does not know (RUF102), and the whole comment when a ruff code beside ours is "
        "unused (RUF100); what was suppressed is then reported again"
    )

    def look(self, project: Surroundings) -> Iterator[Caught]:
        above = next((path for place in project.upward() if (path := _file(project, place)) is not None), None)
        inside = [path for place in project.directories() if (path := _file(project, place)) is not None]
        for path in (*([above] if above is not None else []), *inside):
            found = self._judge(project, path)
            if found is not None:
                yield found
        if above is None and not inside:
            yield from self._without_settings(project)

    def _judge(self, project: Surroundings, path: Path) -> Caught | None:
        if project.toml(path) is None:
            return None
        options = _resolved(project, path, _LINKS)
        external = texts(options.get("external")) or ()
        missing = [code for code, _ in project.rules if not code.startswith(external)]
        eaters = [code for code in _EATERS if _enabled(code, options)]
        if not missing or not eaters:
            return None
        table = "tool.ruff.lint" if path.name == "pyproject.toml" else "lint"
        listed = ", ".join(f'"{item}"' for item in (*external, "ONE"))
        text = project.text(path) or ""
        row = row_of(text, "external", table) or row_of(text, "", "tool.ruff")
        default = "" if "select" in options or "extend-select" in options else " by default"
        message = (
            f"ruff runs {' and '.join(eaters)}{default}, and its `lint.external` does not name {'ONE' if not external else missing[0]}"
        )
        return self.caught(project.shown(path), row, message, f"[{table}]\nexternal = [{listed}]")

    def _without_settings(self, project: Surroundings) -> Iterator[Caught]:
        config = project.pre_commit()
        for repository, hook in project.hooks():
            if config is not None and hook.said("id") in _HOOKS and "ruff" in repository.said("repo"):
                message = "ruff runs as a hook with its own defaults, which have RUF100 in them, and has no settings that name ONE"
                yield self.caught(project.shown(config[0]), hook.row, message, '# pyproject.toml\n[tool.ruff.lint]\nexternal = ["ONE"]')


def _file(project: Surroundings, directory: Path) -> Path | None:
    """The file that ruff reads its settings from in a directory; nothing is inherited from those above."""
    for name in _NAMES:
        path = directory / name
        if path.is_file() and (name != "pyproject.toml" or at(project.toml(path), "tool", "ruff") is not None):
            return path
    return None


def _resolved(project: Surroundings, path: Path, links: int) -> dict[str, object]:
    """The options about rules, with those of the files that `extend` names below them."""
    tree = project.toml(path)
    table = at(tree, "tool", "ruff") if path.name == "pyproject.toml" else tree
    own = {**_table(table), **_table(at(table, "lint"))}
    extend = own.pop("extend", None)
    if not isinstance(extend, str) or not links:
        return own
    base = _resolved(project, path.parent / Path(extend).expanduser(), links - 1)
    merged = {**base, **own}
    if "select" not in own:  # else it starts afresh
        for key in ("extend-select", "ignore", "extend-ignore"):
            merged[key] = [*(texts(base.get(key)) or ()), *(texts(own.get(key)) or ())]
    return merged


def _table(value: object) -> dict[str, object]:
    return {key: one for key, one in value.items() if isinstance(key, str)} if isinstance(value, dict) else {}


def _enabled(code: str, options: dict[str, object]) -> bool:
    """The more specific selector wins, ignore wins a tie. Without `select` ruff's defaults hold, which have RUF100 in them."""
    select = texts(options.get("select"))
    chosen = (*(select if select is not None else ("RUF100",)), *(texts(options.get("extend-select")) or ()))
    ignored = (*(texts(options.get("ignore")) or ()), *(texts(options.get("extend-ignore")) or ()))
    return _closest(code, chosen) > _closest(code, ignored)


def _closest(code: str, selectors: tuple[str, ...]) -> int:
    """The length of the longest selector that means the code; 0 for ALL, -1 for none."""
    return max((0 if one == "ALL" else len(one) for one in selectors if one == "ALL" or code.startswith(one)), default=-1)
