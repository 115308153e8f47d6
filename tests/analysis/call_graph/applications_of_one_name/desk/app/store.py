def load(key):
    return clean(key)


def clean(key):
    return key
