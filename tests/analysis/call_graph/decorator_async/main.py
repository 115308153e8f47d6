import asyncio
import functools


def logged(fn):
    @functools.wraps(fn)
    async def wrapper(*args):
        return await fn(*args)

    return wrapper


@logged
async def load():
    return 1


async def run():
    return await load()


asyncio.run(run())
