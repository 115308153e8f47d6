from dataclasses import dataclass


class Store:
    def find(self):
        return 1


@dataclass
class Service:
    store: Store
    size: int = 3

    def run(self):
        return self.store.find()


def main():
    service = Service(Store())
    service.run()
    return service.store.find()


main()
