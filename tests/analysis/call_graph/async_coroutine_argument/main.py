import asyncio


async def load():
    return 1


async def timed(work):
    return await work


async def main():
    return await timed(load())


asyncio.run(main())
