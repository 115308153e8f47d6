"""Which messages of the protocol the server takes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from session_lint.editor.actions import BASELINE, FIX_ALL, Actions
from session_lint.editor.server import Server, local
from session_lint.editor.worker import OutdatedError
from session_lint.errors import SessionLintError

_WATCHED = ("**/*.py", "**/*.sql", "**/pyproject.toml", "**/.gitignore", "**/*.json")
_FILES = types.FileOperationRegistrationOptions([types.FileOperationFilter(types.FileOperationPattern("**/*"), scheme="file")])
_ACTIONS = types.CodeActionOptions(code_action_kinds=[types.CodeActionKind.QuickFix, FIX_ALL], resolve_provider=True)
_CONTENT_MODIFIED, _REQUEST_FAILED = -32801, -32803


def made(*, use_cache: bool = True) -> Server:
    """A server that takes them."""
    server = Server(use_cache=use_cache)
    _life(server)
    _documents(server)
    _disk(server)
    _actions(server)
    return server


def _life(server: Server) -> None:
    @server.feature(types.INITIALIZE)
    def initialize(params: types.InitializeParams) -> None:
        server.tell_runs(params.initialization_options)

    @server.feature(types.INITIALIZED)
    async def initialized(_params: types.InitializedParams) -> None:
        server.start()
        server.changed(look=True, at_once=True)
        await _watch(server)

    @server.feature(types.WINDOW_WORK_DONE_PROGRESS_CANCEL)
    def stopped(params: types.WorkDoneProgressCancelParams) -> None:
        server.stop(params.token)

    @server.feature(types.SHUTDOWN)
    def shut_down(*_nothing: object) -> None:
        server.worker.end()


def _documents(server: Server) -> None:
    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    def opened(_params: types.DidOpenTextDocumentParams) -> None:
        server.changed(look=not server.watches, at_once=True)

    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    def typed(_params: types.DidChangeTextDocumentParams) -> None:
        server.changed(look=False)

    @server.feature(types.TEXT_DOCUMENT_DID_SAVE)
    def saved(_params: types.DidSaveTextDocumentParams) -> None:
        server.changed(look=True)

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    def closed(_params: types.DidCloseTextDocumentParams) -> None:
        server.changed(look=True)


def _disk(server: Server) -> None:
    @server.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    def seen(_params: types.DidChangeWatchedFilesParams) -> None:
        server.changed(look=True)

    @server.feature(types.WORKSPACE_DID_RENAME_FILES, _FILES)
    def renamed(_params: types.RenameFilesParams) -> None:
        server.changed(look=True)

    @server.feature(types.WORKSPACE_DID_CREATE_FILES, _FILES)
    def created(_params: types.CreateFilesParams) -> None:
        server.changed(look=True)

    @server.feature(types.WORKSPACE_DID_DELETE_FILES, _FILES)
    def deleted(_params: types.DeleteFilesParams) -> None:
        server.changed(look=True)

    @server.feature(types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS)
    def folders(_params: types.DidChangeWorkspaceFoldersParams) -> None:
        server.changed(look=True)

    @server.feature(types.WORKSPACE_DID_CHANGE_CONFIGURATION)
    def settings(_params: types.DidChangeConfigurationParams) -> None:
        server.changed(look=True)


def _actions(server: Server) -> None:
    @server.feature(types.TEXT_DOCUMENT_CODE_ACTION, _ACTIONS)
    async def actions(params: types.CodeActionParams) -> list[types.CodeAction]:
        path = local(params.text_document.uri)
        if path is None:
            return []
        chosen, only = params.range, [str(getattr(kind, "value", kind)) for kind in params.context.only or ()]
        return await _answered(server, path, lambda actions: list(actions.at(path, chosen, only))) or []

    @server.feature(types.CODE_ACTION_RESOLVE)
    async def resolved(action: types.CodeAction) -> types.CodeAction:
        where = _where(action.data)
        return (await _answered(server, where, lambda actions: actions.resolved(action)) if where is not None else None) or action

    @server.command(BASELINE)
    async def keep(ls: Server, finding: dict) -> None:  # type: ignore[type-arg]  # pygls reads the annotation
        where = _where(finding)
        if where is not None:
            await _answered(ls, where, lambda actions: _keep(actions, finding))
            ls.changed(look=True, at_once=True, told=False)


async def _answered(server: Server, path: Path, question):  # type: ignore[no-untyped-def]
    try:
        return await server.ask(path, question)
    except OutdatedError:
        raise JsonRpcException("the project has changed; ask again", _CONTENT_MODIFIED) from None
    except SessionLintError as error:
        server.window_show_message(types.ShowMessageParams(types.MessageType.Warning, f"session-lint: {error}"))
        raise JsonRpcException(str(error), _REQUEST_FAILED) from None


def _keep(actions: Actions, data: Mapping[str, object]) -> bool:
    finding = actions.named(data)
    if finding is not None:
        actions.desk.keep_in_baseline(finding)
    return finding is not None


def _where(data: object) -> Path | None:
    """A file of the project that an action is about."""
    if not isinstance(data, dict):
        return None
    place = data.get("path") or data.get("folder")
    return Path(str(place)) if place else None


async def _watch(server: Server) -> None:
    """Asks the editor to say what changes on disk, if it can be asked."""
    workspace = server.client_capabilities.workspace
    watching = workspace.did_change_watched_files if workspace is not None else None
    if watching is None or not watching.dynamic_registration:
        return
    options = types.DidChangeWatchedFilesRegistrationOptions([types.FileSystemWatcher(pattern) for pattern in _WATCHED])
    wanted = types.Registration("watched", types.WORKSPACE_DID_CHANGE_WATCHED_FILES, options)
    await server.client_register_capability_async(types.RegistrationParams([wanted]))
    server.watches = True
