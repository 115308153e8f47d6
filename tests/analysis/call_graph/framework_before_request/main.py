from flask import Flask

app = Flask(__name__)


def load():
    return 1


@app.before_request
def before():
    load()


@app.route("/show")
def show():
    return load()
