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


def replaced(name, note):
    Tag.objects.filter(name=name).delete()
    Tag.objects.create(name=name, note=note)


def returned(name, note):
    Tag.objects.filter(name=name).delete()
    tag = Tag.objects.create(name=name, note=note)
    Log.objects.create(text=f"made {tag.name}")
    return tag.note


def saved(name, note):
    Tag.objects.filter(name=name).delete()
    tag = Tag(name=name, note=note)
    tag.save()


def _dropped(name):
    Tag.objects.filter(name=name).delete()


def in_a_helper(name, note):
    _dropped(name)
    Tag.objects.create(name=name, note=note)
    return name
