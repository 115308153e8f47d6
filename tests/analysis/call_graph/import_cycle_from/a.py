from b import second


def first(n):
    return second(n - 1) if n else 0
