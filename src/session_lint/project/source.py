"""The text of a source file."""

from __future__ import annotations

import io
import tokenize


def decode(data: bytes) -> tuple[str, str]:
    """The text of a source file with its line ends made "\\n", and its encoding.

    Raises SyntaxError for a wrong encoding cookie, UnicodeError for bytes the encoding does not have.
    """
    if data.startswith(b"\xef\xbb\xbf") or b"coding" in data[:400]:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        text = data.decode(encoding)
    else:
        encoding = "utf-8"
        text = data.decode("utf-8")
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text, encoding
