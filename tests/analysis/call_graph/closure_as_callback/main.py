def each(step):
    return step()


def outer():
    def inner():
        return 1

    return each(inner)


outer()
