"""`python -m session_lint`."""

from __future__ import annotations

from session_lint.cli import main

if __name__ == "__main__":
    main()
