from fastapi import Depends, FastAPI

app = FastAPI()


class Connection:
    def execute(self):
        return 1

    def close(self):
        return 2


def get_connection():
    connection = Connection()
    try:
        yield connection
    finally:
        connection.close()


@app.get("/run")
def endpoint(connection=Depends(get_connection)):
    return connection.execute()
