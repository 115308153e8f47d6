"""What an audit found, and how it is kept: as JSON, which the next audit is compared with."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from session_lint.errors import SessionLintError

_VERSION = 1


@dataclass(frozen=True, slots=True)
class Target:
    """A project to look at; `name` is what the table calls it."""

    name: str
    path: str


@dataclass(frozen=True, slots=True)
class Found:
    """One finding. `fingerprint` stays when lines move."""

    code: str
    name: str
    confidence: str
    path: str
    row: int
    message: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Examined:
    """One project. `failure` is why there are no findings of it; `unread` names files that could not be analysed."""

    name: str
    path: str
    findings: tuple[Found, ...] = ()
    files: int = 0
    unread: tuple[str, ...] = ()
    failure: str = ""

    @property
    def rules(self) -> Counter[str]:
        """How many findings each rule has."""
        return Counter(one.code for one in self.findings)

    @property
    def prints(self) -> frozenset[str]:
        """The fingerprints of the findings."""
        return frozenset(one.fingerprint for one in self.findings)

    def to_json(self) -> dict[str, object]:
        """As an object of the record."""
        return asdict(self) | {"findings": [asdict(one) for one in self.findings], "unread": list(self.unread), "rules": dict(self.rules)}

    @classmethod
    def of_json(cls, data: Mapping[str, object]) -> Examined:
        """From such an object. Raises KeyError, TypeError or ValueError for what is none."""
        findings, unread = data["findings"], data["unread"]
        if not isinstance(findings, list) or not isinstance(unread, list):
            raise TypeError("not a list")
        return cls(
            str(data["name"]),
            str(data["path"]),
            tuple(Found(**one) for one in findings),
            int(str(data["files"])),
            tuple(map(str, unread)),
            str(data["failure"]),
        )


@dataclass(frozen=True, slots=True)
class Audit:
    """All projects, by name; `before` is what an earlier audit found in each, None without one."""

    projects: tuple[Examined, ...]
    before: Mapping[str, Examined] | None = None

    def change(self, project: Examined) -> tuple[int, int] | None:
        """How many findings are new and how many are gone; None where that cannot be told."""
        old = self.before.get(project.name) if self.before is not None else None
        if old is None or old.failure or project.failure:
            return None
        return len(project.prints - old.prints), len(old.prints - project.prints)

    @property
    def gone(self) -> tuple[str, ...]:
        """The projects of the earlier audit that are not in this one."""
        return tuple(sorted((self.before or {}).keys() - {one.name for one in self.projects}))

    @property
    def codes(self) -> tuple[str, ...]:
        """The rules that have findings."""
        return tuple(sorted({code for one in self.projects for code in one.rules}))

    @property
    def total(self) -> Counter[str]:
        """How many findings each rule has in all projects."""
        return sum((one.rules for one in self.projects), Counter())

    @property
    def failed(self) -> tuple[Examined, ...]:
        """The projects that could not be looked at, whole or in part."""
        return tuple(one for one in self.projects if one.failure or one.unread)


def text(audit: Audit) -> str:
    """The record of an audit."""
    projects = []
    for one in audit.projects:
        change = audit.change(one)
        projects.append(one.to_json() | {"change": None if change is None else {"new": change[0], "gone": change[1]}})
    whole = {"version": _VERSION, "projects": projects, "total": dict(sorted(audit.total.items())), "gone": list(audit.gone)}
    return json.dumps(whole, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def read(file: Path) -> dict[str, Examined]:
    """The projects of an earlier record, by name. Raises SessionLintError when there is none, or it is something else."""
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
        if data["version"] != _VERSION:
            raise SessionLintError(f"{file}: the record has version {data['version']}, this session-lint reads {_VERSION}")
        return _by_name(Examined.of_json(one) for one in data["projects"])
    except FileNotFoundError:
        raise SessionLintError(
            f"{file}: there is no such record; `session-lint audit ... --output-format json -o {file}` makes one"
        ) from None
    except OSError as error:
        raise SessionLintError(f"{file}: the record cannot be read: {error.strerror or error}") from None
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise SessionLintError(
            f"{file}: is no record of an audit ({type(error).__name__}: {error}); --output-format json writes one"
        ) from None


def _by_name(projects: Iterable[Examined]) -> dict[str, Examined]:
    return {one.name: one for one in projects}
