from typing import Annotated


class Service:
    def run(self):
        return 1


def go(service: Annotated[Service, "the one"]):
    return service.run()


go(Service())
