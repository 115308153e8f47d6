class Service:
    def run(self):
        return self.__step()

    def __step(self):
        return 1


Service().run()
