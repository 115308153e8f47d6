import asyncio


class Store:
    def find(self):
        return 1


class Cache:
    def find(self):
        return 2


async def connect():
    return Store()


async def warm():
    return Cache()


async def main():
    store, _cache = await asyncio.gather(connect(), warm())
    return store.find()


asyncio.run(main())
