from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from supabase import Client

SCHEMA = """
CREATE TABLE tag (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, note TEXT);
CREATE TABLE log (id INTEGER PRIMARY KEY, text TEXT);
"""


def found_or_made(client: "Client", name):
    found = client.table("tag").select("*").eq("name", name).limit(1).execute()
    if found.data:
        return found.data[0]["id"]
    made = client.table("tag").insert({"name": name, "note": "new"}).execute()
    return made.data[0]["id"]


def refused(client: "Client", name):
    found = client.table("tag").select("id").eq("name", name).execute()
    if found.data:
        raise ValueError(f"{name} is taken")
    client.table("tag").insert({"name": name, "note": "new"}).execute()


def logged(client: "Client", name):
    found = client.table("tag").select("id").eq("name", name).execute()
    if not found.data:
        client.table("tag").insert({"name": name, "note": "new"}).execute()
        client.table("log").insert({"text": name}).execute()
