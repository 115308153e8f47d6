"""What can be done about a finding, as code actions. The edits of a repair are worked out, and tried, only for the one that is chosen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lsprotocol import types

from session_lint.editor import positions
from session_lint.editor.desk import Desk
from session_lint.editor.texts import Held, decoded
from session_lint.errors import SessionLintError
from session_lint.facts.finding import Applicability, Finding, Fix
from session_lint.facts.repair import Change, Repair
from session_lint.known.add_noqa import annotated

BASELINE = "session-lint.addToBaseline"
FIX_ALL = f"{types.CodeActionKind.SourceFixAll.value}.session-lint"


@dataclass(frozen=True, slots=True)
class Client:
    """What the editor can take."""

    encoding: types.PositionEncodingKind
    document_changes: bool
    makes_files: bool
    resolves: bool  # asks for the edits of an action when it is chosen


@dataclass(frozen=True, slots=True)
class Actions:
    """The actions on one project, whose files the editor holds in part."""

    desk: Desk
    held: Sequence[Held]
    client: Client

    def at(self, path: Path, chosen: types.Range, only: Sequence[str]) -> Iterator[types.CodeAction]:
        """Every action for the findings in these rows of a file, of the kinds that are asked for."""
        if _wanted(types.CodeActionKind.QuickFix.value, only):
            for finding in self.desk.findings(path, chosen.start.line + 1, chosen.end.line + 1):
                yield from self._of(path, finding)
        if only and _wanted(FIX_ALL, only):
            yield self._whole(types.CodeAction("Make every safe repair of the project", FIX_ALL, data={"folder": str(self.desk.folder)}))

    def resolved(self, action: types.CodeAction) -> types.CodeAction:
        """The action with its edits. Raises SessionLintError where the repair did not hold."""
        data: Mapping[str, object] = action.data if isinstance(action.data, dict) else {}
        finding = None
        if "path" in data:
            finding = self.named(data)
            if finding is None:
                raise SessionLintError("the finding is no longer there")
        outcome = self.desk.repaired(finding)
        changes = outcome.changes if outcome is not None else ()
        if not changes:
            raise SessionLintError(f"nothing was repaired: {_reason(outcome, finding)}")
        action.edit = self._edit(changes)
        return action

    def named(self, data: Mapping[str, object]) -> Finding | None:
        """The finding that an action was made for, where it stands now."""
        row = data.get("row")
        path = Path(str(data.get("path")))
        found = [one for one in self.desk.findings(path, 1, 1 << 30) if [one.code, one.message] == [data.get("code"), data.get("message")]]
        return min(found, key=lambda one: abs(one.place.span.row - (row if isinstance(row, int) else 0)), default=None)

    def _of(self, path: Path, finding: Finding) -> Iterator[types.CodeAction]:
        data = {
            "folder": str(self.desk.folder),
            "path": str(path),
            "row": finding.place.span.row,
            "code": finding.code,
            "message": finding.message,
        }
        fix = self.desk.planned(finding)
        if fix is not None and (self.client.makes_files or not any(edit.new for edit in fix.edits)):
            yield self._whole(_repair(fix, finding, data))
        edit = self._noqa(path, finding)
        if edit is not None:
            yield types.CodeAction(f"Suppress {finding.code} on this line", types.CodeActionKind.QuickFix, edit=edit)
        if self.desk.settings is not None and self.desk.settings.baseline is not None:
            title = f"Add this {finding.code} to the baseline"
            command = types.Command(title, BASELINE, arguments=[data])
            yield types.CodeAction(title, types.CodeActionKind.QuickFix, command=command)

    def _whole(self, action: types.CodeAction) -> types.CodeAction:
        """The action as this editor takes it: with its edits at once, where it does not ask for them later."""
        if self.client.resolves:
            return action
        try:
            return self.resolved(action)
        except SessionLintError as error:
            action.disabled = types.CodeActionDisabled(str(error))
            return action

    def _noqa(self, path: Path, finding: Finding) -> types.WorkspaceEdit | None:
        before = self._text(path)
        place = finding.place
        try:
            after = annotated(place.path, before, {(place.span.row, finding.code): finding.name})
        except SessionLintError:  # no comment can be put there
            return None
        return self._workspace({path: positions.edits(before, after, self.client.encoding)}, ())

    def _edit(self, changes: Sequence[Change]) -> types.WorkspaceEdit:
        edits: dict[Path, list[types.TextEdit]] = {}
        made = []
        for change in changes:
            path = self.desk.root / change.path
            if change.before is None:
                made.append(path)
            before = "" if change.before is None else self._text(path)
            edits[path] = positions.edits(before, decoded(change.after) or "", self.client.encoding)
        if made and not self.client.makes_files:
            raise SessionLintError("the repair makes a file, which this editor cannot; run `session-lint fix`")
        return self._workspace(edits, made)

    def _workspace(self, edits: Mapping[Path, list[types.TextEdit]], made: Sequence[Path]) -> types.WorkspaceEdit:
        if not self.client.document_changes:
            return types.WorkspaceEdit(changes={path.as_uri(): found for path, found in edits.items()})
        versions = {one.path: one.version for one in self.held}
        changes: list[types.TextDocumentEdit | types.CreateFile | types.RenameFile | types.DeleteFile] = []
        changes += [types.CreateFile(path.as_uri()) for path in made]
        for path, found in edits.items():
            document = types.OptionalVersionedTextDocumentIdentifier(path.as_uri(), versions.get(path))
            changes.append(types.TextDocumentEdit(document, list(found)))
        return types.WorkspaceEdit(document_changes=changes)

    def _text(self, path: Path) -> str:
        """The text of a file as the editor has it, or would read it."""
        held = next((one.text for one in self.held if one.path == path), None)
        return held if held is not None else decoded(path.read_bytes()) or ""


def _repair(fix: Fix, finding: Finding, data: Mapping[str, object]) -> types.CodeAction:
    safe = fix.applicability is Applicability.SAFE
    files = len({edit.path for edit in fix.edits})
    where = f" in {files} files" if files > 1 else ""
    note = "" if safe else " (may change behaviour)"
    title = f"Repair {finding.code}{where}: {fix.message}{note}"
    return types.CodeAction(title, types.CodeActionKind.QuickFix, is_preferred=safe or None, data=dict(data))


def _reason(outcome: Repair | None, finding: Finding | None) -> str:
    """Why there are no changes."""
    for left in outcome.left.findings if outcome is not None else ():
        if finding is not None and left.code == finding.code and left.place == finding.place and left.fix is not None:
            return left.fix.message
    return "no repair holds"


def _wanted(kind: str, only: Sequence[str]) -> bool:
    return not only or any(kind == one or kind.startswith(f"{one}.") for one in only)
