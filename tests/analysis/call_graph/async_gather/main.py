import asyncio


async def load(size):
    return size


async def save():
    return 2


async def main():
    return await asyncio.gather(load(1), save())


asyncio.run(main())
