def load():
    return 1


def outer():
    step = load

    def inner():
        return step()

    return inner()


outer()
