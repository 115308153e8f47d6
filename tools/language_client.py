"""A small client of the language server over its standard input and output, for tests and benchmarks: it says what an editor says.

It counts the messages that change something, and the server, asked to, tells after how many changes each run was: so `settled` waits for
the diagnostics of the last change, and for nothing else.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

_CHANGING = frozenset(
    {
        "initialized",
        "textDocument/didOpen",
        "textDocument/didChange",
        "textDocument/didSave",
        "textDocument/didClose",
        "workspace/didChangeWatchedFiles",
        "workspace/didRenameFiles",
        "workspace/didCreateFiles",
        "workspace/didDeleteFiles",
        "workspace/didChangeWorkspaceFolders",
        "workspace/didChangeConfiguration",
    }
)
CAPABILITIES = {
    "general": {"positionEncodings": ["utf-16"]},
    "textDocument": {
        "publishDiagnostics": {"relatedInformation": True, "codeDescriptionSupport": True},
        "codeAction": {"resolveSupport": {"properties": ["edit"]}, "dataSupport": True},
    },
    "workspace": {
        "workspaceEdit": {"documentChanges": True, "resourceOperations": ["create"]},
        "didChangeWatchedFiles": {"dynamicRegistration": True},
    },
    "window": {"workDoneProgress": True},
}


class ServerError(Exception):
    """The server answered with an error."""

    def __init__(self, error: Mapping[str, Any]) -> None:
        super().__init__(error["message"])
        self.code: int = error["code"]


class LanguageClient:
    """One server process, and what it said."""

    def __init__(
        self,
        folder: Path,
        *arguments: str,
        capabilities: Mapping[str, Any] = CAPABILITIES,
        timeout: float = 120.0,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.folder, self.timeout = folder, timeout
        self.diagnostics: dict[str, list[dict[str, Any]]] = {}
        self.said: list[dict[str, Any]] = []  # every message of the server
        self.changes = 0  # sent
        self._analysed = 0
        self._answers: dict[int, dict[str, Any]] = {}
        self._told = threading.Condition()
        self._next = 0
        self._writing = threading.Lock()
        self._versions: dict[str, int] = {}
        command = [sys.executable, "-m", "session_lint", "server", *arguments]
        around = {name: value for name, value in os.environ.items() if name != "SESSION_LINT_DEBUG"} | dict(environment or {})
        self.process = subprocess.Popen(command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=around)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        folders = [{"uri": folder.as_uri(), "name": folder.name}]
        options = {"tellRuns": True}
        self.server = self.request(
            "initialize",
            {
                "processId": None,
                "rootUri": folder.as_uri(),
                "capabilities": dict(capabilities),
                "workspaceFolders": folders,
                "initializationOptions": options,
            },
        )
        self.notify("initialized", {})

    def ask(self, method: str, params: object) -> int:
        """Sends a request, and gives its number."""
        self._next += 1
        self._send({"jsonrpc": "2.0", "id": self._next, "method": method, "params": params})
        return self._next

    def answer(self, number: int) -> Any:
        """What the server answers. Raises ServerError."""
        self.wait(lambda: number in self._answers, "an answer")
        message = self._answers.pop(number)
        if "error" in message:
            raise ServerError(message["error"])
        return message.get("result")

    def request(self, method: str, params: object) -> Any:
        """Asks, and waits for the answer."""
        return self.answer(self.ask(method, params))

    def notify(self, method: str, params: object) -> None:
        """Tells the server something."""
        self.changes += method in _CHANGING
        self._send({"jsonrpc": "2.0", "method": method, "params": params})

    def open(self, path: Path, text: str | None = None) -> None:
        """Opens a file, or a text in place of it."""
        self._versions[path.as_uri()] = 1
        shown = path.read_bytes().decode("utf-8") if text is None else text
        document = {"uri": path.as_uri(), "languageId": "python", "version": 1, "text": shown}
        self.notify("textDocument/didOpen", {"textDocument": document})

    def type(self, path: Path, *changes: Mapping[str, Any]) -> None:
        """Changes an open text: `text`, and `range` where it is not all of it."""
        self._versions[path.as_uri()] += 1
        document = {"uri": path.as_uri(), "version": self._versions[path.as_uri()]}
        self.notify("textDocument/didChange", {"textDocument": document, "contentChanges": [dict(one) for one in changes]})

    def save(self, path: Path, text: str) -> None:
        """Writes the file, and says so."""
        path.write_bytes(text.encode("utf-8"))
        self.notify("textDocument/didSave", {"textDocument": {"uri": path.as_uri()}})

    def close(self, path: Path) -> None:
        """Closes a text."""
        del self._versions[path.as_uri()]
        self.notify("textDocument/didClose", {"textDocument": {"uri": path.as_uri()}})

    def close_all(self) -> None:
        """Closes every text."""
        for uri in list(self._versions):
            self.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
        self._versions.clear()

    def changed_on_disk(self, *paths: Path) -> None:
        """Says that files were made, changed or deleted."""
        self.notify("workspace/didChangeWatchedFiles", {"changes": [{"uri": path.as_uri(), "type": 2} for path in paths]})

    def settled(self) -> dict[str, list[dict[str, Any]]]:
        """The diagnostics of the last change, of every file that has any, by its path in the folder."""
        wanted = self.changes
        self.wait(lambda: self._analysed >= wanted, f"a run after {wanted} changes")
        start = self.folder.as_uri() + "/"
        return {uri.removeprefix(start): found for uri, found in sorted(self.diagnostics.items()) if found}

    def actions(self, path: Path, row: int, only: Sequence[str] = ()) -> list[dict[str, Any]]:
        """The code actions of a line, which counts from 1."""
        place = {"line": row - 1, "character": 0}
        params = {
            "textDocument": {"uri": path.as_uri()},
            "range": {"start": place, "end": place},
            "context": {"diagnostics": []} | ({"only": list(only)} if only else {}),
        }
        found: list[dict[str, Any]] = self.request("textDocument/codeAction", params)
        return found

    def wait(self, met: Callable[[], bool], what: str) -> None:
        """Waits for something that the server says. Raises TimeoutError, also when the server ends."""
        end = time.monotonic() + self.timeout
        with self._told:
            while not met():
                if time.monotonic() > end or not self._reader.is_alive():
                    raise TimeoutError(f"no {what}; exit code {self.process.poll()}; last: {self.said[-1:]}")
                self._told.wait(0.2)

    def end(self) -> int:
        """Shuts the server down; its exit code."""
        self.request("shutdown", None)
        self.notify("exit", None)
        code = self.process.wait(self.timeout)
        self.kill()
        return code

    def kill(self) -> None:
        """Ends the process, however it is."""
        self.process.kill()
        self.process.wait(self.timeout)
        self._reader.join(self.timeout)
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                stream.close()

    def _send(self, message: Mapping[str, Any]) -> None:
        assert self.process.stdin is not None
        data = json.dumps(message).encode()
        with self._writing:
            self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(data) + data)
            self.process.stdin.flush()

    def _read(self) -> None:
        assert self.process.stdout is not None
        while (message := _message(self.process.stdout)) is not None:
            if "id" in message and "method" in message:
                self._send({"jsonrpc": "2.0", "id": message["id"], "result": None})
            with self._told:
                self._take(message)
                self._told.notify_all()

    def _take(self, message: dict[str, Any]) -> None:
        self.said.append(message)
        match message.get("method"):
            case None:
                self._answers[message["id"]] = message
            case "textDocument/publishDiagnostics":
                self.diagnostics[message["params"]["uri"]] = message["params"]["diagnostics"]
            case "$/sessionLint/analysed":
                self._analysed = message["params"]["changes"]


def _message(stream: BinaryIO) -> dict[str, Any] | None:
    size = 0
    while line := stream.readline().strip():
        name, _, value = line.partition(b":")
        size = int(value) if name.lower() == b"content-length" else size
    data = stream.read(size) if size else b""
    message: dict[str, Any] | None = json.loads(data) if data else None
    return message


def applied(text: str, edits: Sequence[Mapping[str, Any]]) -> str:
    """A text after the edits of the server, whose columns are taken as UTF-16."""
    lines = text.splitlines(keepends=True) or [""]

    def at(place: Mapping[str, int]) -> int:
        before = sum(map(len, lines[: place["line"]]))
        line = lines[place["line"]] if place["line"] < len(lines) else ""
        return before + len(line.encode("utf-16-le")[: 2 * place["character"]].decode("utf-16-le"))

    for edit in sorted(edits, key=lambda one: (one["range"]["start"]["line"], one["range"]["start"]["character"]), reverse=True):
        text = text[: at(edit["range"]["start"])] + edit["newText"] + text[at(edit["range"]["end"]) :]
    return text
