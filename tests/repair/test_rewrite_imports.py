"""A name is imported where a reader of the file would have put it."""

from __future__ import annotations

import pytest

from session_lint.repair import changeset
from session_lint.repair.rewrite.file.source import CannotRepair, Source
from session_lint.repair.rewrite.statements import imports


def _ensured(text: str) -> str:
    _, edits = imports.ensure(Source("app.py", text), "django.db", "transaction")
    return changeset.apply({"app.py": text.encode()}, edits, {}).get("app.py", text.encode()).decode()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("import os\n\nx = 1\n", "import os\n\nfrom django.db import transaction\n\nx = 1\n"),
        ("from django.db import models\n", "from django.db import models, transaction\n"),
        ("from django.db import utils\n", "from django.db import transaction, utils\n"),
        (
            "from django.db import (\n    models,\n    utils,\n)\n",
            "from django.db import (\n    models,\n    transaction,\n    utils,\n)\n",
        ),
        ("from django.db import (\n    models\n)\n", "from django.db import (\n    models,\n    transaction\n)\n"),
        ("from django.db import (\n    models,\n)\n", "from django.db import (\n    models,\n    transaction,\n)\n"),
        (
            "from django.conf import settings\nfrom django.urls import path\n\nfrom app import models\n",
            "from django.conf import settings\nfrom django.db import transaction\nfrom django.urls import path\n\nfrom app import models\n",
        ),
        (
            "import os\n\nimport redis\n\nfrom .models import Tag\n",
            "import os\n\nimport redis\nfrom django.db import transaction\n\nfrom .models import Tag\n",
        ),
        ("from .models import Tag\n", "from django.db import transaction\n\nfrom .models import Tag\n"),
        (
            "import os\n\n\ndef f():\n    pass\n\n\nimport late\n",
            "import os\n\nfrom django.db import transaction\n\n\ndef f():\n    pass\n\n\nimport late\n",
        ),
        ('"""Doc."""\n\nx = 1\n', '"""Doc."""\n\nfrom django.db import transaction\n\nx = 1\n'),
        (
            "from __future__ import annotations\n\nx = 1\n",
            "from __future__ import annotations\n\nfrom django.db import transaction\n\nx = 1\n",
        ),
        ("from django.db import transaction as tx\n", "from django.db import transaction as tx\n"),
        ("", "from django.db import transaction\n"),
    ],
)
def test_where_an_import_goes(before: str, after: str) -> None:
    assert _ensured(before) == after


def test_a_line_that_would_get_too_long_is_left_alone() -> None:
    names = ", ".join(f"long_name_number_{number}" for number in range(4))
    before = f"from django.db import {names}\n"

    assert _ensured(before) == f"{before}from django.db import transaction\n"


@pytest.mark.parametrize("text", ["def pay(transaction):\n    return transaction\n", "for transaction in book:\n    print(transaction)\n"])
def test_a_name_with_another_meaning_is_not_imported_over(text: str) -> None:
    with pytest.raises(CannotRepair, match="means something else"):
        _ensured(text)


def test_keywords_and_attributes_of_the_name_are_no_obstacle() -> None:
    assert _ensured("pay(transaction=book.transaction)\n").startswith("from django.db import transaction\n")
