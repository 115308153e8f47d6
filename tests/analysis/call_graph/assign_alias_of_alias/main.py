def load():
    return 1


fetch = load


def run():
    get = fetch
    step = get
    return step()


run()
