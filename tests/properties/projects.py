"""Small projects out of building blocks: getters, wrappers, guards, services, callers in several files, clears and inserts."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from zlib import crc32

import pytest
from hypothesis import strategies as st

from rules.scenarios import load, rule_files

Files = dict[str, str]

_CLIENT = 'from supabase import create_client\n\nclient = create_client("url", "key")\n\n\n'
_GETTERS = (
    # by name and by body, by body alone, an upsert, and two that must not count
    "def get_or_create_talk(user_id):\n"
    '    found = client.table("talks").select("*").eq("user_id", user_id).execute()\n'
    "    if found.data:\n        return found.data[0]\n"
    '    return client.table("talks").upsert({"user_id": user_id}, on_conflict="user_id").execute().data[0]\n',
    "def talk_for(user_id):\n"
    '    rows = client.table("talks").select("*").eq("user_id", user_id).execute().data\n'
    "    if not rows:\n"
    '        rows = client.table("talks").upsert({"user_id": user_id}, on_conflict="user_id").execute().data\n'
    "    return rows[0]\n",
    'def open_talk(user_id):\n    return client.table("talks").upsert({"user_id": user_id}, on_conflict="user_id").execute().data[0]\n',
    "@functools.cache\ndef cached_talk(user_id):\n    return get_or_create_talk(user_id)\n",
    'def read_talk(user_id):\n    return client.table("talks").select("*").eq("user_id", user_id).execute().data\n',
)
_SERVICE = (
    "class Talks:\n"
    "    def __init__(self, db=None):\n        self.db = db\n\n"
    "    def ensure_talk(self, user_id):\n        return get_or_create_talk(user_id)\n\n"
    "    def note(self, user_id, text, talk=None):\n"
    "        if talk is None:\n            talk = self.ensure_talk(user_id)\n"
    '        return client.table("notes").insert({"talk": talk["id"], "text": text}).execute()\n\n\n'
    "talks = Talks()\n"
)
_DECORATORS = (
    "def checked(func):\n"
    "    @functools.wraps(func)\n    def wrapper(*args, **kwargs):\n"
    '        if not args:\n            raise ValueError("nobody")\n'
    "        return func(*args, **kwargs)\n\n    return wrapper\n\n\n"
    "def named(title):\n    def decorator(func):\n"
    "        @functools.wraps(func)\n        def wrapper(*args, **kwargs):\n            print(title)\n"
    "            return func(*args, **kwargs)\n\n        return wrapper\n\n    return decorator\n"
)
STORE = "import functools\n\n" + _CLIENT + "\n\n".join(_GETTERS) + "\n\n" + _DECORATORS + "\n\n" + _SERVICE
STATE = (
    "import sqlite3\n"
    "from pymongo import MongoClient\n"
    "from django.db import models, transaction\n"
    "from sqlalchemy import delete, insert\n"
    "from store import client\n\n"
    'mongo = MongoClient()["shop"]\nconnection = sqlite3.connect("x.db")\n\n\n'
    "class Draft(models.Model):\n    owner = models.IntegerField()\n    text = models.TextField()\n\n\n"
    'def clear_progress(user_id):\n    client.table("progress").delete().eq("user_id", user_id).execute()\n\n\n'
    'def add_progress(user_id, text):\n    client.table("progress").insert({"user_id": user_id, "text": text}).execute()\n\n\n'
    'def end_progress(user_id):\n    client.table("progress").update({"status": "ended"}).eq("user_id", user_id).execute()\n\n\n'
    'def drop_cart(user_id):\n    mongo.carts.delete_many({"user": user_id})\n\n\n'
    'def fill_cart(user_id, text):\n    mongo.carts.insert_one({"user": user_id, "text": text})\n\n\n'
    "def wipe_drafts(user_id):\n    Draft.objects.filter(owner=user_id).delete()\n\n\n"
    "def write_draft(user_id, text):\n    Draft.objects.create(owner=user_id, text=text)\n\n\n"
    'def forget_rows(user_id):\n    connection.execute("DELETE FROM marks WHERE user_id = ?", (user_id,))\n\n\n'
    'def keep_row(user_id, text):\n    connection.execute("INSERT INTO marks (user_id, text) VALUES (?, ?)", (user_id, text))\n'
    "    connection.commit()\n"
)
_OBTAIN = ("get_or_create_talk", "talk_for", "open_talk", "cached_talk", "read_talk", "talks.ensure_talk")
_CLEAR = ("clear_progress", "end_progress", "drop_cart", "wipe_drafts", "forget_rows")
_ADD = ("add_progress", "fill_cart", "write_draft", "keep_row")
_HEAD = (
    "import asyncio\n\n"
    "from django.db import transaction\n"
    "from state import Draft, add_progress, clear_progress, drop_cart, end_progress\n"
    "from state import fill_cart, forget_rows, keep_row, wipe_drafts, write_draft\n"
    "from store import cached_talk, checked, client, get_or_create_talk, named, open_talk, read_talk, talk_for, talks\n"
)
_KEYS = st.sampled_from(["user_id", "user_id", "user_id", "other_id", "int(user_id)", "user_id.id"])


def _obtains() -> st.SearchStrategy[str]:
    return st.builds("talk = {}({})".format, st.sampled_from(_OBTAIN), _KEYS)


def _clears() -> st.SearchStrategy[str]:
    return st.one_of(
        st.builds("{}({})".format, st.sampled_from(_CLEAR), _KEYS),
        st.builds("{}({}, text)".format, st.sampled_from(_ADD), _KEYS),
        st.sampled_from(
            [
                'client.table("progress").delete().eq("user_id", user_id).execute()',
                'client.table("progress").insert({"user_id": user_id, "text": text}).execute()',
                'client.table("progress").insert([{"user_id": user_id, "text": t} for t in text]).execute()',
                "Draft.objects.filter(owner=user_id).delete()",
                "Draft.objects.bulk_create([Draft(owner=user_id, text=t) for t in text])",
            ]
        ),
    )


def _plain(calls: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        _obtains(),
        _clears(),
        calls,
        calls.map(lambda call: f"asyncio.create_task(asyncio.to_thread(lambda: {call.removeprefix('talk = ')}))"),
        calls.map(lambda call: f"pool.submit({call.removeprefix('talk = ').replace('(', ', ', 1)}"),
        st.just("asyncio.gather(asyncio.to_thread(talk_for, user_id), asyncio.to_thread(talk_for, user_id))"),
        st.sampled_from(
            ["talks.note(user_id, text)", "talks.note(user_id, text, talk=talk)", "talk = talk or talk_for(user_id)", "return talk"]
        ),
    )


def _indent(text: str) -> str:
    return "".join(f"    {line}\n" for line in text.rstrip("\n").split("\n"))


def _block(lines: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.lists(lines, min_size=1, max_size=3).map("\n".join)


def _nested(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    heads = [
        "if text:\n",
        "if talk is None:\n",
        "if not user_id:\n",
        "for part in text:\n",
        "while text:\n",
        "with transaction.atomic():\n",
        "with client:\n",
    ]
    return st.one_of(
        st.builds(lambda head, body: head + _indent(body), st.sampled_from(heads), _block(inner)),
        st.builds(lambda a, b: f"if text:\n{_indent(a)}else:\n{_indent(b)}", _block(inner), _block(inner)),
        st.builds(lambda a, b: f"try:\n{_indent(a)}except ValueError:\n{_indent(b)}", _block(inner), _block(inner)),
    )


@st.composite
def _functions(draw: st.DrawFn, names: list[str], signatures: dict[str, str]) -> str:
    """The functions of one file; what they call may be of any file, also of a later one."""
    every = sorted(signatures)
    calls = st.builds(
        lambda name, given: f"talk = {name}({given})",
        st.sampled_from(every),
        st.sampled_from(["user_id, text", "user_id, text, talk", "user_id, text=text, talk=talk", "other_id, text", "text, user_id"]),
    )
    statement = st.recursive(_plain(calls), _nested, max_leaves=3)
    parts = []
    for name in names:
        body = "\n".join(draw(st.lists(statement, min_size=1, max_size=5)))
        guard = draw(st.sampled_from(["", "", "if talk is None:\n    talk = get_or_create_talk(user_id)\n"]))
        decorator = draw(st.sampled_from(["", "", "", "@transaction.atomic\n", "@checked\n", '@named("x")\n']))
        parts.append(f"{decorator}def {name}(user_id, text, talk=None, other_id=0):\n{_indent(guard + body)}")
    return "\n\n".join(parts)


@st.composite
def generated(draw: st.DrawFn) -> Files:
    """A project of store, state and up to three files of handlers that call each other."""
    count = draw(st.integers(1, 3))
    modules = [f"handlers/m{number}" if number % 2 else f"m{number}" for number in range(count)]
    owned = {module: [f"f{number}_{i}" for i in range(draw(st.integers(1, 3)))] for number, module in enumerate(modules)}
    home = {name: module for module, names in owned.items() for name in names}
    files = {"store.py": STORE, "state.py": STATE}
    for module, names in owned.items():
        imports = "".join(f"from {home[name].replace('/', '.')} import {name}\n" for name in sorted(home) if home[name] != module)
        files[f"{module}.py"] = _HEAD + imports + "\n\n" + draw(_functions(names, home))
    return files


def written() -> Iterator[tuple[str, Files]]:
    """The projects of the scenario files that need no settings, and the incident before and after its repair."""
    for file in rule_files():
        for scenario in load(file):
            if not scenario.settings:
                yield f"{scenario.stem}: {scenario.title}", dict(scenario.files)
    incident = Path(__file__).parents[1] / "fixtures" / "incident"
    for state in ("before", "after"):
        root = incident / state
        yield f"incident {state}", {p.relative_to(root).as_posix(): p.read_text(encoding="utf-8") for p in sorted(root.rglob("*.py"))}


WRITTEN = tuple(written())


def sample(part: int, more: int = 0) -> pytest.MarkDecorator:
    """One written project in `part`, always the same ones; all of them where the environment says SESSION_LINT_ALL_PROGRAMS=1.

    With `more`, a second parameter says whether the project is also one in so many: it is asked more than the others.
    """
    taken = [(title, files) for title, files in WRITTEN if _is_taken(title, part)]
    titles = [title for title, _ in taken]
    if not more:
        return pytest.mark.parametrize("files", [files for _, files in taken], ids=titles)
    return pytest.mark.parametrize(("files", "whole"), [(files, _is_taken(title, more)) for title, files in taken], ids=titles)


def _is_taken(title: str, part: int) -> bool:
    every = part == 1 or os.environ.get("SESSION_LINT_ALL_PROGRAMS") == "1" or title.startswith("incident")
    return every or crc32(title.encode()) % part == 0
