import a


def second(n):
    return a.first(n - 1) if n else 0
