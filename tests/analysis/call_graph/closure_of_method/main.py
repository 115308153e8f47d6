class Service:
    def maker(self):
        def inner():
            return self.step()

        return inner

    def step(self):
        return 1


def main():
    build = Service().maker()
    return build()


main()
