"""A project made up for measuring: many files, of which a few hold a defect that can be repaired."""

from __future__ import annotations

import shutil
from pathlib import Path
from random import Random

_WORDS = ("order", "invoice", "parcel", "customer", "ticket", "report", "budget", "voucher", "branch", "device", "label", "route", "shelf")
_STORE = '''\
"""The sessions of users."""

from supabase import create_client

client = create_client("url", "key")


def get_or_create_session(user_id: str) -> dict:
    """The one session of a user."""
    found = client.table("sessions").select("*").eq("user_id", user_id).execute()
    if found.data:
        return found.data[0]
    return client.table("sessions").upsert({"user_id": user_id}, on_conflict="user_id").execute().data[0]
'''
_REPEATED = """\
from app.store import get_or_create_session


def open_{name}(user_id: str) -> dict:
    session = get_or_create_session(user_id)
    print(session["id"])
    again = get_or_create_session(user_id)
    return {{"{name}": again["id"]}}
"""
_UPPER = """\
from app.store import get_or_create_session
from {package}.lower import show_{name}


def handle_{name}(user_id: str) -> str:
    session = get_or_create_session(user_id)
    print(session["id"])
    return show_{name}(user_id)
"""
_LOWER = '''\
from app.store import get_or_create_session


def show_{name}(user_id: str) -> str:
    """The {name} on one line."""
    session = get_or_create_session(user_id)
    return "{name} of " + session["id"]
'''
_CLEARED = """\
from app.store import client


def save_{name}(user_id: str, step: str) -> None:
    client.table("{name}_steps").delete().eq("user_id", user_id).execute()
    client.table("{name}_steps").insert({{"user_id": user_id, "step": step}}).execute()
"""
_LOOP = """\
from app.store import get_or_create_session


def send_{name}(user_id: str, parts: list) -> None:
    for part in parts:
        session = get_or_create_session(user_id)
        print(session["id"], part)
"""
_KINDS = (
    (("repeated.py", _REPEATED),),
    (("upper.py", _UPPER), ("lower.py", _LOWER)),
    (("cleared.py", _CLEARED),),
    (("loop.py", _LOOP),),
)


def make(target: Path, files: int, findings: int) -> None:
    """A project of about `files` files, in which `findings` defects are. The same one every time."""
    shutil.rmtree(target, ignore_errors=True)
    random = Random(files)
    _write(target / "pyproject.toml", "[tool.session-lint]\n")
    _write(target / "app" / "__init__.py", "")
    _write(target / "app" / "store.py", _STORE)
    made = 2
    for number in range(findings):
        name, package = f"{_WORDS[number % len(_WORDS)]}_{number}", f"defect_{number}"
        for file, text in _KINDS[number % len(_KINDS)]:
            _write(target / package / file, text.format(name=name, package=package))
            made += 1
    for number in range(max(0, files - made)):
        _write(target / f"part_{number // 20}" / f"module_{number}.py", _plain(random, number))


def _plain(random: Random, number: int) -> str:
    """A module without a defect: functions that compute, call those of another module, and some that read a table."""
    lines = ['"""Business as usual."""', "", "from app.store import client"]
    if number:
        other = random.randrange(number)
        lines.append(f"from part_{other // 20}.module_{other} import total_{other}_0")
    for index in range(8):
        word = random.choice(_WORDS)
        lines += ["", "", f"def total_{number}_{index}(rows: list, {word}_limit: int = {random.randrange(100)}) -> int:"]
        lines += [f'    """The {word} total, up to a limit."""', "    result = 0", "    for row in rows:"]
        lines += [
            f'        if row["{word}"] > {word}_limit:',
            "            continue",
            f'        result += row["{word}"] * {random.randrange(9)}',
        ]
        if index % 4 == 0:
            lines += [f'    found = client.table("{word}s").select("*").eq("id", {word}_limit).execute()', "    result += len(found.data)"]
        if number and index % 3 == 0:
            lines += [f"    result += total_{other}_0(rows)"]
        lines += ["    return result"]
    return "\n".join(lines) + "\n"


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
