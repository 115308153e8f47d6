from peewee import CharField, DatabaseProxy, Model, SqliteDatabase

database = DatabaseProxy()


class Base(Model):
    class Meta:
        database = database


class Tag(Base):
    name = CharField(unique=True)
    note = CharField(default="")


class Log(Base):
    text = CharField()


def _open_database(path):
    database.initialize(SqliteDatabase(path))


def replaced(name, note):
    Tag.delete().where(Tag.name == name).execute()
    Tag.create(name=name, note=note)


def inserted(name, note):
    Tag.delete().where(Tag.name == name).execute()
    Tag.insert(name=name, note=note).execute()
    Log.create(text=note)
    return note


def _dropped(name):
    Tag.delete().where(Tag.name == name).execute()


def in_a_helper(name, note):
    _dropped(name)
    Tag.create(name=name, note=note)
    return name
