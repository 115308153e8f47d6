class Service:
    def run(self):
        return 1


def go(services: dict[str, Service], name: str):
    services[name].run()
    for service in services.values():
        service.run()


def walk(services: dict[str, Service], name: str):
    if service := services.get(name):
        service.run()


go({"x": Service()}, "x")
walk({"x": Service()}, "x")
