def prepare():
    return True
