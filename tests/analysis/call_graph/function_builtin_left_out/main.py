import json


def load(text):
    print(len(text))
    return json.loads(text)


load("1")
