from concurrent.futures import ThreadPoolExecutor


class Service:
    def __init__(self):
        self.pool = ThreadPoolExecutor(max_workers=1)

    def run(self):
        return self.pool.submit(self.work, 3).result()

    def work(self, size):
        return size

    def close(self):
        self.pool.shutdown()


def main():
    service = Service()
    service.run()
    service.close()


main()
