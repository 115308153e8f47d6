from shop import current


def main():
    return current.run()


main()
