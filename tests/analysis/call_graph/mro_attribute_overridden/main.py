class Loader:
    def run(self):
        return 1


class Saver:
    def run(self):
        return 2


class Base:
    worker_class = Loader

    def go(self):
        return self.worker_class().run()


class Service(Base):
    worker_class = Saver


Base().go()
Service().go()
