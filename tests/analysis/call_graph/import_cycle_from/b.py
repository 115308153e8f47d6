def second(n):
    from a import first

    return first(n - 1) if n else 0
