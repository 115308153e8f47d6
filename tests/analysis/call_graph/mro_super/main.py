class A:
    def run(self):
        return 1

    def stop(self):
        return 2


class B(A):
    def run(self):
        return super().run()


class C(B):
    def run(self):
        return super().run()

    def stop(self):
        return super().stop()


c = C()
c.run()
c.stop()
