"""A headless Chromium, driven by the DevTools protocol through a pipe: nothing to install besides the browser itself.

The browser is the one that CHROMIUM names, or the first of the usual names on PATH. `CHROMIUM=none` means: there is none.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
import select
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge", "chromium-headless-shell")
_FLAGS = (
    "--headless",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
    "--force-color-profile=srgb",
    "--remote-debugging-pipe",
)
_PATIENCE = 120  # seconds without an answer after which the browser is taken for dead
_LAUNCH = "import os, sys; os.dup2(int(sys.argv[1]), 3); os.dup2(int(sys.argv[2]), 4); os.execvp(sys.argv[3], sys.argv[3:])"


class BrowserError(Exception):
    """The browser ended, did not answer, or refused a command."""


def find() -> str | None:
    """The browser's program; None when there is none. Raises BrowserError when CHROMIUM names one that does not exist."""
    named = os.environ.get("CHROMIUM", "")
    if named == "none":
        return None
    if named:
        if shutil.which(named) is None:
            raise BrowserError(f"CHROMIUM={named}: no such program")
        return named
    return next((found for name in NAMES if (found := shutil.which(name)) is not None), None)


class Browser:
    """A running browser. Pages do not share anything."""

    def __init__(self, program: str) -> None:
        self._profile = tempfile.TemporaryDirectory(prefix="session-lint-browser-")
        reads, self._out = _pipe()
        self._in, writes = _pipe()
        flags = [*_FLAGS, f"--user-data-dir={self._profile.name}"]
        if os.geteuid() == 0:
            flags.append("--no-sandbox")  # root has no sandbox; what is opened are our own files
        self._process = subprocess.Popen(
            [sys.executable, "-c", _LAUNCH, str(reads), str(writes), program, *flags],
            pass_fds=(reads, writes),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(reads)
        os.close(writes)
        self._number = 0
        self._rest = b""
        self.events: list[dict] = []

    def call(self, method: str, session: str | None = None, **parameters: object) -> dict:
        """The result of one command; events that come before it are kept."""
        self._number += 1
        number = self._number
        message = {"id": number, "method": method, "params": parameters} | ({"sessionId": session} if session else {})
        os.write(self._out, json.dumps(message).encode() + b"\0")
        while (answer := self._next()).get("id") != number:
            self.events.append(answer)
        if "error" in answer:
            raise BrowserError(f"{method}: {answer['error'].get('message')}")
        return answer["result"]

    def wait(self, method: str, session: str) -> None:
        """Until there is an event of this name."""
        while not any(event.get("method") == method and event.get("sessionId") == session for event in self.events):
            self.events.append(self._next())

    @contextmanager
    def page(self, *, width: int = 1180, height: int = 900, dark: bool = False, script: bool = True) -> Iterator[Page]:
        """A blank page in a context of its own."""
        context = self.call("Target.createBrowserContext")["browserContextId"]
        target = self.call("Target.createTarget", url="about:blank", browserContextId=context)["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        page = Page(self, session)
        for domain in ("Page", "Runtime", "Network", "Log"):
            page.call(f"{domain}.enable")
        page.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        page.media(dark=dark)
        page.call("Emulation.setScriptExecutionDisabled", value=not script)
        try:
            yield page
        finally:
            self.call("Target.disposeBrowserContext", browserContextId=context)
            self.events = [event for event in self.events if event.get("sessionId") != session]

    def close(self) -> None:
        """Ends the browser."""
        try:
            self.call("Browser.close")
            self._process.wait(20)
        except (BrowserError, OSError, subprocess.TimeoutExpired):
            self._process.kill()
            self._process.wait()
        os.close(self._in)
        os.close(self._out)
        for _ in range(50):  # its helpers may still be writing the profile
            try:
                self._profile.cleanup()
                return
            except OSError:
                time.sleep(0.1)

    def _next(self) -> dict:
        while b"\0" not in self._rest:
            if not select.select([self._in], [], [], _PATIENCE)[0]:
                raise BrowserError(f"no answer for {_PATIENCE} s")
            data = os.read(self._in, 1 << 20)
            if not data:
                raise BrowserError(f"the browser has ended, with exit code {self._process.wait()}")
            self._rest += data
        message, _, self._rest = self._rest.partition(b"\0")
        return json.loads(message)


class Page:
    """One page."""

    def __init__(self, browser: Browser, session: str) -> None:
        self._browser = browser
        self._session = session

    def call(self, method: str, **parameters: object) -> dict:
        """The result of one command for this page."""
        return self._browser.call(method, self._session, **parameters)

    def open(self, file: Path, fragment: str = "") -> None:
        """Loads a file and waits until it is there."""
        result = self.call("Page.navigate", url=file.resolve().as_uri() + (f"#{fragment}" if fragment else ""))
        if result.get("errorText"):
            raise BrowserError(f"{file}: {result['errorText']}")
        self._browser.wait("Page.loadEventFired", self._session)

    def run(self, script: str) -> object:
        """The value of a JavaScript expression, awaited; it must be JSON."""
        result = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in result:
            details = result["exceptionDetails"]
            raise BrowserError(details.get("exception", {}).get("description", details["text"]))
        return result["result"].get("value")

    def media(self, *, dark: bool = False, media: str = "") -> None:
        """The colour scheme that the reader wants, and "print" or "screen"."""
        wanted = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self.call("Emulation.setEmulatedMedia", media=media, features=wanted)

    def key(self, key: str, code: str = "", number: int = 0, text: str = "") -> None:
        """A key pressed and let go."""
        common = {"key": key, "code": code or key, "windowsVirtualKeyCode": number}
        self.call("Input.dispatchKeyEvent", type="keyDown", text=text, **common)
        self.call("Input.dispatchKeyEvent", type="keyUp", **common)

    def write(self, text: str) -> None:
        """Text typed where the focus is."""
        self.call("Input.insertText", text=text)

    def click(self, selector: str) -> None:
        """A click of the mouse on the middle of the first element that fits, scrolled into view."""
        x, y = self.run(
            f"(() => {{ const one = document.querySelector({json.dumps(selector)}); one.scrollIntoView({{block: 'center'}});"
            " const box = one.getBoundingClientRect(); return [box.x + box.width / 2, box.y + box.height / 2]; })()"
        )
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def requests(self) -> list[str]:
        """The addresses that were asked for."""
        return [event["params"]["request"]["url"] for event in self._of("Network.requestWillBeSent")]

    def complaints(self) -> list[str]:
        """What stands in the console, and what was thrown."""
        said = [json.dumps(event["params"]["args"]) for event in self._of("Runtime.consoleAPICalled")]
        thrown = [json.dumps(event["params"]["exceptionDetails"]) for event in self._of("Runtime.exceptionThrown")]
        return said + thrown + [event["params"]["entry"]["text"] for event in self._of("Log.entryAdded")]

    def picture(self, x: float, y: float, width: float, height: float) -> bytes:
        """A region of the page as PNG."""
        clip = {"x": x, "y": y, "width": width, "height": height, "scale": 1}
        return base64.b64decode(self.call("Page.captureScreenshot", format="png", clip=clip, captureBeyondViewport=True)["data"])

    def pdf(self) -> bytes:
        """The page as it would be printed."""
        return base64.b64decode(self.call("Page.printToPDF")["data"])

    def _of(self, method: str) -> list[dict]:
        return [event for event in self._browser.events if event.get("method") == method and event.get("sessionId") == self._session]


def _pipe() -> tuple[int, int]:
    """The two ends of a pipe, with numbers out of the way of 3 and 4, which the browser uses."""
    ends = os.pipe()
    moved = tuple(fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in ends)
    for end in ends:
        os.close(end)
    return moved[0], moved[1]
