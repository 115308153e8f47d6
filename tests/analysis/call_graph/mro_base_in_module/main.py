from base import Base


class Service(Base):
    def run(self):
        return self.step() + super().run()


Service().run()
