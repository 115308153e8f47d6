from store import load


def run():
    from spare import load

    return load()


def walk():
    import spare as other

    other.save()
    return load()


run()
walk()
