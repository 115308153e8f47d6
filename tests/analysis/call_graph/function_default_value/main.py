def make():
    return 3


def run(limit=make()):
    return limit


def caller():
    return run()


caller()
