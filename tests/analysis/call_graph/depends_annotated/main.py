from typing import Annotated

from fastapi import Depends, FastAPI

app = FastAPI()


class Service:
    def run(self):
        return 1


def get_service() -> Service:
    return Service()


@app.get("/run")
def endpoint(service: Annotated[Service, Depends(get_service)]):
    return service.run()
