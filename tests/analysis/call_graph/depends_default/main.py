from fastapi import APIRouter, Depends

router = APIRouter()


class Service:
    def run(self):
        return 1


def get_service():
    return Service()


@router.get("/run")
async def endpoint(service=Depends(get_service)):
    return service.run()
