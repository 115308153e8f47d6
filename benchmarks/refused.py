"""What the script cannot do, told to whoever started it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable


class RefusedError(Exception):
    """The text says what is wrong and what to do. The script ends with exit code 2."""


def ended(run: Callable[[argparse.Namespace], int], options: argparse.Namespace) -> int:
    """The exit code of a script: 2 when something could not be done, which is named."""
    try:
        return run(options)
    except RefusedError as refusal:
        print(f"error: {refusal}", file=sys.stderr)
        return 2
