class Handler:
    def __call__(self, value):
        return self.handle(value)

    def handle(self, value):
        return value


handler = Handler()


def main():
    local = Handler()
    local(1)


def other():
    return handler(2)


main()
other()
