import pickle
from typing import cast


class Service:
    def run(self):
        return 1


def main():
    value = pickle.loads(pickle.dumps(Service()))
    return cast(Service, value).run()


main()
