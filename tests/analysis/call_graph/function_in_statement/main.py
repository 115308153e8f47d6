def check():
    return True


def failure():
    return ValueError()


def step():
    return 1


def position():
    return 0


def run(flag):
    assert check()
    total = 0
    total += step()
    values = [1, 2]
    del values[position()]
    if flag:
        raise failure()
    return total


run(False)
try:
    run(True)
except ValueError:
    pass
