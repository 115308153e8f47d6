from peewee import CharField, DatabaseProxy, Model

database = DatabaseProxy()


class Base(Model):
    class Meta:
        database = database


class Tag(Base):
    name = CharField()
    note = CharField(default="")


class Log(Base):
    text = CharField()


def replaced(name, notes):
    Tag.delete().where(Tag.name == name).execute()
    Tag.insert_many([{"name": name, "note": note} for note in notes]).execute()


def in_a_loop(name, notes):
    Tag.delete().where(Tag.name == name).execute()
    for note in notes:
        if note:
            Tag.create(name=name, note=note)
    Log.create(text=name)
    return len(notes)


def _dropped(name):
    Tag.delete().where(Tag.name == name).execute()


def in_a_helper(name, notes):
    _dropped(name)
    for note in notes:
        Tag.create(name=name, note=note)
