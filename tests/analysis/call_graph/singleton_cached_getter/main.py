from functools import lru_cache


class Service:
    def run(self):
        return 1


@lru_cache
def get_service():
    return Service()


def main():
    return get_service().run()


main()
