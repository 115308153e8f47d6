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


def _logged(name, text, tag=None):
    if tag is None:
        tag = _tag_of(name)
    Log.objects.create(text=f"{tag.name}: {text}")


def _logged_by_id(name, text, *, tag_id=None):
    tag_id = tag_id or _tag_of(name).pk
    Log.objects.create(text=f"{Tag.objects.get(pk=tag_id).name} {text}")


def left_out(name, note):
    tag = _tag_of(name)
    _logged(name, note)
    return tag.name


def by_id(name, note):
    tag = _tag_of(name)
    _logged_by_id(name, note)
    return tag.note
