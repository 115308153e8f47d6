from typing import overload


def parse(value):
    return value


@overload
def load(value: int) -> int: ...
@overload
def load(value: str) -> str: ...
def load(value):
    return parse(value)


def run():
    load(1)
    return load("x")


run()
