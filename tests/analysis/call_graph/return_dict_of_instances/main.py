class Store:
    def find(self):
        return 1


def make():
    return {"store": Store(), "size": 3}


def main():
    parts = make()
    return parts["store"].find()


main()
