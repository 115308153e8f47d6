class Top:
    def run(self):
        return 1


class Left(Top):
    def run(self):
        return super().run()


class Right(Top):
    def run(self):
        return super().run()


class Bottom(Left, Right):
    def run(self):
        return super().run()


Bottom().run()
