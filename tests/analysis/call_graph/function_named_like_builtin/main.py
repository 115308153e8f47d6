def sorted(rows):
    return rows


def run():
    return len(sorted([]))


run()
