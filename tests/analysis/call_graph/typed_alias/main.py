from typing import TypeAlias


class Service:
    def run(self):
        return 1


ServiceLike: TypeAlias = Service


def go(service: ServiceLike):
    return service.run()


go(Service())
