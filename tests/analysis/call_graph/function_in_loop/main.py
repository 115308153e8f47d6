def rows():
    return [1]


def handle(row):
    return row


def more():
    return False


def idle():
    return 1


def done():
    return 2


def run():
    for row in rows():
        handle(row)
    else:
        done()
    while more():
        pass
    else:
        idle()


run()
