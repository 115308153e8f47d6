import pickle


class Service:
    def run(self):
        return 1


def make() -> Service:
    return pickle.loads(pickle.dumps(Service()))


def main():
    return make().run()


main()
