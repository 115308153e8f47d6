def make():
    return 1


def local():
    return 2


class Service:
    size = make()


def main():
    class Inner:
        size = local()

    return Inner.size


main()
