class Service:
    pass


def main():
    return Service()


main()
