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


def _logged(name, text):
    tag = _tag_of(name)
    Log.objects.create(text=f"{tag.name}: {text}")


def _further(name, text):
    _noted(name, text)
    return text


def _noted(name, text):
    tag = _tag_of(name)
    Log.objects.create(text=f"{tag.name} {text}")


def one_call_down(name, note):
    tag = _tag_of(name)
    _logged(name, note)
    return tag.name


def two_calls_down(name, note):
    tag = _tag_of(name)
    if note:
        _further(name, note)
    return tag.note
