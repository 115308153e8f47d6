class Base:
    @property
    def name(self):
        return "base"


class Service(Base):
    @property
    def name(self):
        return super().name + "!"


def main():
    return Service().name


main()
