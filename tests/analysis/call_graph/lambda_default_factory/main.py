from collections import defaultdict


def empty():
    return []


def run():
    table = defaultdict(lambda: empty())
    return table["x"]


run()
