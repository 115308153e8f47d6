def run():
    return 1


class Service:
    def run(self):
        return run()


Service().run()
