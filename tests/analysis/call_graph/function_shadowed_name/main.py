def load():
    return 1


def run():
    def load():
        return 2

    return load()


def other():
    return load()


run()
other()
