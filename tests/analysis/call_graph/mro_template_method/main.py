class Base:
    def run(self):
        return self.step()


class Service(Base):
    def step(self):
        return 1


Service().run()
