def leaf():
    yield 1


def tree():
    yield from leaf()
    yield from leaf()


list(tree())
