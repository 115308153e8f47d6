from concurrent.futures import ThreadPoolExecutor
from threading import Thread


def load():
    return 1


def save(size):
    return size


def each(size):
    return size


def run():
    thread = Thread(target=load)
    thread.start()
    thread.join()
    with ThreadPoolExecutor(max_workers=1) as pool:
        pool.submit(save, 1).result()
        return list(pool.map(each, [1, 2]))


run()
