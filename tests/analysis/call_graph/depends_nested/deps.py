from fastapi import Depends


class Store:
    async def find(self):
        return 1


class Service:
    def __init__(self, store: Store):
        self.store = store

    async def run(self):
        return await self.store.find()


def get_store():
    return Store()


def get_service(store: Store = Depends(get_store)) -> Service:
    return Service(store)
