class Base:
    def __init__(self):
        self.rows = []


class Logged(Base):
    def __init__(self):
        super().__init__()


class Cached(Base):
    def __init__(self):
        super().__init__()


class Service(Logged, Cached):
    def __init__(self):
        super().__init__()


Service()
