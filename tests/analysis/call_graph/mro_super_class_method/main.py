class Base:
    @classmethod
    def create(cls):
        return 1


class Service(Base):
    @classmethod
    def create(cls):
        return super().create()


Service.create()
