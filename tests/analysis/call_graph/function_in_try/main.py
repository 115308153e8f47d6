def opening():
    return 1


def failing(flag):
    if flag:
        raise ValueError


def recover():
    return 2


def proceed():
    return 3


def close():
    return 4


def run(flag):
    opening()
    try:
        failing(flag)
    except ValueError:
        recover()
    else:
        proceed()
    finally:
        close()


run(True)
run(False)
