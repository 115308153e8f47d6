"""Where LibCST's own runner starts: `python -m libcst.tool codemod -x session_lint.codemods.reuse_variable.ReuseVariable`.

No repair stands here: each file of `repair/codemods/` is a module of this package, with one command in it.
"""

from __future__ import annotations

import sys

from session_lint.codemods.commands import modules

sys.modules.update({f"{__name__}.{stem}": module for stem, module in modules().items()})
