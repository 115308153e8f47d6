from fastapi import Depends, FastAPI

app = FastAPI()


class Paging:
    def __init__(self, size: int = 10):
        self.size = size

    def limit(self):
        return self.size


@app.get("/a")
def first(paging: Paging = Depends(Paging)):
    return paging.limit()


@app.get("/b")
def second(paging: Paging = Depends()):
    return paging.limit()
