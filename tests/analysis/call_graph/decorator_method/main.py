import functools


def logged(fn):
    @functools.wraps(fn)
    def wrapper(self, *args):
        return fn(self, *args)

    return wrapper


class Service:
    @logged
    def run(self):
        return self.step()

    @logged
    def step(self):
        return 1


def main():
    return Service().run()


main()
