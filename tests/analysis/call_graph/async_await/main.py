import asyncio


class Store:
    async def find(self):
        return 1


async def load():
    return await Store().find()


async def main():
    return await load()


asyncio.run(main())
