from tortoise import fields
from tortoise.models import Model


class Tag(Model):
    name = fields.CharField(max_length=20)
    note = fields.CharField(max_length=20, default="")


class Log(Model):
    text = fields.CharField(max_length=40)


async def replaced(name, notes):
    await Tag.filter(name=name).delete()
    await Tag.bulk_create([Tag(name=name, note=note) for note in notes])


async def in_a_loop(name, notes):
    await Tag.filter(name=name).delete()
    for note in notes:
        await Tag.create(name=name, note=note)
    await Log.create(text=name)
    return len(notes)
