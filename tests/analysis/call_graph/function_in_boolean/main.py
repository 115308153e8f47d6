def a():
    return 0


def b():
    return 0


def c():
    return 1


def d():
    return 2


def run(flag):
    left = a() or b()
    right = not left and c() < d()
    return a() if flag else d() if right else b()


run(True)
run(False)
