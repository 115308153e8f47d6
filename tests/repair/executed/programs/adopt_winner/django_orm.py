from django.db import models


class Tag(models.Model):
    name = models.CharField(max_length=20, unique=True)
    note = models.CharField(max_length=20, default="")
    seen = models.IntegerField(default=0)

    class Meta:
        app_label = __name__


class Log(models.Model):
    text = models.CharField(max_length=40)

    class Meta:
        app_label = __name__


def found_or_made(name):
    tag = Tag.objects.filter(name=name).first()
    if tag is None:
        tag = Tag.objects.create(name=name, note="new")
    return tag.name, tag.note


def handler(name):
    try:
        tag = Tag.objects.get(name=name)
    except Tag.DoesNotExist:
        tag = Tag.objects.create(name=name, note="new")
    return tag.name, tag.note


def only_made_once(name):
    if not Tag.objects.filter(name=name).exists():
        Tag.objects.create(name=name, note="new")
        Log.objects.create(text=f"made {name}")


def counted(name):
    tag = Tag.objects.filter(name=name).first()
    if tag:
        tag.note = "again"
        tag.save()
    else:
        tag = Tag.objects.create(name=name, note="new")
    return tag.name


def refused(name):
    if Tag.objects.filter(name=name).exists():
        raise ValueError(f"{name} is taken")
    return Tag.objects.create(name=name, note="new").name


def refused_by_text(name):
    if Tag.objects.filter(name=name).exists():
        return "taken"
    tag = Tag(name=name)
    tag.note = "new"
    tag.save()
    return "made"


def given_back(name):
    existing = Tag.objects.filter(name=name).first()
    if existing is not None:
        return existing.note
    tag = Tag.objects.create(name=name, note=f"new {name}")
    Log.objects.create(text=f"made {name}")
    return tag.note


def _named(name):
    return Tag.objects.filter(name=name).first()


def by_a_helper(name):
    tag = _named(name)
    if tag is None:
        tag = Tag.objects.create(name=name, note="new")
    return tag.name


def _is_taken(name):
    return Tag.objects.filter(name=name).exists()


def refused_by_a_helper(name):
    if _is_taken(name):
        raise ValueError(f"{name} is taken")
    Tag.objects.create(name=name, note="new")
    return name


def stored_and_saved(name):
    try:
        tag = Tag.objects.get(name=name)
    except Tag.DoesNotExist:
        tag = Tag(name=name)
    tag.note = "new"
    tag.seen = len(name)
    tag.save()
    return tag.name, tag.note, tag.seen


def stored_under_an_if(name):
    tag = Tag.objects.filter(name=name).first()
    if tag is None:
        tag = Tag(name=name)
    tag.note = f"new {name}"
    tag.save()
    return tag.note


def stored_in_both_ways(name):
    tag = Tag.objects.filter(name=name).first()
    if tag:
        tag.note = "again"
    else:
        tag = Tag(name=name, seen=1)
        tag.note = "new"
    tag.save()
    return tag.name, tag.seen


def stored_in_the_try(name):
    try:
        tag = Tag.objects.get(name=name)
        tag.note = "again"
        tag.save(update_fields=["note"])
    except Tag.DoesNotExist:
        tag = Tag.objects.create(name=name, note="new")
    return tag.name


def found_or_built(name):
    tag = Tag.objects.filter(name=name).first() or Tag(name=name)
    tag.note = name
    tag.save()
    return tag.name, tag.note


def stored_sometimes(name):
    tag = Tag.objects.filter(name=name).first()
    if tag is None:
        tag = Tag(name=name, seen=1)
    if name:
        tag.note = "new"
    tag.seen += 1
    tag.save()
    return tag.note


def saved_under_the_test(name):
    if not Tag.objects.filter(name=name).exists():
        tag = Tag(name=name)
        tag.note = "new"
        tag.save()
        Log.objects.create(text=f"made {name}")


def saved_at_once(name):
    if Tag.objects.filter(name=name).count() == 0:
        Tag(name=name, note="new").save()
