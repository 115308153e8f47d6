def make():
    def first():
        return 1

    def second():
        return 2

    return [first, second]


def run():
    for step in make():
        step()


run()
