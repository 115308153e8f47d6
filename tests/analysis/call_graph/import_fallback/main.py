try:
    from no_such_fast_json import dumps
except ImportError:
    from slow import dumps


def run():
    return dumps()


run()
