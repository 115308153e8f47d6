from typing import Annotated

from fastapi import Depends, FastAPI

app = FastAPI()


class Service:
    def run(self):
        return 1


def get_service():
    return Service()


ServiceDep = Annotated[Service, Depends(get_service)]


@app.get("/run")
def endpoint(service: ServiceDep):
    return service.run()
