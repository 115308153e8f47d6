"""The language server: messages in, diagnostics and edits out. What it does about them is in the rest of this room."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from lsprotocol import types
from pygls.lsp.server import LanguageServer
from pygls.uris import to_fs_path

from session_lint import rule_pages
from session_lint.editor import diagnostics
from session_lint.editor.actions import Actions, Client
from session_lint.editor.bar import Bar
from session_lint.editor.desk import Desk
from session_lint.editor.folders import Folders
from session_lint.editor.positions import Texts
from session_lint.editor.texts import Held
from session_lint.editor.worker import Worker
from session_lint.version import __version__

Answer = TypeVar("Answer")
Found = Mapping[str, Sequence[types.Diagnostic]]
_TABLE = "pyproject.toml"
ANALYSED = "$/sessionLint/analysed"


@dataclass(frozen=True, slots=True)
class _State:
    """What the editor has open, as the analysis is to see it."""

    folders: tuple[Path, ...] = ()
    held: tuple[Held, ...] = ()
    changes: int = 0  # how often something has changed


class Server(LanguageServer):
    """One editor. The loop of the protocol takes in what is typed; the worker's thread analyses, and alone touches the desks."""

    def __init__(self, *, use_cache: bool = True) -> None:
        super().__init__("session-lint", __version__)
        self.client = Client(types.PositionEncodingKind.Utf16, document_changes=False, makes_files=False, resolves=False)
        self.worker = Worker(self._analyse)
        self._folders = Folders(use_cache=use_cache)
        self._use_cache = use_cache
        self._lock = threading.Lock()
        self._state = _State()
        self._look = True
        self._tells = False
        self.watches = False  # the editor says what changes on disk
        self._loop: asyncio.AbstractEventLoop | None = None
        self._bar: Bar | None = None
        self._pages: dict[str, str] | None = None
        self._shown: dict[str, Sequence[types.Diagnostic]] = {}

    def start(self) -> None:
        """Called in the loop, when the editor has said what it can take."""
        self._loop = asyncio.get_running_loop()
        self.client = _client(self.client_capabilities, self.workspace.position_encoding)

    def tell_runs(self, options: object) -> None:
        """Whether the client, a test or a benchmark, asks to be told of every run: after how many changes it was."""
        self._tells = isinstance(options, dict) and options.get("tellRuns") is True

    def changed(self, *, look: bool, at_once: bool = False, told: bool = True) -> None:
        """Something has changed in the editor; with `look`, on disk too. `told`: the editor said so."""
        documents = self.workspace.text_documents.values()
        held = [Held(path, one.source, one.version) for one in documents if (path := local(one.uri)) is not None]
        with self._lock:
            self._state = _State(tuple(self._roots()), tuple(held), self._state.changes + told)
            self._look = self._look or look
        self.worker.touch(at_once=at_once)

    def stop(self, token: types.ProgressToken) -> None:
        """The user stops a run."""
        if self._bar is not None and self._bar.token == token:
            self.worker.stop()

    async def ask(self, path: Path, question: Callable[[Actions], Answer]) -> Answer | None:
        """What the actions on the project of a file answer; None where it is in none."""

        def asked() -> Answer | None:
            desk = self._folders.of(path)
            return question(Actions(desk, self._state.held, self.client)) if desk is not None else None

        return await asyncio.wrap_future(self.worker.ask(asked))

    def _roots(self) -> Iterator[Path]:
        for folder in self.workspace.folders.values():
            path = local(folder.uri)
            if path is not None:
                yield path
        root = local(self.workspace.root_uri) if self.workspace.root_uri and not self.workspace.folders else None
        if root is not None:
            yield root

    def _analyse(self, go_on: Callable[[], None]) -> None:
        """In the worker's thread."""
        if self._loop is None:
            return
        with self._lock:
            state, look = self._state, self._look
        files = [one.path for one in state.held if one.path.suffix == ".py"]
        self._bar = bar = Bar(self, self._loop)

        def tell(stage: str, done: int, total: int) -> None:
            go_on()
            bar.tell(stage, done, total)

        try:
            found: dict[str, Sequence[types.Diagnostic]] = {}
            for desk in self._folders.open(state.folders, files):
                desk.run(state.held, look=look, go_on=tell)
                found |= self._found(desk)
            with self._lock:  # what was stopped has not looked
                self._look = self._look and self._state is not state
        finally:
            bar.end()
        self._loop.call_soon_threadsafe(self._publish, found, state)

    def _found(self, desk: Desk) -> Found:
        found: dict[str, Sequence[types.Diagnostic]] = {}
        if desk.seen is not None:
            if self._pages is None and self._use_cache:
                self._pages = rule_pages.written(desk.seen.project.settings)
            texts = Texts(dict(desk.seen.report.sources), self.client.encoding)
            every = diagnostics.of_report(desk.seen.report, desk.root, texts, self._pages or {})
            # a folder inside of another one is a project of its own: what the outer one finds there is not said twice
            found |= {uri: ones for uri, ones in every.items() if self._folders.of(local(uri) or desk.root) in (desk, None)}
        if desk.trouble:
            uri = (desk.root / _TABLE).as_uri()
            found[uri] = [*found.get(uri, ()), diagnostics.of_settings(desk.trouble)]
        return found

    def _publish(self, found: Found, state: _State) -> None:
        """Sends what is not shown yet, and takes away what is no longer found."""
        versions = {one.path.as_uri(): one.version for one in state.held}
        for uri in sorted(self._shown.keys() | found.keys()):
            ones = found.get(uri, ())
            if list(ones) != list(self._shown.get(uri, ())):
                self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, list(ones), versions.get(uri)))
        self._shown = dict(found)
        if self._tells:
            self.protocol.notify(ANALYSED, {"changes": state.changes})


def local(uri: str) -> Path | None:
    """The path of a file on this machine; None for any other document."""
    path = to_fs_path(uri) if uri.startswith("file:") else None
    return Path(path) if path else None


def _client(given: types.ClientCapabilities, encoding: types.PositionEncodingKind | str | None) -> Client:
    edit = given.workspace.workspace_edit if given.workspace is not None else None
    action = given.text_document.code_action if given.text_document is not None else None
    kinds = (edit.resource_operations or ()) if edit is not None else ()
    resolve = action.resolve_support if action is not None else None
    return Client(
        types.PositionEncodingKind(encoding or types.PositionEncodingKind.Utf16),
        document_changes=bool(edit is not None and edit.document_changes),
        makes_files=types.ResourceOperationKind.Create in kinds and bool(edit is not None and edit.document_changes),
        resolves=resolve is not None and "edit" in resolve.properties,
    )
