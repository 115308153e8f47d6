class Service:
    def run(self):
        return 1


class Other:
    def run(self):
        return 2


def go(service):
    return service.run()


go(Service())
