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


def each(name, texts):
    for text in texts:
        tag = _tag_of(name)
        Log.objects.create(text=f"{tag.name}: {text}")


def in_an_argument(name, texts):
    count = 0
    for text in texts:
        Log.objects.create(text=f"{_tag_of(name).pk is not None}: {text}")
        count += 1
    return count


def until_empty(name, texts):
    rest = list(texts)
    while rest:
        tag = _tag_of(name)
        Log.objects.create(text=f"{tag.name} {rest.pop(0)}")
    return len(rest)


def _noted(name, text):
    tag = _tag_of(name)
    Log.objects.create(text=f"{tag.name} notes {text}")


def in_a_helper(name, texts):
    for text in texts:
        _noted(name, text)
    return len(texts)


def for_its_effect(name, texts):
    for text in texts:
        _tag_of(name)
        Log.objects.create(text=text)
    return name


def when_needed(name, texts):
    for text in texts:
        if text:
            tag = _tag_of(name)
            Log.objects.create(text=f"{tag.name}: {text}")
        else:
            Log.objects.create(text="nothing")
