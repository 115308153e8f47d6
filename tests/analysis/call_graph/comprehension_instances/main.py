class Worker:
    def __init__(self, size):
        self.size = size

    def run(self):
        return self.size


def main():
    workers = [Worker(n) for n in range(2)]
    return [worker.run() for worker in workers]


main()
