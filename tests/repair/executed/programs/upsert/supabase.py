from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from supabase import Client

SCHEMA = """
CREATE TABLE tag (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, note TEXT);
CREATE TABLE log (id INTEGER PRIMARY KEY, text TEXT);
"""


def replaced(client: "Client", name, note):
    client.table("tag").delete().eq("name", name).execute()
    client.table("tag").insert({"name": name, "note": note}).execute()


def with_a_payload(client: "Client", name, note):
    row = {"name": name, "note": note}
    client.table("tag").delete().eq("name", name).execute()
    made = client.table("tag").insert(row).execute()
    client.table("log").insert({"text": note}).execute()
    return made.data[0]["note"]


def _dropped(client: "Client", name):
    client.table("tag").delete().eq("name", name).execute()


def in_a_helper(client: "Client", name, note):
    _dropped(client, name)
    client.table("tag").insert({"name": name, "note": note}).execute()
    return note


def _emptied(client: "Client", name):
    from logging import getLogger

    try:
        getLogger(__name__).debug("%s is cleared", name)
        client.table("tag").delete().eq("name", name).execute()
        return True
    except ValueError:
        return False


def in_a_helper_that_only_tells(client: "Client", name, note):
    # clear what is there
    _emptied(client, name)

    client.table("tag").insert({"name": name, "note": note}).execute()
    return note


def _begun(client: "Client", name):
    client.table("tag").delete().eq("name", name).execute()
    client.table("log").insert({"text": name}).execute()


def in_a_helper_that_does_more(client: "Client", name, note):
    _begun(client, name)
    made = client.table("tag").insert({"name": name, "note": note}).execute()
    return made.data[0]["note"]
