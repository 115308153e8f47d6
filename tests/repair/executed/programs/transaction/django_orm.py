from django.db import IntegrityError, models


class Tag(models.Model):
    name = models.CharField(max_length=20)
    note = models.CharField(max_length=20, default="")

    class Meta:
        app_label = __name__


class Log(models.Model):
    text = models.CharField(max_length=40)

    class Meta:
        app_label = __name__


def replaced(name, notes):
    Tag.objects.filter(name=name).delete()
    Tag.objects.bulk_create([Tag(name=name, note=note) for note in notes])


def in_a_loop(name, notes):
    Tag.objects.filter(name=name).delete()
    for note in notes:
        if note:
            Tag.objects.create(name=name, note=note)
    Log.objects.create(text=name)
    return len(notes)


def each_caught(name, notes):
    Tag.objects.filter(name=name).delete()
    kept = 0
    for note in notes:
        try:
            Tag.objects.create(name=name, note=note)
            kept += 1
        except IntegrityError:
            continue
    return kept


def _dropped(name):
    Tag.objects.filter(name=name).delete()


def in_a_helper(name, notes):
    _dropped(name)
    for note in notes:
        Tag.objects.create(name=name, note=note)
