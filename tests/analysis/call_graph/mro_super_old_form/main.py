class Base:
    def run(self):
        return 1

    def stop(self):
        return 2


class Service(Base):
    def run(self):
        return super(Service, self).run()

    def stop(self):
        return Base.stop(self)


service = Service()
service.run()
service.stop()
