from fastapi import Depends, FastAPI, Request
from starlette.middleware.base import BaseHTTPMiddleware

from routes import router

app = FastAPI()
app.include_router(router)


class Timed(BaseHTTPMiddleware):
    async def dispatch(self, request, call_next):
        return await call_next(request)


app.add_middleware(Timed)


@app.middleware("http")
async def counted(request: Request, call_next):
    return await call_next(request)


def current():
    return 1


@app.get("/show", dependencies=[Depends(current)])
async def show(request: Request):
    return 2
