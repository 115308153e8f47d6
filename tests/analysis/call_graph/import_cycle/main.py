import a


def run():
    return a.first(2)


run()
