import asyncio


async def load():
    return 1


async def save():
    return 2


async def main():
    async with asyncio.TaskGroup() as group:
        group.create_task(load())
        group.create_task(save())


asyncio.run(main())
