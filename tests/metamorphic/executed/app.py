"""Calls the store in the ways that the transformations rewrite. `main` gives what was done, as a text."""

import asyncio

from store import create_tables, db, get_or_create_session, tags


class Context:
    def __init__(self, user_id, text):
        self.user_id = user_id
        self.text = text
        self.session_id = None

    def words(self):
        found = self.text.split(" ")
        return [word for word in found if len(word) > self.shortest()]

    def shortest(self):
        return max(1, 2)


def keep(ctx, session=None):
    session = session or get_or_create_session(ctx.user_id)
    if ctx.session_id is None:
        ctx.session_id = session["id"]
    return ctx.session_id


def label(user_id, session_id=None):
    if not session_id:
        session_id = get_or_create_session(user_id, title="labelled")["id"]
    short = session_id[:3] if len(session_id) > 3 else session_id.upper()
    if short.startswith("a"):
        kind = "first"
    elif short.startswith("b"):
        kind = "second"
    else:
        kind = "other"
    return f"{kind}-{short}"


def replace(owner, words):
    tags.clear(owner)
    number = tags.add(owner, words)
    if number > 1:
        print("several", number)
        db.commit()


async def load(user_id):
    await asyncio.sleep(0)
    found = get_or_create_session(user_id)
    return found["title"]


async def both(first, second):
    titles = await asyncio.gather(*[load(name) for name in (first, second)])
    last = await load(first)
    return [*titles, last]


def state(user_id):
    if user_id == "ann":
        return "known"
    found = get_or_create_session(user_id)
    if not found["title"]:
        return "empty"
    return found["title"]


def forget(owners):
    for owner in owners:
        tags.clear(owner)


def failing(user_id):
    try:
        raise KeyError(user_id)
    except KeyError as error:
        return str(error)


def main():
    """The text "main" keeps its name."""
    create_tables()
    lines = []
    for user_id in ("ann", "bob", "carol"):
        ctx = Context(user_id, f"a note of {user_id}")
        lines.append(keep(ctx))
        replace(user_id, ctx.words())
    lines.append(label("bob"))
    lines.append(label("zoe", session_id="abcdef"))
    lines.append(label("dora"))
    lines.append(failing("eve"))
    lines.append(state("ann") + state("dora"))
    forget(["carol", "nobody"])
    return "\n".join(lines)


def contents():
    """The texts "contents", "both" keep their names."""
    rows = [*db.execute("SELECT * FROM sessions ORDER BY 1"), *db.execute("SELECT * FROM tags ORDER BY 1, 2")]
    return "\n".join([str(row) for row in rows])
