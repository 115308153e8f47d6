class Left:
    def run(self):
        return 1


class Right:
    def run(self):
        return 2

    def stop(self):
        return 3


class Both(Left, Right):
    pass


def main():
    both = Both()
    both.run()
    both.stop()


main()
