import asyncio
from contextlib import asynccontextmanager


class Connection:
    async def execute(self):
        return 1


@asynccontextmanager
async def connect():
    yield Connection()


async def main():
    async with connect() as connection:
        return await connection.execute()


asyncio.run(main())
