"""The text of a source file."""

from __future__ import annotations

import io
import tokenize


def decode(data: bytes) -> tuple[str, str]:
    """The text of a source file with its line ends made "\\n", and its encoding.

    Raises SyntaxError for a wrong encoding cookie, UnicodeError for bytes the encoding does not have.
    """
    encoding = encoding_of(data)
    text = data.decode(encoding)
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text, encoding


def encoding_of(data: bytes) -> str:
    """The encoding that a source file asks for. Raises SyntaxError for a wrong encoding cookie."""
    if data.startswith(b"\xef\xbb\xbf") or b"coding" in data[:400]:
        return tokenize.detect_encoding(io.BytesIO(data).readline)[0]
    return "utf-8"
