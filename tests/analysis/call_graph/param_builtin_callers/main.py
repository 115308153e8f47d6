from functools import reduce


def double(row):
    return row * 2


def keep(row):
    return row > 1


def rank(row):
    return -row


def add(left, right):
    return left + right


def run(rows):
    doubled = list(map(double, rows))
    kept = list(filter(keep, doubled))
    ordered = sorted(kept, key=rank)
    return reduce(add, ordered), max(ordered, key=rank)


run([1, 2, 3])
