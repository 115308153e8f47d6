def load():
    return 1


def save():
    return 2


def allowed():
    return True


def other():
    return 3


def command():
    return "load"


def run(word):
    match word:
        case "load":
            return load()
        case "save" if allowed():
            return save()
        case _:
            return other()


def start():
    match command():
        case str(word):
            return run(word)


start()
run("save")
run("x")
