from typing import Generic, TypeVar

T = TypeVar("T")


class Repository(Generic[T]):
    def find(self):
        return self.build()

    def build(self):
        return 1


class Users(Repository[int]):
    pass


def main():
    return Users().find()


main()
