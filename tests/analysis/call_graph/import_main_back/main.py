from worker import work


def report():
    return 1


if __name__ == "__main__":
    work()
