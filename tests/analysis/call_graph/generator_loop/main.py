def clean(row):
    return row


def rows():
    for row in [1, 2]:
        yield clean(row)


def consume(items):
    return list(items)


def run():
    for _row in rows():
        pass
    return consume(rows())


run()
