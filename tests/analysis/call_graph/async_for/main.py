import asyncio


async def fetch(n):
    return n


async def rows():
    for n in range(2):
        yield await fetch(n)


async def main():
    async for _row in rows():
        pass
    return [row async for row in rows()]


asyncio.run(main())
