from collections.abc import Callable


def load(size: int) -> int:
    return size


def apply(step: Callable[[int], int]) -> int:
    return step(3)


apply(load)
