from app.store import load


def show(key):
    return load(key)
