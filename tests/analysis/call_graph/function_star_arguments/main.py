def load(*args, **kwargs):
    return args, kwargs


def run(*args, **kwargs):
    return load(*args, **kwargs)


run(1, size=2)
