"""What the script cannot do, told to whoever started it."""

from __future__ import annotations


class RefusedError(Exception):
    """The text says what is wrong and what to do. The script ends with exit code 2."""
