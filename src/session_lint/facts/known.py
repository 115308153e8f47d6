"""Findings that were there before: what a baseline holds, and what a comparison with it or with another revision gave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, order=True)
class Known:
    """`count` findings of one rule with one call path, one subject and one key. Each step of `chain` is `module:function`; `path` says
    where the finding stood. `key` is what the getter was given, as it was written then. An entry without a subject, or a key, stands for
    any."""

    path: str
    code: str
    chain: tuple[str, ...]
    subject: str = ""
    name: str = ""
    count: int = 1
    key: str = ""

    @property
    def full_path(self) -> tuple[str, ...]:
        """The call path with modules."""
        return tuple(step.replace(":", ".") for step in self.chain)

    @property
    def local_path(self) -> tuple[str, ...]:
        """The call path without modules."""
        return tuple(step.rpartition(":")[2] for step in self.chain)

    def __str__(self) -> str:
        times = f" ({self.count} times)" if self.count > 1 else ""
        by = f" by {self.key}" if self.key else ""
        of = f": {self.subject}{by}" if self.subject else ""
        return f"{self.path}: {self.code} [{self.name}] {' -> '.join(self.local_path)}{of}{times}"


@dataclass(frozen=True, slots=True)
class Compared:
    """What a comparison gave: `hidden` findings were known, what is `gone` is no longer found, `kept` is the rest of what is known."""

    hidden: int = 0
    gone: tuple[Known, ...] = ()
    kept: tuple[Known, ...] = ()

    @property
    def gone_count(self) -> int:
        """How many findings are gone."""
        return sum(entry.count for entry in self.gone)


@dataclass(frozen=True, slots=True)
class Base:
    """A revision to compare with: what was `known` there, its files, and the new -> old paths of those renamed since."""

    name: str
    known: tuple[Known, ...]
    contents: Mapping[str, bytes] = field(repr=False)
    renamed: Mapping[str, str] = field(default_factory=dict)
