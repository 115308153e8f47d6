def go(service: "Service"):
    return service.run()


def walk(service: "Service | None"):
    return service.run()


class Service:
    def run(self):
        return 1


go(Service())
walk(Service())
