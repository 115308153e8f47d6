"""A digest of a value that is the same in every process: equal imprints are equal values."""

from __future__ import annotations

import hashlib
import io
import pickle


def imprint(value: object) -> str:
    """32 hexadecimal digits for a value made of dataclasses, tuples, texts and numbers; "" for one that is nested too deeply.

    Sets have no order that lasts: give them sorted.
    """
    stream = io.BytesIO()
    pickler = pickle.Pickler(stream, protocol=4)
    pickler.fast = True  # equal parts are written alike, whether they are one object or several
    try:
        pickler.dump(value)
    except RecursionError:
        return ""
    return hashlib.blake2b(stream.getbuffer(), digest_size=16).hexdigest()
