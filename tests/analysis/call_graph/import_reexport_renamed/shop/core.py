def load():
    return 1


def fetch():
    return 2
