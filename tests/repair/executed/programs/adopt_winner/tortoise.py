from tortoise import fields
from tortoise.models import Model


class Tag(Model):
    name = fields.CharField(max_length=20, unique=True)
    note = fields.CharField(max_length=20, default="")


class Log(Model):
    text = fields.CharField(max_length=40)


async def found_or_made(name):
    tag = await Tag.get_or_none(name=name)
    if tag is None:
        tag = await Tag.create(name=name, note="new")
        await Log.create(text=name)
    return tag.name, tag.note


async def refused(name):
    if await Tag.filter(name=name).exists():
        raise ValueError(f"{name} is taken")
    tag = await Tag.create(name=name, note="new")
    return tag.name


async def stored_and_saved(name):
    tag = await Tag.get_or_none(name=name)
    if tag is None:
        tag = Tag(name=name)
    tag.note = "new"
    await tag.save()
    return tag.name, tag.note


async def stored_in_both_ways(name):
    tag = await Tag.filter(name=name).first()
    if tag:
        tag.note = "again"
    else:
        tag = Tag(name=name, note="new")
    await tag.save()
    return tag.name
