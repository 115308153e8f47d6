class Service:
    def run(self):
        return 1


_service = Service()
run = _service.run
