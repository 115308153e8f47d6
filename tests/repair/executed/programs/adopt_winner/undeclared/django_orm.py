from django.db import models


class Tag(models.Model):
    name = models.CharField(max_length=20)
    note = models.CharField(max_length=20, default="")
    seen = models.IntegerField(default=0)

    class Meta:
        app_label = __name__


class Log(models.Model):
    text = models.CharField(max_length=40)

    class Meta:
        app_label = __name__


def made_once(name):
    if not Tag.objects.filter(name=name).exists():
        Tag.objects.create(name=name, note="new")
        Log.objects.create(text=f"made {name}")
