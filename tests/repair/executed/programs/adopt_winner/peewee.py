from peewee import CharField, DatabaseProxy, Model

database = DatabaseProxy()


class Base(Model):
    class Meta:
        database = database


class Tag(Base):
    name = CharField(unique=True)
    note = CharField(default="")


class Log(Base):
    text = CharField()


def found_or_made(name):
    tag = Tag.get_or_none(Tag.name == name)
    if tag is None:
        tag = Tag.create(name=name, note="new")
        Log.create(text=f"made {name}")
    return tag.name, tag.note


def counted(name):
    tag = Tag.select().where(Tag.name == name).first()
    if tag:
        tag.note = "again"
        tag.save()
    else:
        Tag.create(name=name, note="new")


def refused(name):
    if Tag.select().where(Tag.name == name).exists():
        raise ValueError(f"{name} is taken")
    note = str(name)
    return Tag.create(name=name, note=note).name


def stored_and_saved(name):
    tag = Tag.get_or_none(Tag.name == name)
    if tag is None:
        tag = Tag(name=name)
    tag.note = "new"
    tag.save()
    return tag.name, tag.note


def stored_sometimes(name):
    tag = Tag.get_or_none(Tag.name == name)
    if tag is None:
        tag = Tag(name=name, note=name)
    if name:
        tag.note = "new"
    tag.save()
    return tag.note


def saved_under_the_test(name):
    if not Tag.select().where(Tag.name == name).exists():
        tag = Tag(name=name, note="new")
        tag.save()
        Log.create(text=f"made {name}")
