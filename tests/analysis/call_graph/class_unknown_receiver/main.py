import json


class Service:
    def run(self):
        return 1


def main(text):
    value = json.loads(text)
    return value.get("run")


def other(worker):
    return worker.run()


main("{}")
