import asyncio


async def load(n):
    return n


async def main():
    tasks = []
    for n in range(2):
        tasks.append(asyncio.create_task(load(n)))
    return await asyncio.gather(*tasks)


asyncio.run(main())
