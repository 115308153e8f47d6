from fastapi import Depends, FastAPI

from deps import get_service

app = FastAPI()


@app.get("/run")
async def endpoint(service=Depends(get_service)):
    return await service.run()
