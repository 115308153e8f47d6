"""`python -m session_service`."""

from __future__ import annotations

from session_service.cli import main

if __name__ == "__main__":
    main()
