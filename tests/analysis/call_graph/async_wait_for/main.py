import asyncio


async def load():
    return 1


async def save():
    return 2


async def main():
    await asyncio.wait_for(load(), timeout=60)
    return await asyncio.shield(save())


asyncio.run(main())
