"""Makes docs/images/report.png and docs/images/terminal.png from what the linter says of the incident's application.

Both come out of a real run, shown by a real browser (see chromium.py); run it again when the output changes.
"""

from __future__ import annotations

import html
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import chromium

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "images"
COLUMNS = 132
_ANSI = re.compile(r"\x1b\[([\d;]*)m")
_COLOURS = {"31": "red", "32": "green", "33": "yellow", "34": "blue", "36": "cyan", "1": "bold", "2": "dim"}
_WINDOW = """<!doctype html><meta charset="utf-8"><style>
body {{ margin: 0; padding: 28px; width: max-content; background: #e9edf3; }}
.window {{ border-radius: 10px; overflow: hidden; background: #171b22; }}
.bar {{ padding: 10px; background: #262c36; color: #a9b4c4; text-align: center; font: 13px system-ui, "DejaVu Sans", sans-serif; }}
.bar i {{ float: left; width: 12px; height: 12px; margin: 2px 0 0 8px; border-radius: 50%; background: #5a6473; }}
pre {{ margin: 0; padding: 16px 20px 20px; width: {columns}ch; color: #d5dbe5;
  white-space: pre-wrap; word-break: break-all; font: 13px/1.42 "DejaVu Sans Mono", Menlo, Consolas, monospace; }}
.bold {{ font-weight: 700; color: #fff; }} .dim {{ opacity: 0.6; }} .prompt {{ color: #7fdc9c; }}
.red {{ color: #ff8177; }} .green {{ color: #7fdc9c; }} .yellow {{ color: #f3cf6b; }}
.blue {{ color: #7fb0ff; }} .cyan {{ color: #6fd6dd; }}
</style><div class="window"><div class="bar"><i></i><i></i><i></i>{title}</div><pre>{text}</pre></div>"""


def main() -> int:
    """Exit code 2 without a browser."""
    program = chromium.find()
    if program is None:
        print("screenshots need Chromium: make browser, or set CHROMIUM to a program", file=sys.stderr)
        return 2
    IMAGES.mkdir(parents=True, exist_ok=True)
    browser = chromium.Browser(program)
    try:
        with tempfile.TemporaryDirectory() as directory:
            project = Path(directory) / "site-assistant"  # a name that says more than "before"
            shutil.copytree(
                ROOT / "tests" / "fixtures" / "incident" / "before", project, ignore=shutil.ignore_patterns(".*", "__pycache__")
            )
            _report(browser, project)
            _terminal(browser, project)
    finally:
        browser.close()
    return 0


def _report(browser: chromium.Browser, project: Path) -> None:
    page_file = project / "report.html"
    _lint(project, "--output-format", "html", "--output-file", str(page_file))
    with browser.page(width=1120, height=900) as page:
        page.open(page_file)
        bottom = page.run("document.querySelector('.finding .race').getBoundingClientRect().bottom + scrollY")
        (IMAGES / "report.png").write_bytes(page.picture(0, 0, 1120, round(bottom) + 14))


def _terminal(browser: chromium.Browser, project: Path) -> None:
    output = _lint(project, "--color", "always")
    text = f'<span class="prompt">$</span> <span class="bold">session-lint check</span>\n{_coloured(output)}'
    window = project / "terminal.html"
    window.write_text(_WINDOW.format(columns=COLUMNS, title=project.name, text=text), encoding="utf-8")
    with browser.page(width=1200, height=900) as page:
        page.open(window)
        width, height = page.run("[document.body.offsetWidth, document.body.offsetHeight]")
        (IMAGES / "terminal.png").write_bytes(page.picture(0, 0, width, height))


def _lint(project: Path, *arguments: str) -> str:
    command = [sys.executable, "-m", "session_lint", "check", "--no-cache", *arguments]
    done = subprocess.run(command, cwd=project, capture_output=True, encoding="utf-8", timeout=120, check=False)
    if done.returncode != 1:  # findings
        raise SystemExit(f"session-lint ended with {done.returncode}: {done.stderr}")
    return done.stdout


def _coloured(text: str) -> str:
    """ANSI colours as HTML."""
    parts: list[str] = []
    done = 0
    for found in _ANSI.finditer(text):
        parts.append(html.escape(text[done : found.start()]))
        done = found.end()
        classes = [_COLOURS[code] for code in found[1].split(";") if code in _COLOURS]
        parts.append(f'<span class="{" ".join(classes)}">' if classes else "</span>")
    return "".join(parts) + html.escape(text[done:])


if __name__ == "__main__":
    sys.exit(main())
