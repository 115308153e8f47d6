class Worker:
    def __init__(self, owner: "Owner"):
        self.owner = owner

    def work(self):
        return self.owner.report()


class Owner:
    def start(self):
        return Worker(self).work()

    def report(self):
        return 1


Owner().start()
