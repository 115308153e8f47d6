from abc import ABC, abstractmethod


class Base(ABC):
    @abstractmethod
    def find(self): ...

    def run(self):
        return self.check()

    def check(self):
        return 1


class Store(Base):
    def find(self):
        return self.run()


Store().find()
