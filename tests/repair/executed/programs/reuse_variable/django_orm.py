from django.db import models


class Tag(models.Model):
    name = models.CharField(max_length=20, unique=True)
    note = models.CharField(max_length=20, default="")

    class Meta:
        app_label = __name__


class Log(models.Model):
    text = models.CharField(max_length=40)

    class Meta:
        app_label = __name__


def _tag_of(name):
    tag, _ = Tag.objects.get_or_create(name=name)
    return tag


def twice(name, note):
    tag = _tag_of(name)
    Log.objects.create(text=f"{tag.name}: {note}")
    again = _tag_of(name)
    return tag.name, again.note


def inline(name, note):
    first = _tag_of(name)
    Log.objects.create(text=first.name)
    if note:
        Log.objects.create(text=f"{_tag_of(name).pk == first.pk}: {note}")
    return first.note


def by_the_library(name, note):
    tag, made = Tag.objects.get_or_create(name=name)
    if made:
        Log.objects.create(text=f"{tag.name}: {note}")
    other, _ = Tag.objects.get_or_create(name=name)
    return other.name, made


def not_named_at_first(name, note):
    Log.objects.create(text=f"{_tag_of(name).name} {note}")
    tag = _tag_of(name)
    return tag.name
