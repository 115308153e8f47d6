def load():
    return _hidden()


def _hidden():
    return 1
