import asyncio


async def load():
    return 1


def finished(task):
    return task


def soon(size):
    return size


async def main():
    asyncio.get_running_loop().call_soon(soon, 3)
    task = asyncio.create_task(load())
    task.add_done_callback(finished)
    await task
    await asyncio.sleep(0)


asyncio.run(main())
