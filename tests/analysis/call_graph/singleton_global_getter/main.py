class Service:
    def __init__(self):
        self.rows = []

    def run(self):
        return 1


_service = None


def get_service():
    global _service
    if _service is None:
        _service = Service()
    return _service


def main():
    return get_service().run()


main()
