import asyncio


class Store:
    def find(self):
        return 1


async def connect():
    return Store()


async def main():
    task = asyncio.create_task(connect())
    store = await task
    return store.find()


asyncio.run(main())
