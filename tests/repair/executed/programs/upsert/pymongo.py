from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pymongo.database import Database


def replaced(db: "Database", name, note):
    db.tag.delete_one({"name": name})
    db.tag.insert_one({"name": name, "note": note})


def with_a_name(db: "Database", name, note):
    document = {"name": name, "note": note}
    db["tag"].delete_many({"name": name})
    db["tag"].insert_one(document)
    db.log.insert_one({"text": note})
    return note


def _dropped(db: "Database", name):
    db.tag.delete_one({"name": name})


def in_a_helper(db: "Database", name, note):
    _dropped(db, name)
    db.tag.insert_one({"name": name, "note": note})
    return name
