from tortoise import fields
from tortoise.models import Model


class Tag(Model):
    name = fields.CharField(max_length=20, unique=True)
    note = fields.CharField(max_length=20, default="")


class Log(Model):
    text = fields.CharField(max_length=40)


async def replaced(name, note):
    await Tag.filter(name=name).delete()
    await Tag.create(name=name, note=note)


async def returned(name, note):
    await Tag.filter(name=name).delete()
    tag = await Tag.create(name=name, note=note)
    await Log.create(text=note)
    return tag.note


async def _dropped(name):
    await Tag.filter(name=name).delete()


async def in_a_helper(name, note):
    await _dropped(name)
    await Tag.create(name=name, note=note)
    return name
