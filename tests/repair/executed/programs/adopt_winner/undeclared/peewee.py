from peewee import CharField, DatabaseProxy, IntegerField, Model

database = DatabaseProxy()


class Tag(Model):
    name = CharField()
    note = CharField(default="")
    seen = IntegerField(default=0)

    class Meta:
        database = database


class Log(Model):
    text = CharField()

    class Meta:
        database = database


def found_or_made(name):
    tag = Tag.get_or_none(Tag.name == name)
    if tag is None:
        tag = Tag.create(name=name, note="new")
        Log.create(text=f"made {name}")
    return tag.name, tag.note
