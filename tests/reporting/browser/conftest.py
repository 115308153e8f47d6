"""One browser for all tests of a worker; without one, they are skipped with the reason."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

if sys.platform == "win32":
    collect_ignore = ["test_html_report.py"]
else:
    import chromium

    @pytest.fixture(scope="session")
    def browser() -> Iterator[chromium.Browser]:
        program = chromium.find()
        if program is None:
            pytest.skip("no Chromium on PATH; `make browser` installs one on Debian, or set CHROMIUM to a program")
        running = chromium.Browser(program)
        yield running
        running.close()

    @pytest.fixture
    def show(browser: chromium.Browser, tmp_path: Path) -> Callable[..., AbstractContextManager[chromium.Page]]:
        """Opens a text as a page: `with show(html, dark=True) as page`."""
        from contextlib import contextmanager

        @contextmanager
        def opened(html: str, fragment: str = "", **options: object) -> Iterator[chromium.Page]:
            file = tmp_path / "report.html"
            file.write_text(html, encoding="utf-8")
            with browser.page(**options) as page:
                page.open(file, fragment)
                yield page

        return opened
