import asyncio


class Store:
    async def find(self):
        return self.rows()

    def rows(self):
        return []


async def connect():
    return Store()


async def main():
    pending = connect()
    store = await pending
    return await store.find()


asyncio.run(main())
