import pickle


class Service:
    def run(self):
        return 1


def main():
    service: Service = pickle.loads(pickle.dumps(Service()))
    return service.run()


main()
