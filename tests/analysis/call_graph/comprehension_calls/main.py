def source():
    return [1, 2]


def keep(row):
    return row > 1


def name(row):
    return str(row)


def value(row):
    return row


def run():
    found = {name(row): value(row) for row in source() if keep(row)}
    also = {value(row) for row in source()}
    return found, also, [name(row) for row in source()]


run()
