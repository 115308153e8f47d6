class Loader:
    def run(self):
        return 1


class Saver:
    def run(self):
        return 2


def load():
    return Loader().run()


def save():
    worker = Saver()
    return worker.run()


load()
save()
