def load():
    return 1


def save():
    return 2


def outer():
    step = load

    def switch():
        nonlocal step
        step = save

    step()
    switch()
    step()


outer()
