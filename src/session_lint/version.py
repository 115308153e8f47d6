"""The version, in a file of its own: every room may read it, and the front door leads everywhere."""

__version__ = "0.2.0"
