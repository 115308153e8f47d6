from enum import Enum


class Kind(Enum):
    FIRST = "first"

    def label(self):
        return self.value


def main():
    return Kind.FIRST.label()


main()
