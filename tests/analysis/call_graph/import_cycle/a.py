import b


def first(n):
    return b.second(n - 1) if n else 0
