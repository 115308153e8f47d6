"""Where nodes stand is what libcst's own provider says."""

from __future__ import annotations

import libcst as cst
import pytest
from libcst.metadata import MetadataWrapper, PositionProvider

from session_lint.repair.rewrite.file.positions import Positions

FLOW = '''@decorated(1)
async def find(a, /, b: int = (2), *args, c=None, **rest) -> "x":
    """Text
    of two lines."""

    # a remark
    async with (open(a) as first, b):
        yield f"{a!r:>{b}}" "and" \\
            'more'
    return [one for one in a if one], {**a, 1: 2}, lambda x, *y: (x)
'''
BLOCKS = (
    "class A(B, metaclass=C):\n\tx: int = 1; y = 2\n\tdef f(self): pass\n"
    "if a: b\nelif (c): d()\nelse:\n\ttry:\n\t\tdel x\n\texcept* (E) as e: raise\n\tfinally:\n\t\tassert a, b\n"
)
CASES = "match a:\n  case {'x': [1, *_]} | B(c=2) if d:\n    while True: break\nfor (i, j) in a: global z\n\n"


@pytest.mark.parametrize("text", [FLOW, BLOCKS, CASES, FLOW.replace("\n", "\r\n"), "x = a . b [ 1 : 2 , ... ]\n  # end", ""])
def test_as_libcst_says(text: str) -> None:
    module = cst.parse_module(text)
    positions = Positions(module)
    wanted = MetadataWrapper(module, unsafe_skip_copy=True).resolve(PositionProvider)
    found = {node: ((row, column), (end_row, end_column)) for node, (row, column, end_row, end_column) in positions.ranges.values()}

    assert positions.code == text
    assert list(found) == list(wanted)
    assert found == {node: ((p.start.line, p.start.column), (p.end.line, p.end.column)) for node, p in wanted.items()}
