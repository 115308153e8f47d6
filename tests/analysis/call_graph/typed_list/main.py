class Service:
    def run(self):
        return 1


def go(services: list[Service]):
    for service in services:
        service.run()


def first(services: "tuple[Service, ...]"):
    return services[0].run()


go([Service()])
first((Service(),))
