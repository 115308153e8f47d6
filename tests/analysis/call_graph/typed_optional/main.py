from typing import Optional


class Service:
    def run(self):
        return 1


def go(service: Optional[Service] = None):
    if service is None:
        return None
    return service.run()


def walk(service: Service | None = None):
    service = service or Service()
    return service.run()


go(Service())
walk()
