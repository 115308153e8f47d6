def countdown(n):
    return countdown(n - 1) if n else 0


def even(n):
    return odd(n - 1) if n else True


def odd(n):
    return even(n - 1) if n else False


countdown(2)
even(2)
