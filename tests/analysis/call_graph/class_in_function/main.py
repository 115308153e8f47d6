def load():
    return 1


def main():
    class Local:
        def run(self):
            return self.step()

        def step(self):
            return load()

    return Local().run()


main()
