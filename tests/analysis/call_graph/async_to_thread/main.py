import asyncio


def load(size):
    return parse(size)


def parse(size):
    return size


async def main():
    return await asyncio.to_thread(load, 3)


asyncio.run(main())
