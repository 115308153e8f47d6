"""session-lint: finds what must happen once, atomically, but is spread over a call chain."""

__version__ = "0.1.0"
