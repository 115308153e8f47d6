import asyncio


async def load():
    return 1


async def save():
    return 2


async def drop():
    return 3


async def main():
    first = asyncio.create_task(load())
    second = asyncio.ensure_future(save())
    third = asyncio.get_running_loop().create_task(drop())
    await first
    await second
    return await third


asyncio.run(main())
