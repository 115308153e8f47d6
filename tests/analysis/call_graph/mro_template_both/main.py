class Base:
    def run(self):
        return self.step()

    def step(self):
        return 1


class Service(Base):
    def step(self):
        return 2


Base().run()
Service().run()
