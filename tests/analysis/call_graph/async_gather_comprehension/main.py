import asyncio
from asyncio import gather


async def load(size):
    return size


async def save(size):
    return size


async def main():
    await gather(*(load(n) for n in range(2)))
    return await gather(*[save(n) for n in range(2)])


asyncio.run(main())
