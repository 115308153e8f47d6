class Logged:
    def __init__(self, fn):
        self.fn = fn

    def __call__(self, *args):
        return self.fn(*args)


@Logged
def load():
    return 1


def run():
    return load()


run()
