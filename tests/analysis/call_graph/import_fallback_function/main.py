try:
    import no_such_fast_json as fast
except ImportError:
    fast = None


def dumps():
    return "x"


def run():
    if fast is not None:
        return fast.dumps()
    return dumps()


run()
