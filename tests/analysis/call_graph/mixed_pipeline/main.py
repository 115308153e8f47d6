import asyncio

from pipeline.handlers import HANDLERS
from pipeline.service import service


async def dispatch(name, user_id):
    handler = HANDLERS.get(name)
    if handler is None:
        return await service.ignore(user_id)
    return await handler(user_id)


async def click(user_id):
    await dispatch("greet", user_id)
    await dispatch("none", user_id)
    return await asyncio.gather(*(dispatch(name, user_id) for name in HANDLERS))


asyncio.run(click(1))
