import loader
import saver
from loader import run as load


def main():
    load()
    return saver.run()


def other():
    return loader.run()


main()
other()
