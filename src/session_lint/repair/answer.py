"""The contract of an answer: how one database client says that a row is there already, and what it has to get or create one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import libcst as cst

from session_lint.facts.finding import Edit
from session_lint.repair.rewrite.file.source import CannotRepair, called_name
from session_lint.repair.rewrite.writes.race import Race


@dataclass(frozen=True, slots=True)
class Refused:
    """The error of the one who comes second.

    `error` is its name in the file; `enter` what is opened around the insert, so that what came before it stays ("db.begin_nested()"),
    "" where nothing is; `ends` what ends a transaction that the failed insert alone has begun ("conn.commit()"), "" where that is left to
    others; `edits` the imports that are needed; `note` one more clause for the message.
    """

    error: str
    enter: str = ""
    asynchronous: bool = False
    ends: str = ""
    edits: tuple[Edit, ...] = ()
    note: str = ""


class Answer:
    """One client, named as its library model. What it does not have raises CannotRepair with the reason.

    `only_getter`: its get-or-create is all that it has. `updater`: its update-or-create, "" where it has none by which, in all of its
    versions, who comes second stores what it wanted to.
    """

    only_getter: ClassVar[bool] = False
    updater: ClassVar[str] = ""

    def getter(self, insert: cst.Call) -> str:
        """The name of the get-or-create that goes with the call of an insert."""
        name = called_name(insert)
        raise CannotRepair(f"{self.stem} has no get-or-create for `{name.value if isinstance(name, cst.Name) else 'it'}(...)`")

    def of_saved(self, *, awaited: bool) -> str:
        """The name of the get-or-create that goes with an object that is built, and then saved."""
        raise CannotRepair(f"{self.stem} has no get-or-create for an object that is {'built and awaited' if awaited else 'built'}")

    def refused(self, race: Race) -> Refused:
        """How a second insert fails, and can be answered."""
        raise CannotRepair(f"how {race.material.client} tells that a row is there already is not known")

    @property
    def stem(self) -> str:
        """The client's name: the stem of the file."""
        return type(self).__module__.rsplit(".", 1)[-1]
