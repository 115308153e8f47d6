import asyncio
from functools import partial


def load(size):
    return size


def save(size):
    return size


async def main():
    loop = asyncio.get_running_loop()
    await loop.run_in_executor(None, load, 3)
    return await loop.run_in_executor(None, partial(save, 4))


asyncio.run(main())
