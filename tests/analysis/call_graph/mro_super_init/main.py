class Base:
    def __init__(self, size):
        self.size = size


class Middle(Base):
    def __init__(self):
        super().__init__(3)


class Leaf(Middle):
    def __init__(self):
        super().__init__()


Leaf()
