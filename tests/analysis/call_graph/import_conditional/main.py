import os

if os.environ.get("NO_SUCH_SWITCH_IS_SET"):
    from fast import load
else:
    from slow import load


def run():
    return load()


run()
