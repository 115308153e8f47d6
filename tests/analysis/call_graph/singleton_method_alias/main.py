from services import run


def main():
    return run()


main()
