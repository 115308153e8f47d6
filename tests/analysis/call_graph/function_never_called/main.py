def load():
    return 1


def unused():
    return load()
