def save():
    return 1


def load():
    return save()


load()
