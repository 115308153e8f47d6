import asyncio


async def load(size):
    return size


async def save(size):
    return size


HANDLERS = {"load": load, "save": save}


async def run(name, size):
    if name not in HANDLERS:
        raise KeyError(name)
    return await HANDLERS[name](size)


async def main():
    await run("load", 1)
    await run("save", 2)


asyncio.run(main())
