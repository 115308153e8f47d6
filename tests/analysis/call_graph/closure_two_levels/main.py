def load():
    return 1


def outer():
    def middle():
        def inner():
            return load()

        return inner

    return middle


def run():
    return outer()()()


run()
