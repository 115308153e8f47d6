import app.store


def show(key):
    return app.store.load(key)
