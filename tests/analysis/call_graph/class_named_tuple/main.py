from typing import NamedTuple


class Point(NamedTuple):
    x: int

    def double(self):
        return self.x * 2


def main():
    return Point(1).double()


main()
